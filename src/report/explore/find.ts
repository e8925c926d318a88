import { readAccountNames } from "../../explore/account-names.ts";
import type { View } from "../../explore/open-view.ts";
import { viewOrigin } from "../../explore/view-origin.ts";
import { viewPlatform } from "../../explore/view-platform.ts";
import type { WalkedFile } from "../../explore/walk-files.ts";
import type { RootfsNode } from "../../image/rootfs.ts";
import type { Failure } from "../../model/failure.ts";
import { orderFailure, writeJson } from "../json.ts";
import { fileData, type FileData } from "./file-data.ts";
import { longLines, type LongOptions } from "./long-line.ts";
import { nameWords } from "./name-words.ts";

/** Files that were found. */
export interface Found {
  readonly files: readonly WalkedFile[];
  /** Lines of each file that the pattern is in; null where contents were not asked for. */
  readonly lines: ReadonlyMap<RootfsNode, number> | null;
}

export interface FindTextOptions extends LongOptions {
  readonly form: "names" | "long" | "count" | "null";
}

/** One path a line, as it was asked for with the way from there. */
export function renderFind({ files, lines }: Found, options: FindTextOptions): string {
  switch (options.form) {
    case "null":
      return files.map(({ name }) => `${name}\0`).join("");
    case "long":
      return toText(longLines(files, options));
    case "count":
      return toText(
        files.map(({ name, node }) => `${nameWords(name, options)}:${lines?.get(node) ?? 0}`),
      );
    case "names":
      return toText(files.map(({ name }) => nameWords(name, options)));
  }
}

function toText(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** What was found in one platform. */
export interface FindData {
  readonly platform: string | null;
  /** `lines`: how many lines are like the pattern, null where contents were not asked for. */
  readonly files: readonly (FileData & { readonly lines: number | null })[];
  readonly failures: readonly Failure[];
}

/** `missing`: paths that are not in the image. */
export function findData(
  view: View,
  { files, lines }: Found,
  missing: readonly Failure[],
): FindData {
  const accounts = readAccountNames(view.rootfs);
  return {
    platform: viewPlatform(view),
    ...viewOrigin(view),
    files: files.map((file) => ({
      ...fileData(file, accounts, view.layers),
      lines: lines === null ? null : (lines.get(file.node) ?? 0),
    })),
    failures: [...missing, ...view.failures],
  };
}

export interface FindDocument {
  readonly tool: string;
  readonly reference: string;
  readonly images: readonly FindData[];
}

/** Schema: schema/find@1.json. */
export function renderFindJson({ tool, reference, images }: FindDocument): string {
  return writeJson({
    schema: "fromage/find@1",
    tool,
    reference,
    images: images.map((image) => ({ ...image, failures: image.failures.map(orderFailure) })),
  });
}
