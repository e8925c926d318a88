import type { ElfStore, LayerFacts } from "../image/layer-facts.ts";
import type { CpuLevel, User } from "../linking/process.ts";
import type { ElfMachine } from "../linking/machine.ts";

/** What is asked to run on a base: the part of a target that is laid over it. */
export interface App {
  /** Its files, under the paths that they have in the result. */
  readonly layer: LayerFacts;
  readonly elf: ElfStore;
  /** What is started: absolute paths in the result, or names to look up in PATH. At least one. */
  readonly programs: readonly string[];
  /** Shared objects of it, absolute paths in the result, that what is started opens by itself: extension modules, plugins. */
  readonly loads?: readonly string[];
  /** `NAME=value` that it brings along; it wins over the base's. */
  readonly env: readonly string[];
  /** Absolute; null takes the base's. */
  readonly workingDirectory: string | null;
  /** Who starts it; absent where nobody says it. */
  readonly user?: User;
  /** Null where the platform's machine is not known: then each program is taken as it is. */
  readonly machine: ElfMachine | null;
  /** What the platform promises: `linux/amd64/v3` is x86-64-v3. */
  readonly cpuLevel: CpuLevel;
  /** Names of packages that its image has and its base has not; absent where that is not known. */
  readonly addedPackages?: readonly string[];
  /** Name of the package, of the target's base or added to it, that has this real path of the target; null when none has. */
  packageOf(path: string): string | null;
}
