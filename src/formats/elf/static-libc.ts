import type { LibcFeature, NssDatabase, StaticLibc } from "./facts.ts";
import { LibraryNames } from "./library-names.ts";
import { type DataWindow, readOnlyData } from "./read-only-data.ts";
import type { ElfReader } from "./reader.ts";
import type { Section } from "./sections.ts";
import type { ElfHeader } from "./segments.ts";
import { findDefined } from "./static-symbols.ts";

/**
 * Strings that are in a program exactly when that part of the libc is, as compiled samples of glibc 2.36 and musl 1.2.3
 * show. Sources: glibc sysdeps/unix/sysv/linux/dl-osinfo.h (before 2.37), nss/nss_database.c,
 * iconv/gconv_conf.c, elf/dl-open.c, locale/loadarchive.c, csu/version.c; musl src/errno/strerror.c,
 * src/stdio/vfprintf.c, src/locale/locale_map.c, src/locale/iconv.c, src/ldso/dlopen.c.
 */
const marks = {
  glibcKernel: "FATAL: kernel too old\n\0",
  glibcBanner: "GNU C Library (",
  nss: "/etc/nsswitch.conf\0",
  gconv: "gconv-modules",
  glibcDlopen: "invalid mode for dlopen()",
  glibcLocale: "locale-archive\0",
  muslErrors: "No error information\0",
  muslPrintf: "-0X+0X 0X-0x+0x 0x\0",
  muslLocale: "MUSL_LOCPATH\0",
  muslDlopen: "Dynamic loading not supported\0",
  muslIconv: "ucs2be\0",
} as const;

type Mark = keyof typeof marks;

const markNames = Object.keys(marks).filter((name): name is Mark => name in marks);
const needles = markNames.map((name) => [name, Buffer.from(marks[name], "latin1")] as const);

/** Functions of NSS modules that glibc asks for by name, by the database. Source: glibc nss/*.c, DATABASE_NAME. */
const lookups: readonly (readonly [NssDatabase, readonly string[]])[] = [
  ["passwd", ["getpwnam_r", "getpwuid_r", "getpwent_r"]],
  ["group", ["getgrnam_r", "getgrgid_r", "getgrent_r", "initgroups_dyn"]],
  ["hosts", ["gethostbyname4_r", "gethostbyname2_r", "gethostbyname_r", "gethostbyaddr_r"]],
  ["services", ["getservbyname_r", "getservbyport_r"]],
];

/** A function of the same tables that nothing in libc asks for by name. */
const neverAsked = "endetherent";

/** Libraries that glibc opens on its own: NSS modules, IDN for getaddrinfo, the unwinder for pthread_cancel, itself. */
const glibcsOwn = /^lib(?:c|idn2|gcc_s|nss_\w+)\.so/;

export interface StaticInput {
  readonly elf: ElfReader;
  readonly header: ElfHeader;
  readonly sections: readonly Section[];
  readonly isGo: boolean;
}

export interface StaticFindings {
  readonly staticLibc: StaticLibc;
  readonly libraryNames: readonly string[];
}

/** Looks for the libc inside a static program. */
export function readStaticLibc(input: StaticInput): StaticFindings {
  const { elf, header, sections, isGo } = input;
  const names = new LibraryNames();
  const seen = new Map<Mark, string>();
  for (const window of readOnlyData(elf, header)) {
    names.add(window);
    for (const [mark, needle] of needles) note(seen, window, mark, needle);
  }
  const symbols = findDefined(elf, sections, ["iconv_open", "__init_libc", libstdcxx]);
  const isGlibc = (seen.has("gconv") && seen.has("glibcDlopen")) || seen.has("glibcKernel");
  if (isGlibc) {
    const libraryNames = seen.has("glibcDlopen")
      ? names.without((name) => glibcsOwn.test(name))
      : [];
    return { staticLibc: glibc(input, seen, symbols), libraryNames };
  }
  const isMusl = seen.has("muslErrors") || seen.has("muslPrintf") || seen.has("muslLocale");
  if (isMusl || symbols.has("__init_libc")) {
    const libraryNames = seen.has("muslDlopen") ? names.without(() => false) : [];
    return { staticLibc: musl(seen), libraryNames };
  }
  return { staticLibc: noLibc(isGo ? "none" : "unknown"), libraryNames: [] };
}

/** Of a program with no libc, or none that is known. */
export function noLibc(kind: "none" | "unknown"): StaticLibc {
  return { kind, version: null, opens: [], mayOpen: [], nssDatabases: [] };
}

