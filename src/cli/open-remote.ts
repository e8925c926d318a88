import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { readVersion } from "../answer/version.ts";
import { lazyRemote } from "../image/remote/lazy-remote.ts";
import type { RegistryOverrides } from "../image/registry/settings/settings.ts";
import type { RemoteSources } from "../image/sources/remote-sources.ts";
import type { Failure } from "../model/failure.ts";
import { describeFailure } from "../report/failure-words.ts";
import { UsageError } from "./arguments.ts";
import { blobCapOf } from "./cache/blob-cap.ts";
import type { CliIo } from "./io.ts";
import { noSettings } from "./read-settings.ts";

export interface RemoteRun {
  /** Of the whole cache; null keeps nothing between runs. */
  readonly cacheFolder: string | null;
  /** Of this run. */
  readonly temporaryFolder: string;
  readonly isOffline: boolean;
}

/**
 * Engines and registries for one run. Nothing of them is loaded before a reference needs it: most runs read files only. What
 * is passed over on the way is told on stderr when it happens.
 */
export function openRemote(run: RemoteRun, io: CliIo): RemoteSources {
  return lazyRemote(() => load(run, io));
}

async function load(run: RemoteRun, io: CliIo): Promise<RemoteSources> {
  const { createRemote } = await import("../image/remote/create-remote.ts");
  const settings = io.settings ?? noSettings;
  return createRemote({
    ...run,
    env: io.env,
    home: io.env["HOME"] || homedir(),
    userId: process.getuid?.() ?? null,
    maxBlobBytes: blobCapOf(io),
    overrides: registryOverrides(io),
    insecureByProject: settings.insecureByProject,
    userAgent: `fromage/${readVersion()}`,
    onNotice: (notice) => writeNotice(io, notice),
  });
}

/** What `fromage.yaml` says of registries. Throws UsageError for a certificate that cannot be read. */
export function registryOverrides({ settings = noSettings }: CliIo): RegistryOverrides {
  return {
    mirrors: settings.registries?.mirrors ?? {},
    insecure: settings.registries?.insecure ?? [],
    authorities: (settings.registries?.authorities ?? []).map(readAuthority),
    source: settings.files.at(-1) ?? "fromage.yaml",
  };
}

/** Told at once, over a progress line that may stand there. */
function writeNotice(io: CliIo, notice: Failure): void {
  io.stderr.write(`${io.isErrorTerminal ? "\r\u{1b}[2K" : ""}${describeFailure(notice)}\n`);
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new UsageError(`registries.authorities of fromage.yaml names ${file}: ${code}`);
  }
}
