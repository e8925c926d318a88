import { expandFields, expandWhole, type Lookup } from "../shell/expand.ts";
import type { Word } from "../shell/tree.ts";

/** Whose script it is. */
export interface ScriptContext {
  readonly package: string;
  /** `postinst` is called with `configure`, every other one with `install`, where `arguments` does not say otherwise. */
  readonly script: string;
  readonly arguments?: readonly string[];
  /** Paths of the package, which are there when `postinst` runs. */
  readonly files: readonly string[];
}

const assigning = new Set(["local", "export", "readonly", "read", "unset", "getopts"]);

/** Variables and arguments of a script, as far as they are known. A value that is not known is null. */
export class ScriptVariables {
  readonly #values: Map<string, string | null>;
  arguments: readonly (string | null)[];

  constructor({ package: name, script, arguments: given }: ScriptContext) {
    this.arguments = given ?? (script === "postinst" ? ["configure", ""] : ["install"]);
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

  /** A command that only changes these; false for another. What may not be run leaves what it changes unknown. */
  apply(name: string, args: readonly (string | null)[], isInDoubt: boolean): boolean {
    if (assigning.has(name)) {
      for (const arg of args) {
        const [variable = "", ...value] = (arg ?? "").split("=");
        const isKnown = arg !== null && value.length > 0 && !isInDoubt;
        this.set(variable, isKnown ? value.join("=") : null);
      }
      return true;
    }
    // What debconf answers is not known.
    if (name.startsWith("db_")) this.set("RET", null);
    if (name === "shift" && args.length === 0 && !isInDoubt) {
      this.arguments = this.arguments.slice(1);
    } else if (name === "shift" || (name === "set" && args.includes("--"))) {
      this.arguments = Array.from({ length: 9 }, () => null);
    } else return false;
    return true;
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
    // Arguments that are not known may be fewer or more, too.
    if (name === "#") return this.arguments.includes(null) ? null : String(this.arguments.length);
    // All of them are one word only where they are quoted with `*`.
    if (name === "@" || name === "*") return null;
    if (/^[1-9]$/.test(name)) return this.arguments[Number(name) - 1];
    // A variable that nobody set may come from outside: only the arguments are known not to be there.
    return this.#values.get(name) ?? null;
  };
}
