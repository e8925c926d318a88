import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { DataSource } from "../../model/answer.ts";
import type { Failure } from "../../model/failure.ts";
import type { PackageSource, Provider, Resolution, Wanted } from "../package-source.ts";
import type { AptIndex } from "./apt-index.ts";
import type { DebianArchitecture } from "./debian-architecture.ts";
import { findProviders } from "./find-providers.ts";
import { resolveByApt } from "./resolve-by-apt.ts";

export interface AptSourceParts extends Pick<PackageSource, "name" | "data" | "problems"> {
  readonly architecture: DebianArchitecture;
  readonly index: AptIndex;
}

/** The suites of a base's apt for one architecture. */
export class AptSource implements PackageSource {
  readonly family = "dpkg";
  readonly name: string;
  readonly data: readonly DataSource[];
  readonly problems: readonly Failure[];
  readonly #architecture: DebianArchitecture;
  readonly #index: AptIndex;

  constructor(parts: AptSourceParts) {
    this.name = parts.name;
    this.data = parts.data;
    this.problems = parts.problems;
    this.#architecture = parts.architecture;
    this.#index = parts.index;
  }

  findProviders(wanted: Wanted): readonly Provider[] {
    return findProviders(this.#index, this.#architecture, wanted);
  }

  resolve(names: readonly string[], installed: readonly InstalledPackage[]): Resolution {
    const architecture = this.#architecture.name;
    const toleratesBroken = !installed.some(({ name }) => name === "apt");
    return resolveByApt(this.#index, { names, installed, architecture, toleratesBroken });
  }

  close(): void {
    this.#index.close();
  }
}
