import type { PackageSource, AddedPackage } from "../package-source.ts";
import type { RepositoryAccess } from "../access.ts";
import { success, type Result } from "../../model/failure.ts";
import type { PackageContents, PackageReader } from "./package-contents.ts";
import { readPackageFile } from "./read-package-file.ts";

/** The biggest package of Debian has about 2 GB; a recipe is about libraries and commands. Bytes. */
const maxPackageBytes = 1024 ** 3;

/**
 * The contents of a package that an index lists: its file from the cache or its repository, checked against what the index
 * promises, then its facts. Fails as `RepositoryAccess.fetch` and `readPackageFile` do.
 */
export async function fetchPackage(
  added: AddedPackage,
  family: PackageSource["family"],
  access: RepositoryAccess,
): Promise<Result<PackageContents>> {
  const { name, version, url, checksum } = added;
  const digest = checksum?.kind === "file" ? checksum.digest : null;
  // A version is never published again with other bytes; what the index promises is looked at anyway.
  const fetched = await access.fetch({ url, kind: "fixed", digest, maxBytes: maxPackageBytes });
  if (!fetched.ok) return fetched;
  const file = { file: fetched.value.file, name: `${name} ${version}`, digest };
  if (checksum?.kind === "apk-control") {
    const { checkApkControl } = await import("./read-apk.ts");
    const checked = await checkApkControl(file, checksum.sha1);
    if (!checked.ok) return checked;
  }
  const { cacheFolder, now, signal } = access;
  const read = await readPackageFile(file, await readerOf(family), {
    ...{ cacheFolder, now },
    ...(signal === undefined ? {} : { signal }),
  });
  return read.ok ? success(read.value.contents) : read;
}

/** Most runs meet one family. */
async function readerOf(family: PackageSource["family"]): Promise<PackageReader> {
  switch (family) {
    case "apk":
      return (await import("./read-apk.ts")).apkReader;
    case "dpkg":
      return (await import("./deb.ts")).debReader;
    case "rpm":
      return (await import("./read-rpm.ts")).rpmReader;
  }
}
