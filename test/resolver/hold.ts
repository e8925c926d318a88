import { resolveDebs } from "../../src/distros/dpkg/resolve/resolve.ts";
import type { DebResolution } from "../../src/distros/dpkg/resolve/resolution.ts";
import { parseDpkgStatus } from "../../src/formats/dpkg/status.ts";
import type { InstalledPackage } from "../../src/image/layer-facts.ts";
import type { AptRoot } from "./apt-root.ts";
import type { MemoryLookup } from "./memory-lookup.ts";

/** One request to both. */
export interface Held {
  readonly names: readonly string[];
  /** `refused`, or the actions, sorted. */
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  /** What the library says to its own refusal. */
  readonly problems: DebResolution["problems"];
  /** All that apt said. */
  readonly message: string;
  readonly durationMs: number;
}

const refused = ["refused"];

/** Asks the library and apt for the same. */
export function hold(
  names: readonly string[],
  of: {
    readonly lookup: MemoryLookup;
    readonly installed: readonly InstalledPackage[];
    readonly root: AptRoot;
  },
): Held {
  const { lookup, installed, root } = of;
  const request = { names, installed, nativeArchitecture: "amd64", aptVersion: root.version };
  const start = performance.now();
  const found = resolveDebs(lookup, request);
  const durationMs = performance.now() - start;
  const said = root.simulate(names);
  return {
    names,
    ours: found.problems.length > 0 ? refused : actionsOf(found),
    theirs: said.kind === "refused" ? refused : said.actions,
    problems: found.problems,
    message: said.message,
    durationMs,
  };
}

export function isSame({ ours, theirs }: Held): boolean {
  return ours.join("\n") === theirs.join("\n");
}

/** Installed packages from the text of dpkg's database. */
export function readInstalled(status: string): readonly InstalledPackage[] {
  return parseDpkgStatus(Buffer.from(status)).records.map(
    ({ name, version, architecture, source, sourceVersion, relations }) => ({
      name,
      version,
      architecture,
      source,
      ...(sourceVersion === null ? {} : { sourceVersion }),
      ...(relations === null ? {} : { relations }),
      files: [],
    }),
  );
}

function actionsOf({ added, changed, removed }: DebResolution): readonly string[] {
  const taken = [...added, ...changed.map(({ to }) => to)];
  return [
    ...taken.map(({ deb }) => `Inst ${deb.name} ${deb.version}`),
    ...removed.map((name) => `Remv ${name}`),
  ].sort();
}
