import {
  RelocationKind,
  type ElfFacts,
  type ExportGroup,
  type ImportGroup,
} from "../formats/elf/facts.ts";
import { maxNamedSymbols } from "./glibc-symbols.ts";
import type { Loaded } from "./load-glibc.ts";
import { compareMuslVersions } from "./musl-version.ts";
import { blocksLoad, type LinkProblem, type LoadedObject } from "./process.ts";
import { common, rememberPair } from "./memo.ts";
import { definitionsOf, namesOf } from "./symbol-table.ts";

/**
 * Names that musl finds under the same name without `64` since it no longer exports both.
 * Source: ldso/dynlink.c, get_lfs64 (1.2.4, commit 246f1c81).
 */
const lfs64 = new Set(
  (
    "aio_cancel aio_error aio_fsync aio_read aio_return aio_suspend aio_write alphasort creat fallocate fgetpos " +
    "fopen freopen fseeko fsetpos fstat fstatat fstatfs fstatvfs ftello ftruncate ftw getdents getrlimit glob " +
    "globfree lio_listio lockf lseek lstat mkostemp mkostemps mkstemp mkstemps mmap nftw open openat posix_fadvise " +
    "posix_fallocate pread preadv prlimit pwrite pwritev readdir scandir sendfile setrlimit stat statfs statvfs " +
    "tmpfile truncate versionsort __fxstat __fxstatat __lxstat __xstat"
  ).split(" "),
);

/**
 * Every symbol that musl does not find at start. It binds all at once, does not look at versions, and does not see
 * definitions that are not their default version, nor IFUNCs. Source: ldso/dynlink.c, do_relocs, find_sym2.
 */
export function checkMuslSymbols(
  { objects, missing }: Loaded,
  { version, self }: { readonly version: string | null; readonly self: LoadedObject["facts"] },
): readonly LinkProblem[] {
  // What a missing library has is not known: its symbols are a consequence.
  if (missing.size > 0) return [];
  const lacking = (group: ImportGroup): readonly string[] => {
    const isCopy = (group.relocations & RelocationKind.copy) !== 0;
    const whole = namesOf(group);
    let names = whole;
    for (const candidate of objects) {
      if (names.length === 0) break;
      if (isCopy && candidate.because === "program") continue;
      const left = lackingIn(group, candidate.facts);
      if (left !== whole) names = common(names, left);
    }
    return names;
  };
  const hasRemapped = (name: string): boolean => {
    const plain = remap(name, version);
    if (plain === null) return false;
    return (definitionsOf(self).get(plain) ?? []).some(
      ({ hidden, kind }) => !hidden && kind === "normal",
    );
  };
  return objects.flatMap((object) => {
    if (object.because === "self") return [];
    const symbols = object.facts.imports
      .filter((group) => !group.weak || isOwn(group))
      .flatMap((group) => lacking(group).filter((name) => !hasRemapped(name)));
    if (symbols.length === 0) return [];
    return [
      blocksLoad({
        code: "symbol-missing",
        symbols: symbols.slice(0, maxNamedSymbols),
        count: symbols.length,
        neededBy: object.path,
        libc: version === null ? "musl" : `musl ${version}`,
      }),
    ];
  });
}

/** Names of the group that this file does not show; the very array of its names when it shows none. */
const lackingIn = rememberPair((group: ImportGroup, facts: ElfFacts): readonly string[] => {
  const table = definitionsOf(facts);
  const whole = namesOf(group);
  const lacking = whole.filter(
    (name) => !(table.get(name) ?? []).some((given) => isVisible(given, group)),
  );
  return lacking.length === whole.length ? whole : lacking;
});

/** A reference to a definition in the same file: it has to be found even when it is weak. */
function isOwn({ version, versionFile }: ImportGroup): boolean {
  return version !== null && versionFile === null;
}

function isVisible({ hidden, kind }: ExportGroup, { relocations }: ImportGroup): boolean {
  if (hidden) return false;
  if (kind === "plt") return (relocations & RelocationKind.lazy) === 0;
  return kind === "normal" || kind === "tls";
}

/** The name without `64` that musl takes instead; null when it does not. */
function remap(name: string, version: string | null): string | null {
  if (version === null || compareMuslVersions(version, "1.2.4") < 0) return null;
  if (name === "readdir64_r") return "readdir_r";
  // 1.2.4 and 1.2.5 copy the name into 16 bytes; later ones have room for the longest of the list.
  const limit = compareMuslVersions(version, "1.2.6") < 0 ? 16 : 17;
  if (name.length > limit || !name.endsWith("64")) return null;
  const plain = name.slice(0, -2);
  return lfs64.has(plain) ? plain : null;
}
