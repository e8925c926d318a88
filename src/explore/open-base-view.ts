import type { OpenBase } from "../catalogue/catalogue.ts";
import type { Image } from "../image/image.ts";
import { mergeLazily } from "../image/merge.ts";
import { hostPlatform } from "../image/sources/image-config.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { formatPlatform } from "../model/platform.ts";
import { failuresOf } from "../target/read-image.ts";
import type { OpenViewsOptions, View } from "./open-view.ts";

/**
 * The base `base:ID` of the catalogue, for each platform that is asked for, else for the machine's own where it is known
 * for several. Its facts are known, its bytes are not.
 */
export async function openBaseViews(
  reference: string,
  { catalogue: load, platforms }: Pick<OpenViewsOptions, "catalogue" | "platforms">,
): Promise<Result<readonly View[]>> {
  const loaded = load();
  if (!loaded.ok) return loaded;
  const { catalogue, failures } = loaded.value;
  const id = reference.slice("base:".length);
  const known = catalogue.bases.filter((info) => info.id === id).map(({ platform }) => platform);
  const own = formatPlatform(hostPlatform());
  // A base that is not known is asked for once, for its failure.
  const usual = known.includes(own) ? own : (known[0] ?? own);
  const asked = platforms.length > 0 ? platforms.map(formatPlatform) : [usual];
  const views: View[] = [];
  for (const platform of asked) {
    const opened = await catalogue.open(id, platform);
    // What could not be read of the user's own bases may be why it is not known.
    if (!opened.ok) return failed(failures[0] ?? opened.failure);
    views.push(toView(reference, opened.value));
  }
  return success(views);
}

function toView(reference: string, { info, config, layers, elf }: OpenBase): View {
  const rootfs = mergeLazily(layers, elf);
  const failures = [...layers.flatMap(failuresOf), ...rootfs.failures];
  return {
    image: imageOfBase(reference, { info, config }),
    base: info,
    layers,
    rootfs,
    elf,
    failures,
  };
}

function imageOfBase(
  reference: string,
  { info, config }: Pick<OpenBase, "info" | "config">,
): Image {
  return {
    reference,
    source: "rootfs",
    ...(info.reference === null ? {} : { name: info.reference }),
    platform: config.platform,
    // That of the measured bytes; of a stand-in there is none.
    manifestDigest: info.measurement.kind === "measured" ? info.measurement.digest : null,
    config,
    layers: [],
  };
}

/** Why the contents of files of a base cannot be read. */
export function onlyFacts(reference: string): Failure {
  const reason =
    "only facts of a base are kept, not the bytes of its files; name the image itself: its name in a registry or a saved file";
  return { kind: "unsupported", what: reference, where: null, reason };
}
