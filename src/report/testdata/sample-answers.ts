import type { Candidate, CheckAnswer, Choice, ChooseAnswer, Recipe } from "../../model/answer.ts";
import type { BaseInfo } from "../../model/base.ts";
import type { Failure } from "../../model/failure.ts";
import type { Need } from "../../model/need.ts";
import { sampleFinding, sampleFindings } from "./sample-findings.ts";

export function sampleBase(fields: Partial<BaseInfo> = {}): BaseInfo {
  return {
    id: "debian-12-slim",
    reference: "debian:bookworm-slim",
    platform: "linux/amd64",
    measurement: {
      kind: "measured",
      digest: `sha256:${"ab".repeat(32)}`,
      date: "2026-11-25",
      source: "registry",
    },
    compressedBytes: 28_230_000,
    unpackedBytes: 74_800_000,
    distro: { id: "debian", version: "12" },
    libc: { kind: "glibc", version: "2.36" },
    shell: "/bin/sh",
    packageManager: "apt-get",
    user: "",
    packages: 88,
    cpuLevel: "x86-64-v1",
    support: {
      product: "debian",
      cycle: "12",
      ends: "2028-06-30",
      rule: null,
      source: "endoflife.date",
      sourceDate: "2026-11-20",
    },
    ...fields,
  };
}

export function sampleCandidate(fields: Partial<Candidate> = {}): Candidate {
  const base = fields.base ?? sampleBase();
  return {
    base,
    platform: base.platform,
    strategy: "copy",
    asIs: "runs",
    verdict: "runs",
    recipe: null,
    packageSearch: { state: "not-needed" },
    findings: [],
    sizes: {
      baseCompressedBytes: base.compressedBytes,
      baseUnpackedBytes: base.unpackedBytes,
      resultCompressedBytes: base.compressedBytes === null ? null : base.compressedBytes + 900_000,
      resultUnpackedBytes: base.unpackedBytes + 2_400_000,
    },
    support: "supported",
    isPresent: false,
    ...fields,
  };
}

const scratch = sampleBase({
  id: "scratch",
  reference: "scratch",
  compressedBytes: 0,
  unpackedBytes: 0,
  distro: null,
  libc: null,
  shell: null,
  packageManager: null,
  packages: null,
  support: null,
});
const alpine = sampleBase({
  id: "alpine-3.18",
  reference: "alpine:3.18",
  compressedBytes: 3_400_000,
  unpackedBytes: 7_700_000,
  libc: { kind: "musl", version: "1.2.4" },
  packageManager: "apk",
});
const distroless = sampleBase({
  id: "distroless-base-debian12-nonroot-with-a-long-name",
  reference: "gcr.io/distroless/base-debian12:nonroot",
  measurement: {
    kind: "stand-in",
    digest: null,
    date: "2026-11-25",
    source: "packages that its project lists",
  },
  compressedBytes: null,
  unpackedBytes: 20_300_000,
  shell: null,
  packageManager: null,
  user: "nonroot",
  packages: 8,
});

export const sampleRecipe: Recipe = {
  copies: [
    {
      from: "/usr/lib/x86_64-linux-gnu/libz.so.1.2.13",
      to: "/usr/lib/x86_64-linux-gnu/libz.so.1",
      sizeBytes: 121_280,
      provides: "libz.so.1",
      package: "zlib1g",
    },
  ],
  packages: ["libpq5"],
  packageStep: {
    family: "dpkg",
    how: "copy",
    builder: { reference: "debian:bookworm-slim", digest: null },
    source: "Debian 12 (bookworm), amd64",
    asked: ["libpq5"],
    packages: [
      {
        name: "libpq5",
        version: "15.14-0+deb12u1",
        architecture: "amd64",
        repository: "bookworm-security/main",
        downloadBytes: 191_000,
        installedBytes: 911_360,
        replaces: null,
        because: { kind: "asked", for: ["libpq.so.5"] },
      },
    ],
    removed: [],
    downloadBytes: 191_000,
    installedBytes: 911_360,
    links: [],
  },
  env: { LD_LIBRARY_PATH: "/app/lib" },
  findings: [sampleFinding("base-stand-in")],
};

