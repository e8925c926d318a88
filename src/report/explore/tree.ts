import { readAccountNames } from "../../explore/account-names.ts";
import type { View } from "../../explore/open-view.ts";
import type { TreeRoot } from "../../explore/read-tree.ts";
import { viewOrigin, type WithOrigin } from "../../explore/view-origin.ts";
import { viewPlatform } from "../../explore/view-platform.ts";
import type { WalkedFile } from "../../explore/walk-files.ts";
import type { Failure, Result } from "../../model/failure.ts";
import { count } from "../amounts.ts";
import { orderFailure, writeJson } from "../json.ts";
import { fileData, type FileData } from "./file-data.ts";
import { humanBytes, linkWords } from "./file-words.ts";
import { nameWords } from "./name-words.ts";

export interface TreeTextOptions {
  readonly isTerminal: boolean;
  /** Lines of plain characters, for a terminal that has no others. */
  readonly isAscii: boolean;
  /** False: only directories were asked for. */
  readonly hasFiles: boolean;
  readonly sizes: "none" | "bytes" | "human";
}

interface Strokes {
  readonly branch: string;
  readonly last: string;
  readonly down: string;
}

const drawn: Strokes = { branch: "├── ", last: "└── ", down: "│   " };
const plain: Strokes = { branch: "|-- ", last: "`-- ", down: "|   " };

/** One line per file, and how many there are of each kind below the start; a start that is a file counts itself. */
export function renderTree(root: TreeRoot, options: TreeTextOptions): string {
  const strokes = options.isAscii ? plain : drawn;
  const lines = root.files.map((file) => lineOf(file, root, { ...options, strokes }));
  const { directories, files } = root;
  const isFile = files[0]?.node.entry.type !== "directory";
  const others = files.length - directories - (isFile ? 0 : 1);
  const folders = directories === 1 ? "1 directory" : `${directories} directories`;
  const counted = options.hasFiles ? `${folders}, ${count(others, "file")}` : folders;
  return `${lines.join("\n")}\n\n${counted}\n`;
}

function lineOf(
  file: WalkedFile,
  root: TreeRoot,
  options: TreeTextOptions & { readonly strokes: Strokes },
): string {
  const { strokes, sizes } = options;
  const { lasts, name, node, depth } = file;
  const lead = lasts.map((isLast, at) => {
    if (at === lasts.length - 1) return isLast ? strokes.last : strokes.branch;
    return isLast ? "    " : strokes.down;
  });
  const own = depth === 0 ? name : name.slice(name.lastIndexOf("/") + 1);
  const bytes = sizes === "none" ? 0 : root.totalBytes(file);
  const size =
    sizes === "none"
      ? ""
      : `[${sizes === "human" ? humanBytes(bytes).padStart(5) : String(bytes).padStart(11)}]  `;
  return `${lead.join("")}${size}${nameWords(own + linkWords(node.entry), options)}`;
}

/** What was drawn of one platform. */
export interface TreeData extends WithOrigin {
  readonly platform: string | null;
  /** In the order of the tree; `depth` of the start is 0, `totalBytes` of a directory is all below it. */
  readonly files: readonly (FileData & { readonly depth: number; readonly totalBytes: number })[];
  readonly failures: readonly Failure[];
}

/** Without a root where the path is not in the image. */
export function treeData(view: View, root: Result<TreeRoot>): TreeData {
  const accounts = readAccountNames(view.rootfs);
  const image = { platform: viewPlatform(view), ...viewOrigin(view) };
  if (!root.ok) return { ...image, files: [], failures: [root.failure, ...view.failures] };
  const { files, totalBytes } = root.value;
  return {
    ...image,
    files: files.map((file) => ({
      ...fileData(file, accounts, view.layers),
      depth: file.depth,
      totalBytes: totalBytes(file),
    })),
    failures: view.failures,
  };
}

export interface TreeDocument {
  readonly tool: string;
  readonly reference: string;
  readonly images: readonly TreeData[];
}

/** Schema: schema/tree@1.json. */
export function renderTreeJson({ tool, reference, images }: TreeDocument): string {
  return writeJson({
    schema: "fromage/tree@1",
    tool,
    reference,
    images: images.map((image) => ({ ...image, failures: image.failures.map(orderFailure) })),
  });
}
