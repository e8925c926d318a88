import type { Finding, FindingCode, FindingSubject } from "../../model/finding.ts";

type SubjectOf<Code extends FindingCode> = Extract<FindingSubject, { code: Code }>;

const searched = [
  { path: "/app/lib/libpq.so.5", because: "runpath", found: "nothing" },
  { path: "/lib/x86_64-linux-gnu/libpq.so.5", because: "default", found: "other-machine" },
] as const;

/** One for each code: a new code without a sample does not compile. */
const subjects: { readonly [Code in FindingCode]: SubjectOf<Code> } = {
  "loader-missing": {
    code: "loader-missing",
    interpreter: "/lib64/ld-linux-x86-64.so.2",
    linkTarget: null,
  },
  "loader-unusable": {
    code: "loader-unusable",
    interpreter: "/lib/ld-musl-x86_64.so.1",
    reason: "other-machine",
  },
  "loader-unneeded": {
    code: "loader-unneeded",
    interpreter: "/lib64/ld-linux-x86-64.so.2",
    present: false,
  },
  "library-missing": {
    code: "library-missing",
    soname: "libpq.so.5",
    neededBy: "/app/server",
    searched,
  },
  "library-unusable": {
    code: "library-unusable",
    soname: "libc.so",
    neededBy: "/app/addon.node",
    path: "/usr/lib/x86_64-linux-gnu/libc.so",
    reason: "not-elf",
  },
  "soname-link-missing": {
    code: "soname-link-missing",
    soname: "libicui18n.so.60",
    neededBy: "/app/postgres",
    presentAs: "/app/lib/libicui18n.so.60.2",
  },
  "version-missing": {
    code: "version-missing",
    version: "GLIBC_2.38",
    library: "libc.so.6",
    path: "/lib/x86_64-linux-gnu/libc.so.6",
    neededBy: "/app/server",
    newest: "GLIBC_2.36",
  },
  "symbol-missing": {
    code: "symbol-missing",
    symbols: ["__memcpy_chk", "__snprintf_chk", "backtrace", "fcntl64"],
    count: 7,
    neededBy: "/app/server",
    libc: "musl 1.2.5",
  },
  "relocation-unsupported": {
    code: "relocation-unsupported",
    neededBy: "/app/server",
    what: "DT_RELR",
  },
  "wrong-machine": { code: "wrong-machine", found: "AArch64", expected: "x86-64" },
  "wrong-osabi": { code: "wrong-osabi", found: "FreeBSD", expected: "Linux" },
  "cpu-level": { code: "cpu-level", needs: "x86-64-v3", promises: "x86-64-v1" },
  "interpreter-missing": {
    code: "interpreter-missing",
    interpreter: "/bin/bash",
    line: "/bin/bash -e",
    reason: "absent",
  },
  "not-executable": { code: "not-executable", path: "/app/server", modeOctal: "0644" },
  "preload-missing": {
    code: "preload-missing",
    path: "/usr/lib/libjemalloc.so.2",
    from: "LD_PRELOAD",
  },
  "static-dlopen": {
    code: "static-dlopen",
    opens: ["libnss_files.so.2", "libnss_dns.so.2"],
    libc: "glibc 2.36",
    present: false,
  },
  "libc-mixed": {
    code: "libc-mixed",
    path: "/usr/lib/libz.so.1",
    libc: "glibc",
    expected: "musl",
  },
  "format-unknown": { code: "format-unknown", path: "/app/run" },
  "program-missing": {
    code: "program-missing",
    name: "node",
    searched: ["/usr/local/bin", "/usr/bin"],
  },
  "package-needed": { code: "package-needed", package: "nodejs", path: "/usr/bin/node" },
  "script-not-run": { code: "script-not-run", package: "fontconfig-config", script: "postinst" },
  "undeclared-missing": {
    code: "undeclared-missing",
    package: "git",
    what: "command",
    name: "ssh",
    when: "a repository is reached by ssh",
    source: "https://git-scm.com/docs/git",
  },
  "base-stand-in": {
    code: "base-stand-in",
    base: "debian:bookworm-slim",
    source: "Debian's packages with the exclusions of slim",
  },
  "not-read": { code: "not-read", path: "/app/big.so", reason: "over the limit of 5 bytes for it" },
};

/** All codes, in the order above. */
export const sampleSubjects: readonly FindingSubject[] = Object.values(subjects);

/** The same as the check gives them. */
export const sampleFindings: readonly Finding[] = sampleSubjects.map((subject) => ({
  ...subject,
  severity: severityOf(subject.code),
  phase: subject.code === "libc-mixed" ? "behaviour" : "load",
  program: "/app/server",
  evidence: [
    { file: "/app/server", seen: "PT_INTERP /lib64/ld-linux-x86-64.so.2" },
    { file: "/app/run", line: 1, seen: "#!/bin/bash -e" },
    { file: "/app/big.so", offsetBytes: 4096, seen: "dlopen" },
  ],
}));

export function sampleFinding(code: FindingCode): Finding {
  const found = sampleFindings.find((finding) => finding.code === code);
  if (found === undefined) throw new RangeError(`Cannot find a sample: there is none for ${code}`);
  return found;
}

function severityOf(code: FindingCode): Finding["severity"] {
  if (code === "loader-unneeded") return "note";
  return code === "libc-mixed" || code === "preload-missing" ? "degrades" : "blocks";
}
