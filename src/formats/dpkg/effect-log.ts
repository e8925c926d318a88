import type { Diversion } from "./diversions.ts";
import type { AlternativeChoice, ScriptEffects } from "./script-effects.ts";
import { readAlternativesCall, readDivertCall, type Call } from "./script-words.ts";

type Arguments = readonly (string | null)[];

/** A command as it is written, and whether it is known that it is run. */
interface Statement {
  readonly text: string;
  readonly isInDoubt: boolean;
}

/** Statements that are named. */
const maxUnknown = 20;
const maxStatementLength = 100;
/** What is left behind in these is not looked at by programs. */
const passingPattern = /^\/(?:dev|tmp|var\/log|run)\//;

/** Gathers what a script does while it is followed. An argument that is not known is null. */
export class EffectLog {
  readonly #alternatives: AlternativeChoice[] = [];
  readonly #diversions: Diversion[] = [];
  readonly #unknown = new Set<string>();
  refreshesLoaderCache = false;

  effects(): ScriptEffects {
    return {
      alternatives: this.#alternatives,
      diversions: this.#diversions,
      refreshesLoaderCache: this.refreshesLoaderCache,
      unknown: [...this.#unknown],
    };
  }

  addAlternative(args: Arguments, statement: Statement): void {
    this.#take(readKnown(args, readAlternativesCall), this.#alternatives, statement);
  }

  addDiversion(args: Arguments, statement: Statement & { readonly package: string }): void {
    const call = readKnown(args, (known) => readDivertCall(known, statement.package));
    this.#take(call, this.#diversions, statement);
  }

  /** That a file was written; null where it is not known which. */
  written(path: string | null, text: string): void {
    if (path === null || !passingPattern.test(path)) this.note(text);
  }

  /** That a statement does what is not known. */
  note(text: string): void {
    if (this.#unknown.size >= maxUnknown) return;
    const isLong = text.length > maxStatementLength;
    this.#unknown.add(isLong ? `${text.slice(0, maxStatementLength)}…` : text);
  }

  #take<Effect>(call: Call<Effect>, effects: Effect[], { text, isInDoubt }: Statement): void {
    if (call === "nothing") return;
    if (call === null || isInDoubt) this.note(text);
    else effects.push(call);
  }
}

function readKnown<Effect>(
  args: Arguments,
  read: (known: readonly string[]) => Call<Effect>,
): Call<Effect> {
  const known = args.filter((arg) => arg !== null);
  if (known.length === args.length) return read(known);
  // Which of them is asked about or removed does not matter.
  return known.some((one) => read([one]) === "nothing") ? "nothing" : null;
}