const needs: readonly Need[] = [
  {
    kind: "library",
    soname: "libc.so.6",
    versions: ["GLIBC_2.17", "GLIBC_2.2.5", "GLIBC_2.34"],
    certainty: "certain",
    evidence: [{ file: "/app/server", seen: "DT_NEEDED libc.so.6" }],
  },
  {
    kind: "loader",
    path: "/lib64/ld-linux-x86-64.so.2",
    machine: "x86-64",
    certainty: "certain",
    evidence: [{ file: "/app/server", seen: "PT_INTERP /lib64/ld-linux-x86-64.so.2" }],
  },
  { kind: "command", name: "sh", certainty: "likely", evidence: [] },
  { kind: "cpu", level: "x86-64-v3", certainty: "certain", evidence: [] },
  { kind: "file", path: "/etc/ssl/certs", certainty: "possible", evidence: [] },
  { kind: "dlopen", name: "libnss_files.so.2", certainty: "observed", evidence: [] },
];

export const sampleFailures: readonly [Failure, ...Failure[]] = [
  { kind: "not-found", what: "libx", where: "app.tar", near: ["liby"] },
  { kind: "denied", what: "/etc/shadow", where: null, reason: "EACCES" },
  { kind: "unreachable", what: "disk", where: null, reason: "no space left." },
  {
    kind: "malformed",
    what: "/app/a.so",
    where: "app.tar",
    format: "ELF",
    reason: "e_shoff is beyond the end",
    offsetBytes: 40,
  },
  { kind: "unsupported", what: "layer 2", where: "app.tar", reason: "compressed with brotli" },
  {
    kind: "over-limit",
    what: "layer 3",
    where: "app.tar",
    budget: "unpacked bytes",
    limit: 5_000_000_000,
    unit: "bytes",
  },
  { kind: "cancelled", what: "reading", where: null },
];

const candidates: readonly Candidate[] = [
  sampleCandidate({ isPresent: true }),
  sampleCandidate({
    base: distroless,
    asIs: "fails",
    verdict: "unproven",
    recipe: sampleRecipe,
    findings: [sampleFinding("library-missing"), sampleFinding("base-stand-in")],
  }),
  sampleCandidate({
    base: scratch,
    asIs: "fails",
    verdict: "fails",
    findings: [sampleFinding("loader-missing"), sampleFinding("library-missing")],
    support: "unknown",
  }),
  sampleCandidate({
    base: alpine,
    asIs: "fails",
    verdict: "fails",
    findings: sampleFindings,
    support: "ended",
  }),
];

export const sampleChoice: Choice = {
  base: sampleBase(),
  platform: "linux/amd64",
  strategy: "copy",
  verdict: "runs",
  recipe: null,
  why: "smallest",
  dockerfile: null,
};

const common = {
  tool: "0.1.0",
  asOf: "2026-11-25",
  platforms: ["linux/amd64"],
  targets: [
    {
      reference: "oci-archive:app.tar",
      kind: "image",
      platform: "linux/amd64",
      base: { id: "debian-12-slim", how: "diffIds" },
      addedPackages: [{ name: "zlib1g", version: "1:1.2.13" }],
      app: {
        programs: ["/app/server"],
        unchecked: ["/app/backup.sh"],
        files: 3,
        unpackedBytes: 2_400_000,
        elfFiles: 1,
      },
    },
  ],
  needs,
  candidates,
  data: [{ name: "debian-12-slim: registry", date: "2026-11-25" }],
  coverage: { state: "partial", failures: sampleFailures },
  failures: sampleFailures,
} as const satisfies Omit<CheckAnswer, "schema">;

export const sampleCheck: CheckAnswer = { schema: "fromage/check@1", ...common };

export const sampleChoose: ChooseAnswer = {
  schema: "fromage/choose@1",
  ...common,
  choices: [sampleChoice],
  choice: sampleChoice,
};
