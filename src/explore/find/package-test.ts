import { installedPackages } from "../../distros/installed-packages.ts";
import { indexOwnership } from "../../distros/ownership.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { nearest } from "../../model/nearest.ts";
import type { View } from "../open-view.ts";
import type { FileTest } from "./find-files.ts";

/** Files of an installed package. `not-found` where no database has it, with those that it may have meant. */
export function packageTest({ rootfs, image }: View, name: string): Result<FileTest> {
  const packages = installedPackages(rootfs);
  const known = packages.databases.flatMap((database) => database.packages.map((one) => one.name));
  if (!known.includes(name)) {
    const near = nearest(name, [...new Set(known)]).slice(0, 5);
    return failed({ kind: "not-found", what: `package ${name}`, where: image.reference, near });
  }
  const ownership = indexOwnership(rootfs, packages);
  return success(({ path }) => ownership.ownersOf(path).some((owner) => owner.name === name));
}
