import { FormatError } from "../format-error.ts";
import { quoteStart } from "../path-budget.ts";
import { textLines } from "../text-lines.ts";

/** What `update-alternatives` knows of one generic name. */
export interface AlternativeGroup {
  /** Of its link in /etc/alternatives. */
  readonly name: string;
  /** The one with the highest priority counts; otherwise the administrator chose. */
  readonly isAutomatic: boolean;
  /** The generic name itself, absolute. */
  readonly link: string;
  readonly slaves: readonly { readonly name: string; readonly link: string }[];
  /** `slaves` has one path for each of the group's, null where the choice has none. */
  readonly choices: readonly {
    readonly path: string;
    readonly priority: number;
    readonly slaves: readonly (string | null)[];
  }[];
}

/** Most lines of one file; that of an editor with all its manual pages has some hundreds. */
const maxLines = 100_000;

/**
 * Reads one file of /var/lib/dpkg/alternatives; `name` is its own:
 *
 *     auto
 *     /usr/bin/awk
 *     awk.1.gz
 *     /usr/share/man/man1/awk.1.gz
 *
 *     /usr/bin/mawk
 *     5
 *     /usr/share/man/man1/mawk.1.gz
 *
 * State and link; name and link of each slave up to an empty line; then each choice, its priority, and a path (or nothing) for each
 * slave; an empty line ends it. Throws FormatError. Source: dpkg utils/update-alternatives.c, alternative_parse_*.
 */
export function parseAlternatives(bytes: Uint8Array, name: string): AlternativeGroup {
  const lines = new Lines(bytes);
  const state = lines.next("its state");
  if (state !== "auto" && state !== "manual")
    throw lines.fail("Its state is neither auto nor manual");
  const link = lines.path("its link");
  const slaves: { name: string; link: string }[] = [];
  for (let slave = lines.next("a slave"); slave !== ""; slave = lines.next("a slave")) {
    slaves.push({ name: slave, link: lines.path("the link of a slave") });
  }
  const choices: AlternativeGroup["choices"][number][] = [];
  while (!lines.isAtEnd) {
    const path = lines.next("a choice");
    if (path === "") break;
    const priority = lines.next("a priority");
    if (!/^-?\d{1,9}$/.test(priority)) throw lines.fail("A priority is no number");
    const paths = slaves.map(() => lines.next("the path of a slave") || null);
    choices.push({ path, priority: Number(priority), slaves: paths });
  }
  return { name, isAutomatic: state === "auto", link, slaves, choices };
}

class Lines {
  readonly #lines: readonly { readonly text: string; readonly offsetBytes: number }[];
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#lines = [...textLines(bytes)];
    if (this.#lines.length > maxLines) throw this.fail(`It has more than ${maxLines} lines`);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#lines.length;
  }

  fail(reason: string): FormatError {
    const line = this.#lines[Math.max(0, this.#at - 1)];
    const text = line === undefined ? "" : `: ${quoteStart(line.text)}`;
    return new FormatError("dpkg", `${reason}${text}`, line?.offsetBytes ?? null);
  }

  next(what: string): string {
    const line = this.#lines[this.#at++];
    if (line === undefined) throw this.fail(`It ends where ${what} must stand`);
    return line.text;
  }

  path(what: string): string {
    const path = this.next(what);
    if (!path.startsWith("/")) throw this.fail(`It has no absolute path where ${what} must stand`);
    return path;
  }
}
