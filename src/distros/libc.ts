import type { LibcFlavour } from "../formats/elf/facts.ts";
import type { Rootfs } from "../image/rootfs.ts";

/** A dynamic loader that is there under the path that programs name, and the C library it belongs to. */
export interface Libc {
  readonly kind: LibcFlavour["kind"];
  /** `2.36`, `1.2.5`; null when no file says it. */
  readonly version: string | null;
  /** The path that programs ask for, `/lib64/ld-linux-x86-64.so.2`. */
  readonly loader: string;
}

/** Folders in which the ABIs place loaders. Source: glibc abi-tags and shlib-versions, musl configure. */
const loaderFolders = ["/lib", "/lib32", "/lib64", "/libx32"];

/** Source: glibc wiki ABIList, "dynamic linker"; musl.libc.org; uClibc-ng; Android linker. */
const loaderNames: readonly (readonly [RegExp, Libc["kind"]])[] = [
  [/^ld-musl-.+\.so\.1$/, "musl"],
  [/^ld(?:64)?-uClibc\.so\.\d$/, "uclibc"],
  [/^(?:ld-linux.*|ld64|ld)\.so\.\d$/, "glibc"],
];

/** The C libraries that programs can be started with, in the order of their loaders' paths. Empty: none. */
export function findLibcs(rootfs: Rootfs): readonly Libc[] {
  return loaderFolders.flatMap((folder) => {
    const real = rootfs.resolve(folder);
    const names = real.kind === "found" ? rootfs.names(real.path) : [];
    return names.flatMap((name) => {
      const libc = readLoader(rootfs, `${folder}/${name}`);
      return libc === null ? [] : [libc];
    });
  });
}

/** The file decides what it is; its name only where the file says nothing. */
function readLoader(rootfs: Rootfs, loader: string): Libc | null {
  const name = loader.slice(loader.lastIndexOf("/") + 1);
  const byName = loaderNames.find(([pattern]) => pattern.test(name))?.[1];
  const resolved = byName === undefined ? null : rootfs.resolve(loader);
  if (byName === undefined || resolved?.kind !== "found") return null;
  if (resolved.node.entry.type !== "file") return null;
  const elf = rootfs.elf(resolved.path);
  const kind = elf?.loader?.kind ?? elf?.libc?.kind ?? byName;
  const own = elf?.loader?.version ?? elf?.libc?.version ?? null;
  const version = own ?? (kind === "glibc" ? versionOfGlibc(rootfs, resolved.path) : null);
  return { kind, version, loader };
}

/** glibc's loader need not say its version; libc.so.6, which stands beside it, does. */
function versionOfGlibc(rootfs: Rootfs, realLoader: string): string | null {
  const folder = realLoader.slice(0, realLoader.lastIndexOf("/"));
  const resolved = rootfs.resolve(`${folder}/libc.so.6`);
  const elf = resolved.kind === "found" ? rootfs.elf(resolved.path) : null;
  return elf?.libc?.version ?? null;
}
