import type { ElfFacts, LibcFlavour } from "./facts.ts";

type LibcInput = Pick<
  ElfFacts,
  "interpreter" | "loader" | "needed" | "notes" | "soname" | "versionNeeds" | "versionDefinitions"
>;

/**
 * What libc a file is or is made for. A loader says it itself; glibc's libc.so.6 by the newest version it
 * defines; the rest by what they ask for: a symbol version `GLIBC_…` is certain, names come after it.
 */
export function libcOf(facts: LibcInput): LibcFlavour | null {
  const { loader, notes, soname, versionDefinitions, versionNeeds } = facts;
  if (loader !== null) return { kind: loader.kind, version: loader.version };
  if (notes.foreignOwners.includes("Android")) return { kind: "bionic", version: null };
  if (soname === "libc.so.6") {
    return { kind: "glibc", version: newest(versionDefinitions.map(({ name }) => name)) };
  }
  const versions = versionNeeds.flatMap((need) => need.versions);
  if (versions.some(({ name }) => name.startsWith("GLIBC_")))
    return { kind: "glibc", version: null };
  const names = facts.interpreter === null ? facts.needed : [...facts.needed, facts.interpreter];
  if (names.some((name) => /(?:^|\/)(?:libc\.musl-|ld-musl-)/.test(name)))
    return { kind: "musl", version: null };
  if (names.some((name) => /(?:^|\/)(?:libc\.so\.6$|ld-linux)/.test(name)))
    return { kind: "glibc", version: null };
  return names.some((name) => name.includes("uClibc")) ? { kind: "uclibc", version: null } : null;
}

/** The highest `GLIBC_2.N` among version names, as `2.N`; a point release (2.2.5) does not count as newer. */
function newest(names: readonly string[]): string | null {
  const minors = names.flatMap((name) => {
    const minor = /^GLIBC_2\.(\d+)/.exec(name)?.[1];
    return minor === undefined ? [] : [Number(minor)];
  });
  return minors.length === 0 ? null : `2.${minors.reduce((a, b) => Math.max(a, b))}`;
}
