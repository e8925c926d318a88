import { findRegularFile, readContents, type Contents } from "../../explore/read-contents.ts";
import type { FoundPath } from "../../explore/find-path.ts";
import type { View } from "../../explore/open-view.ts";
import { viewUpTo } from "../../explore/view-below.ts";
import { clean } from "../../report/clean.ts";
import { UsageError, type OptionSpec } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { exploreOptions, imageHelp, noSuchLayer, readNumber } from "../explore/explore-options.ts";
import { exploreCommand, type ExploreContext } from "../explore/run-explore.ts";
import type { HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { writeFailure } from "../write-problem.ts";

const options: readonly OptionSpec[] = [
  {
    name: "layer",
    value: "N",
    help: "as the image was with the layers up to this one, 0 the bottom: files that a later one replaced or deleted",
  },
  { name: "force", short: "f", help: "write to a terminal what is no text" },
  ...exploreOptions.filter(({ name }) => name !== "json"),
];

const help: HelpText = {
  usage: ["fromage cat REF PATH … [options]"],
  about:
    "Writes the contents of files of an image, byte for byte. Links are followed inside the image. Nothing is written before the layer that holds the file was verified.",
  options,
  more: [
    imageHelp,
    "Exit code: 0 written; 1 a PATH is not in the image, or is no file; 2 bad usage; 3 could not finish; 4 something was not read; 130 interrupted.",
  ],
  examples: [
    ["fromage cat debian:12-slim /etc/os-release", "one file"],
    ["fromage cat --layer 0 archive:app.tar /etc/secret", "a file that a later layer deleted"],
  ],
};

export const command = exploreCommand({
  verb: "cat",
  help,
  options,
  maxOperands: Number.MAX_SAFE_INTEGER - 1,
  sections: () => new Set(),
  run: runCat,
});

async function runCat(context: ExploreContext): Promise<number> {
  const { io, operands, session, progress, reference } = context;
  if (operands.length === 0) throw new UsageError("no PATH");
  const view = chooseView(context);
  const found: FoundPath[] = [];
  let isMissing = false;
  for (const path of operands) {
    const file = findRegularFile(view, path);
    if (file.ok) found.push(file.value);
    else isMissing = writeFailure(io, file.failure) !== exitCodes.yes;
  }
  if (found.length === 0) return exitCodes.no;
  const contents = await readContents(
    view,
    found.map(({ node }) => node),
    {
      temporaryFolder: session.temporaryFolder,
      signal: io.signal,
      onProgress: (read) => progress.show(reference, read),
    },
  );
  progress.clear();
  if (!contents.ok) return writeFailure(io, contents.failure);
  try {
    if (!(await writeAll(found, contents.value, context))) return exitCodes.no;
  } finally {
    contents.value.close();
  }
  return isMissing ? exitCodes.no : exitCodes.yes;
}

function chooseView({ args, views, reference }: ExploreContext): View {
  const [view, second] = views;
  if (view === undefined || second !== undefined) {
    throw new UsageError("several --platform, expected one");
  }
  const index = readNumber(args, "layer", 0);
  if (index === null) return view;
  const below = viewUpTo(view, index);
  if (below !== null) return below;
  const last = view.layers.length - 1;
  throw noSuchLayer(index, { reference, last });
}

/** False when one of them was refused; the others are written. */
async function writeAll(
  files: readonly FoundPath[],
  contents: Contents,
  { args, io }: ExploreContext,
): Promise<boolean> {
  let isWhole = true;
  for (const { path, node } of files) {
    if (io.isTerminal && !args.has("force") && isBinary(contents, node)) {
      io.stderr.write(
        `Cannot write ${clean(path)}: it is no text and would change the terminal, --force writes it all the same\n`,
      );
      isWhole = false;
      continue;
    }
    await writeOne(contents.read(node), io);
  }
  return isWhole;
}

async function writeOne(chunks: Iterable<Uint8Array>, io: CliIo): Promise<void> {
  for (const chunk of chunks) {
    if (io.signal.aborted) return;
    await io.writeBytes(chunk);
  }
}

/** So many first bytes decide. */
const lookedAtBytes = 8 * 1024;

/** Bytes that a terminal obeys, but those of plain text: tab, line ends, form feed. Also C1 controls in UTF-8. */
function isBinary(contents: Contents, node: FoundPath["node"]): boolean {
  for (const chunk of contents.read(node)) {
    const text = Buffer.from(chunk.subarray(0, lookedAtBytes)).toString("latin1");
    return /[\0-\x08\x0b\x0e-\x1f\x7f]|\xc2[\x80-\x9f]/.test(text);
  }
  return false;
}
