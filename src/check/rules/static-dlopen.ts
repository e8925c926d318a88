import type { StaticLibc } from "../../formats/elf/facts.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import type { Finding, Severity } from "../../model/finding.ts";
import type { Rule, Started } from "../rule.ts";

/**
 * A static program that opens parts of a libc while it runs: NSS modules, character sets, libraries by name. It starts
 * everywhere; what it opens must be of the very glibc that it was linked with. Source: linking M-46 to M-48.
 */
export const staticDlopen: Rule = {
  id: "static-dlopen",
  *find(started) {
    for (const process of started.start.processes) {
      const [main] = process.objects;
      const libc = main?.facts.staticLibc ?? null;
      if (main === undefined || libc === null) continue;
      if (libc.opens.includes("nss")) yield* findNss(started, libc, main.path);
      if (libc.opens.includes("iconv")) yield* findIconv(started, libc, main.path);
      if (libc.opens.includes("dlopen")) {
        yield* findLibraries(started, { libc, path: main.path, names: main.facts.libraryNames });
      }
    }
  },
};

interface Opened {
  readonly opens: readonly string[];
  readonly libc: StaticLibc;
  readonly present: boolean;
  readonly severity: Severity;
  readonly seen: string;
}

function finding(program: string, path: string, opened: Opened): Finding {
  const { opens, libc, present, severity, seen } = opened;
  return {
    code: "static-dlopen",
    opens,
    libc: libc.version === null ? libc.kind : `${libc.kind} ${libc.version}`,
    present,
    severity,
    phase: "use",
    program,
    evidence: [{ file: path, seen }],
  };
}

/** In libc itself since 2.34: they open no file. Source: glibc NEWS 2.34; nss/nss_module.c, module_load_builtin. */
const builtIn: ReadonlySet<string> = new Set(["files", "dns"]);

/** What programs ask for; a program whose strings do not tell may ask for each. */
const databases = ["group", "hosts", "passwd", "services"] as const;

/**
 * The services that the base's nsswitch.conf names for what the program asks. A module that is there belongs to the
 * base's glibc, and a program of another one may crash in it; where none is there and none is built in, nobody is
 * found. A module that is not there is passed over. Source: nsswitch.conf(5): unavailable means continue.
 */
function* findNss(
  { program, rootfs }: Started,
  libc: StaticLibc,
  path: string,
): Generator<Finding> {
  const asked = libc.nssDatabases.length > 0 ? libc.nssDatabases : databases;
  const opened = new Set<string>();
  const lost = new Set<string>();
  for (const services of servicesOf(rootfs, asked)) {
    const modules = services.filter((name) => !builtIn.has(name));
    const there = modules.filter((name) => hasLibrary(rootfs, moduleOf(name)));
    for (const name of there) opened.add(name);
    const isAnswered = there.length > 0 || modules.length < services.length;
    if (!isAnswered) for (const name of modules) lost.add(name);
  }
  for (const [services, present] of [
    [opened, true],
    [lost, false],
  ] as const) {
    if (services.size === 0) continue;
    const names = [...services].toSorted();
    const seen = `/etc/nsswitch.conf: ${names.join(", ")}`;
    const opens = names.map(moduleOf);
    yield finding(program, path, { opens, libc, present, severity: "blocks", seen });
  }
}

const moduleOf = (service: string): string => `libnss_${service}.so.2`;

/** One list per line of the file that is about one of the databases. Actions in brackets are left out. */
function servicesOf(rootfs: Rootfs, asked: readonly string[]): readonly (readonly string[])[] {
  const resolved = rootfs.resolve("/etc/nsswitch.conf");
  const text = resolved.kind === "found" ? rootfs.text(resolved.path) : null;
  return (text ?? "").split("\n").flatMap((line) => {
    const [, database = "", list = ""] = /^\s*([a-z]+)\s*:([^#]*)/.exec(line) ?? [];
    if (!asked.includes(database)) return [];
    return [
      list
        .replaceAll(/\[[^\]]*\]/g, " ")
        .split(/\s+/)
        .filter((word) => word !== ""),
    ];
  });
}

/** Where glibc keeps its loadable parts. Source: FHS 3.0, /lib<qual>. */
const folders = ["/lib64", "/usr/lib64", "/lib", "/usr/lib"];
/** A folder per machine below them, `x86_64-linux-gnu`. Source: Debian multiarch tuples. */
const multiarch = /^[a-z0-9_]+-linux-/;

function hasLibrary(rootfs: Rootfs, name: string): boolean {
  return folders.some((folder) => {
    const real = rootfs.resolve(folder);
    if (real.kind !== "found") return false;
    const below = rootfs.names(real.path).filter((one) => multiarch.test(one));
    const places = [folder, ...below.map((one) => `${folder}/${one}`)];
    return places.some((place) => rootfs.resolve(`${place}/${name}`).kind === "found");
  });
}

/** glibc's iconv knows only a few character sets by itself. musl's has all of its own in it. */
function* findIconv(
  { program, rootfs }: Started,
  libc: StaticLibc,
  path: string,
): Generator<Finding> {
  if (libc.kind !== "glibc") return;
  const present = hasLibrary(rootfs, "gconv");
  const [opens, seen] = [["gconv"], "iconv_open"];
  yield finding(program, path, { opens, libc, present, severity: "degrades", seen });
}

/** musl's dlopen always fails in a static program; glibc's takes a libc of the base beside its own. */
function* findLibraries(
  { program, rootfs }: Started,
  {
    libc,
    path,
    names,
  }: { readonly libc: StaticLibc; readonly path: string; readonly names: readonly string[] },
): Generator<Finding> {
  if (names.length === 0) return;
  const present = libc.kind === "glibc" && names.some((name) => hasLibrary(rootfs, name));
  const seen = names.slice(0, 5).join(", ");
  yield finding(program, path, { opens: names, libc, present, severity: "degrades", seen });
}
