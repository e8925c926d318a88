import type { ListedPackage } from "../../explore/packages/list-packages.ts";
import type { PackageFiles } from "../../explore/packages/package-files.ts";
import type { WithOrigin } from "../../explore/view-origin.ts";
import type { Failure } from "../../model/failure.ts";
import { orderFailure, writeJson } from "../json.ts";

/** Packages of one platform's image. */
export interface PackagesData extends WithOrigin {
  /** Null for a root filesystem, which does not say for what it is. */
  readonly platform: string | null;
  /** Of each database that is there, the one that counts first. */
  readonly managers: readonly string[];
  readonly packages: readonly ListedPackage[];
  /** What one package installed; null when it was not asked for. */
  readonly files: readonly PackageFiles[] | null;
  readonly failures: readonly Failure[];
}

export interface PackagesDocument {
  readonly tool: string;
  readonly reference: string;
  readonly images: readonly PackagesData[];
}

/** Schema: schema/packages@1.json. */
export function renderPackagesJson({ tool, reference, images }: PackagesDocument): string {
  return writeJson({
    schema: "fromage/packages@1",
    tool,
    reference,
    images: images.map(({ failures, ...image }) => ({
      ...image,
      failures: failures.map(orderFailure),
    })),
  });
}