/** std::ios_base::Init::Init(): in every program with iostreams of libstdc++, which bring iconv_open along. */
const libstdcxx = "_ZNSt8ios_base4InitC1Ev";

function note(seen: Map<Mark, string>, window: DataWindow, mark: Mark, needle: Buffer): void {
  if (seen.has(mark)) return;
  const at = window.bytes.indexOf(needle, window.start);
  if (at < 0 || at >= window.end) return;
  seen.set(mark, window.bytes.toString("latin1", at, at + 160));
}

function glibc(
  { elf, header }: StaticInput,
  seen: ReadonlyMap<Mark, string>,
  symbols: ReadonlySet<string>,
): StaticLibc {
  const hasNss = seen.has("nss");
  const isIconvCalled = symbols.has("iconv_open") && !symbols.has(libstdcxx);
  const has = (feature: LibcFeature, isThere: boolean): LibcFeature[] => (isThere ? [feature] : []);
  const counts = countTexts(readOnlyData(elf, header));
  return {
    kind: "glibc",
    version: bannerVersion(seen.get("glibcBanner") ?? "") ?? counts.version,
    opens: [...has("iconv", isIconvCalled), ...has("nss", hasNss)],
    mayOpen: [
      ...has("dlopen", seen.has("glibcDlopen")),
      ...has("iconv", seen.has("gconv") && !isIconvCalled),
      ...has("locale", seen.has("glibcLocale")),
    ],
    nssDatabases: hasNss ? counts.databases : [],
  };
}

function musl(seen: ReadonlyMap<Mark, string>): StaticLibc {
  const features = [
    ["dlopen", "muslDlopen"],
    ["iconv", "muslIconv"],
    ["locale", "muslLocale"],
  ] as const;
  const opens = features.flatMap(([feature, mark]) => (seen.has(mark) ? [feature] : []));
  return { kind: "musl", version: null, opens, mayOpen: [], nssDatabases: [] };
}

/** `GNU C Library (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36.` */
function bannerVersion(text: string): string | null {
  return /^GNU C Library \([^)]*\) [a-z]+ release version (\d+\.\d+)/.exec(text)?.[1] ?? null;
}

/**
 * The databases, and the version that gnu_get_libc_version() gives: a string `2.N` alone, null when there are two. Since
 * 2.34 a static program that has NSS has the names of all functions once, in the table of the files module that is
 * inside: a database is asked for when the name of one of its functions is there once more.
 */
function countTexts(windows: Iterable<DataWindow>): {
  version: string | null;
  databases: readonly NssDatabase[];
} {
  const wanted = [neverAsked, ...lookups.flatMap(([, names]) => names)];
  const counts = new Map<string, number>(wanted.map((name) => [name, 0]));
  const versions = new Set<string>();
  for (const window of windows) {
    for (const name of wanted) counts.set(name, (counts.get(name) ?? 0) + count(window, name));
    addVersions(versions, window);
  }
  const inTable = counts.get(neverAsked) ?? 0;
  const isAsked = (name: string): boolean => (counts.get(name) ?? 0) > inTable;
  const databases = lookups.flatMap(([database, names]) => (names.some(isAsked) ? [database] : []));
  const [version] = versions;
  return {
    version: versions.size === 1 ? (version ?? null) : null,
    databases: databases.toSorted(),
  };
}

/** How often a string of just this text is there. */
function count(window: DataWindow, text: string): number {
  let found = 0;
  for (const at of placesOf(window, Buffer.from(`${text}\0`, "latin1"))) {
    if (at > 0 && window.bytes[at - 1] === 0) found++;
  }
  return found;
}

function addVersions(versions: Set<string>, window: DataWindow): void {
  const { bytes } = window;
  for (const at of placesOf(window, Buffer.from("2."))) {
    if (at === 0 || bytes[at - 1] !== 0 || bytes[at + 4] !== 0) continue;
    const text = bytes.toString("latin1", at, at + 4);
    if (/^2\.[1-9]\d$/.test(text)) versions.add(text);
  }
}

/** Places of one window that are looked at, of one text; only a file that is made for it has more. */
const maxPlaces = 100_000;

function* placesOf({ bytes, start, end }: DataWindow, needle: Buffer): Generator<number> {
  let at = bytes.indexOf(needle, start);
  for (let left = maxPlaces; left > 0 && at >= 0 && at < end; left--) {
    yield at;
    at = bytes.indexOf(needle, at + 1);
  }
}
