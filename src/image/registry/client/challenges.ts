/** One way by which a server wants to know who asks. */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case, values without quotes. Of two with one name the first counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longest header that is looked at, and most challenges in it. Real ones have one or two. */
const [maxCharacters, maxChallenges] = [16_384, 16];

const patterns = {
  gap: /[\s,]*/y,
  name: /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y,
  equals: /[ \t]*=[ \t]*/y,
  /** Credentials in one word, as Negotiate has them: nothing but a comma follows. */
  word: /[ \t]+[\w.~+/-]+=*[ \t]*(?=,|$)/y,
  quoted: /"((?:[^"\\]|\\.)*)"/y,
  /** Servers leave out the quotes around addresses, against the grammar. */
  bare: /([^\s,"]+)/y,
} as const;

/**
 * The challenges of `WWW-Authenticate`, in their order, several lines joined by commas:
 *
 *     Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"
 *
 * What follows the first thing that is no challenge is left out. Source: RFC 9110 11.2, 11.3 and 11.6.1.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const text = header.slice(0, maxCharacters);
  const found: { readonly scheme: string; readonly parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (name: keyof typeof patterns): RegExpExecArray | null => {
    const pattern = patterns[name];
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (found.length <= maxChallenges) {
    take("gap");
    const name = take("name")?.[0].toLowerCase();
    if (name === undefined) break;
    const current = found.at(-1);
    if (current !== undefined && take("equals") !== null) {
      const value = take("quoted")?.[1]?.replaceAll(/\\(.)/g, "$1") ?? take("bare")?.[1];
      if (value === undefined) break;
      if (!current.parameters.has(name)) current.parameters.set(name, value);
    } else {
      found.push({ scheme: name, parameters: new Map() });
      take("word");
    }
  }
  return found.slice(0, maxChallenges);
}
