import type { DpkgRelations } from "./relations.ts";

/**
 * Numbers the names of packages in the order in which apt first meets them, in a record of their own or in a relation of another:
 * of two providers that are alike in all else apt takes the one whose name it met last. One for all indexes of a system.
 * Source: apt-pkg/pkgcachegen.cc (numbers), apt-pkg/deb/deblistparser.cc NewVersion (order of fields), apt-pkg/depcache.cc
 * CompareProviders.
 */
export class MentionOrder {
  readonly #numbers = new Map<string, number>();
  #places = 0;

  /** Of every name that was met so far, in the order of the numbers. */
  get numbers(): ReadonlyMap<string, number> {
    return this.#numbers;
  }

  /** The numbers of a record, which is the next one that is read. `others`: its Recommends, Suggests and Enhances. */
  add(record: {
    readonly name: string;
    readonly relations: DpkgRelations;
    readonly others: readonly string[];
  }): { readonly place: number; readonly mention: number } {
    const mention = this.#meet(record.name);
    const { preDepends, depends, conflicts, breaks, replaces, provides } = record.relations;
    const [recommends, suggests, enhances] = record.others;
    const fields = [preDepends, depends, conflicts, breaks, recommends, suggests, replaces];
    for (const text of [...fields, enhances, provides]) if (text) this.#meetAll(text);
    return { place: this.#places++, mention };
  }

  #meet(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const next = this.#numbers.size;
    this.#numbers.set(name, next);
    return next;
  }

  /** Names begin the text, or follow a `,` or `|`; a blank, `(`, `[` or `<` ends them. */
  #meetAll(text: string): void {
    let start = 0;
    for (let at = 0; at <= text.length; at++) {
      const character = at === text.length ? "," : text[at];
      if (character !== "," && character !== "|") continue;
      const name = nameAt(text, start, at);
      if (name !== "") this.#meet(name);
      start = at + 1;
    }
  }
}

function nameAt(text: string, from: number, to: number): string {
  let start = from;
  while (start < to && isBlank(text.charCodeAt(start))) start++;
  let end = start;
  while (end < to && !isBlank(text.charCodeAt(end)) && !"([<".includes(text.charAt(end))) end++;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
