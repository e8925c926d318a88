import type { Failure } from "../../model/failure.ts";
import type { OpenImages, OpenOptions } from "../image.ts";

/** How images are reached that are no files of this machine. Made once per run; its owner closes it. */
export interface RemoteSources {
  /** An image of an engine or its store, by a name or id as that understands it. `not-found` where no engine has it. */
  openEngine(name: string, request: RemoteRequest): Promise<OpenImages>;
  /** An image of a registry, by its name. */
  openRegistry(name: string, request: RemoteRequest): Promise<OpenImages>;
  /** Names of images in engines, as people write them, sorted; what cannot be asked has none. */
  engineNames(signal?: AbortSignal): Promise<readonly string[]>;
  /** Why something could not be kept for the next run, so far; none while all is well. */
  readonly problems: readonly Failure[];
  close(): Promise<void>;
}

export interface RemoteRequest extends OpenOptions {
  /** As the user wrote it. */
  readonly reference: string;
  /** Where an export of an engine goes, and blobs that are not kept. Its owner removes it. */
  readonly temporaryFolder: string;
}

/** Told of what was passed over on the way to an image: an engine without permission, a mirror that does not answer. */
export type OnNotice = (notice: Failure) => void;
