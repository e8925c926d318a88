import type { YumTable } from "./yum-table.ts";

/**
 * Which packages count where repositories have modules: of a module those of its chosen stream, else of its default one, else
 * none; beside a stream that counts no package of the same name that is of no module.
 * Source: libdnf dnf-sack.cpp, setModuleExcludes; docs of dnf, "Modularity".
 */
export class ModuleFilter {
  readonly #active: ReadonlySet<string>;
  /** Only these are asked. */
  readonly #tables: readonly YumTable[];

  /** `chosen` as `module:stream`. */
  constructor(tables: readonly YumTable[], chosen: readonly string[]) {
    this.#tables = tables.filter(({ defaultStreams }) => defaultStreams !== null);
    const settled = new Set(chosen.map(moduleOf));
    const defaults = this.#tables.flatMap(({ defaultStreams }) => defaultStreams ?? []);
    this.#active = new Set([...chosen, ...defaults.filter((one) => !settled.has(moduleOf(one)))]);
  }

  isShown(table: YumTable, place: number, name: string): boolean {
    if (this.#tables.length === 0) return true;
    const stream = this.#tables.includes(table) ? table.streamAt(place) : null;
    if (stream !== null) return this.#active.has(stream);
    return !this.#tables.some((one) => one.streamsOf(name).some((of) => this.#active.has(of)));
  }
}

function moduleOf(stream: string): string {
  return stream.slice(0, Math.max(stream.indexOf(":"), 0));
}
