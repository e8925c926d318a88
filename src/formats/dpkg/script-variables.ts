import { expandFields, expandWhole, type Lookup } from "../shell/expand.ts";
import type { Word } from "../shell/tree.ts";

/** Whose script it is. */
export interface ScriptContext {
  readonly package: string;
  /** `postinst` is called with `configure`, every other one with `install`. */
  readonly script: string;
  /** Paths of the package, which are there when `postinst` runs. */
  readonly files: readonly string[];
}

/** Variables and arguments of a script, as far as they are known. A value that is not known is null. */
export class ScriptVariables {
  readonly #values: Map<string, string | null>;
  arguments: readonly (string | null)[];

  constructor({ package: name, script }: ScriptContext) {
    this.arguments = script === "postinst" ? ["configure", ""] : ["install"];
    this.#values = new Map([
      ["DPKG_ROOT", ""],
      ["DPKG_MAINTSCRIPT_PACKAGE", name],
      ["DPKG_MAINTSCRIPT_NAME", script],
    ]);
  }

  set(name: string, value: string | null): void {
    this.#values.set(name, value);
  }

  /** What they are now, for `restore`. */
  save(): ReadonlyMap<string, string | null> {
    return new Map(this.#values);
  }

  /** After a subshell: what it set is not known any more, where it was not set before. */
  restore(saved: ReadonlyMap<string, string | null>): void {
    for (const name of this.#values.keys()) this.#values.set(name, saved.get(name) ?? null);
  }

  /** The word as one text. */
  whole(word: Word): string | null {
    return expandWhole(word, this.#lookup);
  }

  /** The words that a command gets of it; null where not even their number is known. */
  fields(word: Word): readonly (string | null)[] | null {
    const [only] = word.parts;
    const isAll = word.parts.length === 1 && only?.kind === "variable" && only.name === "@";
    return isAll && only.operation === null ? this.arguments : expandFields(word, this.#lookup);
  }

  readonly #lookup: Lookup = (name) => {
    if (name === "#") return String(this.arguments.length);
    // All of them are one word only where they are quoted with `*`.
    if (name === "@" || name === "*") return null;
    if (/^[1-9]$/.test(name)) return this.arguments[Number(name) - 1];
    // A variable that nobody set may come from outside: only the arguments are known not to be there.
    return this.#values.get(name) ?? null;
  };
}
