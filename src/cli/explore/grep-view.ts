import { grepFiles } from "../../explore/find/grep-files.ts";
import type { View } from "../../explore/open-view.ts";
import type { WalkedFile } from "../../explore/walk-files.ts";
import { success, type Result } from "../../model/failure.ts";
import { count } from "../../report/amounts.ts";
import type { Found } from "../../report/explore/find.ts";
import { layerWords } from "../../report/explore/layer-words.ts";
import { UsageError, type ParsedArguments } from "../arguments.ts";
import type { ExploreContext } from "./run-explore.ts";

/** The expression of `--grep`; null when it was not given. Throws UsageError. */
export function readPattern(args: ParsedArguments): RegExp | null {
  const text = args.value("grep");
  if (text === null) return null;
  try {
    return new RegExp(text, "u");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`--grep is ${JSON.stringify(text)}: ${error.message}`);
  }
}

interface GrepRequest {
  readonly context: ExploreContext;
  readonly pattern: RegExp | null;
}

/** Those files that have a line like the pattern; all of them without one. Says which layers are read again. */
export async function grepView(
  view: View,
  files: readonly WalkedFile[],
  { context, pattern }: GrepRequest,
): Promise<Result<Found>> {
  if (pattern === null) return success({ files, lines: null });
  const { io, progress, reference } = context;
  const regular = files.filter(({ node }) => node.entry.type === "file");
  const nodes = new Set(regular.map(({ node }) => node));
  const lines = await grepFiles(view, nodes, {
    pattern,
    signal: io.signal,
    onLayer: (index, amount) => {
      progress.clear();
      const layer = layerWords(index, view.layers);
      io.stderr.write(`Reading layer ${layer} again for ${count(amount, "file")}\n`);
    },
    onProgress: (readBytes, totalBytes) => progress.show(reference, { readBytes, totalBytes }),
  });
  progress.clear();
  if (!lines.ok) return lines;
  const found = regular.filter(({ node }) => lines.value.has(node));
  return success({ files: found, lines: lines.value });
}
