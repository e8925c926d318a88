import { readAccountNames } from "../../explore/account-names.ts";
import type { Listing } from "../../explore/listing.ts";
import type { View } from "../../explore/open-view.ts";
import { viewOrigin, type WithOrigin } from "../../explore/view-origin.ts";
import { viewPlatform } from "../../explore/view-platform.ts";
import type { Failure } from "../../model/failure.ts";

import { orderFailure, writeJson } from "../json.ts";
import { fileData, type FileData } from "./file-data.ts";

/** What was listed of one platform. */
export interface LsData extends WithOrigin {
  readonly platform: string | null;
  /** In the order in which they are printed; directories that are listed come before what lies in them. */
  readonly files: readonly FileData[];
  readonly failures: readonly Failure[];
}

/** The same listing as data. A file that stands in it twice is there twice. */
export function lsData(view: View, { files, directories, failures }: Listing): LsData {
  const accounts = readAccountNames(view.rootfs);
  const all = [...files, ...directories.flatMap((directory) => directory.files)];
  const listed = all.filter(({ name }) => name !== "." && name !== "..");
  return {
    platform: viewPlatform(view),
    ...viewOrigin(view),
    files: listed.map((file) => fileData(file, accounts, view.layers)),
    failures: [...failures, ...view.failures],
  };
}

export interface LsDocument {
  readonly tool: string;
  readonly reference: string;
  readonly images: readonly LsData[];
}

/** Schema: schema/ls@1.json. */
export function renderLsJson({ tool, reference, images }: LsDocument): string {
  return writeJson({
    schema: "fromage/ls@1",
    tool,
    reference,
    images: images.map((image) => ({ ...image, failures: image.failures.map(orderFailure) })),
  });
}
