import { describeConfig } from "../../explore/config/run-config.ts";
import type { View } from "../../explore/open-view.ts";
import type { Failure } from "../../model/failure.ts";
import { renderConfig } from "../../report/explore/config.ts";
import { renderConfigJson } from "../../report/explore/config-json.ts";
import { clean } from "../../report/clean.ts";
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
  { name: "raw", help: "the image config itself, byte for byte" },
  { name: "manifest", help: "the manifest, byte for byte" },
  ...exploreOptions,
];

const help: HelpText = {
  usage: ["fromage config REF [options]"],
  about:
    "Shows with what containers of an image are started: user, entrypoint, command, environment, ports, labels and the rest of its config. No layer is fetched or read.",
  options,
  more: [
    "--raw and --manifest print the bytes that have the digest; to a terminal their JSON is laid out anew. An engine has them in words of its own: what is printed then is made of these. --json is the same for every kind of image.",
    imageHelp,
    "Exit code: 0 shown; 2 bad usage; 3 could not finish, or the image has no config or manifest; 130 interrupted.",
  ],
  examples: [
    ["fromage config debian:12-slim", "user, command, environment"],
    ["fromage config --raw archive:app.tar | jq .config.Env", "its own JSON"],
    ["fromage config --manifest oci:layout --platform linux/arm64 | sha256sum", "its digest"],
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

async function runConfig(context: ExploreContext): Promise<number> {
  const { args, io, views, reference } = context;
  const [isRaw, isManifest, isJson] = [args.has("raw"), args.has("manifest"), args.has("json")];
  if ([isRaw, isManifest, isJson].filter(Boolean).length > 1) {
    throw new UsageError("--raw, --manifest and --json exclude each other");
  }
  if (isRaw || isManifest) return writeDocument(context, isManifest ? "manifest" : "config");
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

type DocumentName = "config" | "manifest";

async function writeDocument(
  { io, views, reference }: ExploreContext,
  name: DocumentName,
): Promise<number> {
  const [view, second] = views;
  if (view === undefined || second !== undefined) {
    throw new UsageError("--raw and --manifest need one platform");
  }
  const { documents, origin } = view.image;
  const json = documents?.[name] ?? null;
  if (json === null) return writeFailure(io, withoutDocument(reference, name));
  const bytes = documents?.bytes?.[name] ?? null;
  if (bytes === null) {
    const where = clean(origin ?? reference);
    io.stderr.write(
      `${where} does not give the ${name} byte for byte: this is made of what it tells, its digest is another\n`,
    );
  }
  // What a terminal would obey may stand in strings of JSON as it is.
  if (bytes === null || io.isTerminal) io.stdout.write(writeJson(json));
  else await io.writeBytes(bytes);
  return exitCodes.yes;
}

function withoutDocument(what: string, name: DocumentName): Failure {
  const reason = `it has no ${name}: a root filesystem, a base of the catalogue, or an archive or engine without one`;
  return { kind: "unsupported", what, where: null, reason };
}
