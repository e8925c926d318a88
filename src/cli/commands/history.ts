import { traceHistory } from "../../explore/history/history.ts";
import type { View } from "../../explore/open-view.ts";
import { viewOrigin } from "../../explore/view-origin.ts";
import { viewPlatform } from "../../explore/view-platform.ts";
import { success, type Result } from "../../model/failure.ts";
import { renderHistory } from "../../report/explore/history.ts";
import { renderHistoryJson, type HistoryData } from "../../report/explore/history-json.ts";
import { readVersion } from "../../answer/version.ts";
import type { OptionSpec } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { exploreOptions, imageHelp } from "../explore/explore-options.ts";
import { platformHeading } from "../explore/platform-heading.ts";
import { exploreCommand, type ExploreContext } from "../explore/run-explore.ts";
import type { HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { writeFailure } from "../write-problem.ts";

const options: readonly OptionSpec[] = [
  { name: "no-trunc", help: "commands as they stand in the image, times and diffIds whole" },
  ...exploreOptions,
];

const help: HelpText = {
  usage: ["fromage history REF [options]"],
  about:
    "Shows how an image was built, newest step first: when, what the layer takes as it is stored and in contents of files, and the command. Where the catalogue knows the base at the bottom, a line marks it.",
  options,
  more: [
    "LAYER is its place, 0 the bottom, and the start of its diffId; - marks a step that made none. Steps behind the last layer of a base may be the base's too.",
    imageHelp,
    "Exit code: 0 shown; 2 bad usage; 3 could not finish; 4 something was not read; 130 interrupted.",
  ],
  examples: [
    ["fromage history archive:app.tar", "how it was built"],
    ["fromage history --no-trunc debian:12-slim", "with whole commands"],
    ["fromage history oci:layout --json | jq '.images[0].steps[].command'", "commands alone"],
  ],
};

export const command = exploreCommand({
  verb: "history",
  help,
  options,
  maxOperands: 0,
  sections: () => new Set(),
  run: runHistory,
});

async function runHistory({ args, io, views, reference }: ExploreContext): Promise<number> {
  const images: HistoryData[] = [];
  for (const view of views) {
    const base = await findBase(view, io);
    if (!base.ok) return writeFailure(io, base.failure);
    const history = traceHistory(view, base.value?.layers ?? 0);
    const { image, failures } = view;
    const platform = viewPlatform(view);
    const digest = image.manifestDigest;
    images.push({ platform, ...viewOrigin(view), digest, base: base.value, history, failures });
    if (args.has("json")) continue;
    const text = renderHistory(history, {
      isTerminal: io.isTerminal,
      columns: io.columns,
      isWhole: args.has("no-trunc"),
      base: base.value?.id ?? null,
    });
    io.stdout.write(platformHeading(view, views) + text);
  }
  if (args.has("json")) {
    io.stdout.write(renderHistoryJson({ tool: readVersion(), reference, images }));
  }
  return exitCodes.yes;
}

/** The known base at the bottom of an image. What of the user's own bases could not be read is told. */
async function findBase(
  { base, layers, image }: View,
  io: CliIo,
): Promise<Result<HistoryData["base"]>> {
  if (base !== null) return success({ id: base.id, layers: layers.length });
  const { loadInstalledCatalogue } = await import("../../catalogue/installed-catalogue.ts");
  const loaded = loadInstalledCatalogue(io.env);
  if (!loaded.ok) return loaded;
  for (const failure of loaded.value.failures) writeFailure(io, failure);
  const read = layers.flatMap(({ diffId }) => (diffId === null ? [] : [diffId]));
  const diffIds = image.config.diffIds.length > 0 ? image.config.diffIds : read;
  const found = loaded.value.catalogue.findByDiffIds(diffIds);
  return success(found === null ? null : { id: found.id, layers: found.layers });
}
