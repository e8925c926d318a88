import { describeConfig } from "../../explore/config/run-config.ts";
import type { View } from "../../explore/open-view.ts";
import type { Failure } from "../../model/failure.ts";
import { renderConfig } from "../../report/explore/config.ts";
import { renderConfigJson } from "../../report/explore/config-json.ts";
import { writeJson } from "../../report/json.ts";
import { readVersion } from "../../answer/version.ts";
import { UsageError, type OptionSpec } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { exploreOptions, imageHelp } from "../explore/explore-options.ts";
import { platformHeading } from "../explore/platform-heading.ts";
import { exploreCommand, type ExploreContext } from "../explore/run-explore.ts";
import type { HelpText } from "../help.ts";
import { writeFailure } from "../write-problem.ts";

const options: readonly OptionSpec[] = [
  { name: "raw", help: "the image config itself, all of its JSON" },
  { name: "manifest", help: "the manifest's JSON" },
  ...exploreOptions,
];

const help: HelpText = {
  usage: ["fromage config REF [options]"],
  about:
    "Shows with what containers of an image are started: user, entrypoint, command, environment, ports, labels and the rest of its config. No layer is fetched or read.",
  options,
  more: [
    "--raw and --manifest print what stands in the image, laid out anew; --json is the same for every kind of image.",
    imageHelp,
    "Exit code: 0 shown; 2 bad usage; 3 could not finish, or the image has no config or manifest; 130 interrupted.",
  ],
  examples: [
    ["fromage config debian:12-slim", "user, command, environment"],
    ["fromage config --raw archive:app.tar | jq .config.Env", "its own JSON"],
    ["fromage config --manifest oci:layout --platform linux/arm64", "the manifest of a platform"],
  ],
};

export const command = exploreCommand({
  verb: "config",
  help,
  options,
  maxOperands: 0,
  readsLayers: false,
  sections: () => new Set(),
  run: runConfig,
});

function runConfig({ args, io, views, reference }: ExploreContext): number {
  const [isRaw, isManifest, isJson] = [args.has("raw"), args.has("manifest"), args.has("json")];
  if ([isRaw, isManifest, isJson].filter(Boolean).length > 1) {
    throw new UsageError("--raw, --manifest and --json exclude each other");
  }
  if (isRaw || isManifest) {
    if (views.length > 1) throw new UsageError("--raw and --manifest need one platform");
    const [view] = views;
    const document = view === undefined ? null : documentOf(view, isManifest);
    if (document === null) return writeFailure(io, withoutDocument(reference, isManifest));
    io.stdout.write(writeJson(document));
    return exitCodes.yes;
  }
  const images = views.map((view) => describeConfig(view, layersOf(view)));
  if (isJson) {
    io.stdout.write(renderConfigJson({ tool: readVersion(), reference, images }));
    return exitCodes.yes;
  }
  for (const [at, view] of views.entries()) {
    const config = images[at];
    if (config === undefined) continue;
    io.stdout.write(platformHeading(view, views) + renderConfig(config, io));
  }
  return exitCodes.yes;
}

/** A base of the catalogue has facts of its layers in place of the layers. */
const layersOf = ({ image, layers, base }: View): number =>
  base === null ? image.layers.length : layers.length;

function documentOf({ image }: View, isManifest: boolean): object | null {
  const documents = image.documents;
  return (isManifest ? documents?.manifest : documents?.config) ?? null;
}

function withoutDocument(what: string, isManifest: boolean): Failure {
  const name = isManifest ? "manifest" : "config";
  const reason = `it has no ${name}: a root filesystem, a base of the catalogue, or an archive without one`;
  return { kind: "unsupported", what, where: null, reason };
}
