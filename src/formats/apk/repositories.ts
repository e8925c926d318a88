import { quoteStart } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { textLines } from "../text-lines.ts";

/** One repository of /etc/apk/repositories. */
export interface ApkRepositoryLine {
  /** Address or folder as it is written, without a slash at its end; of an `ndx` the index itself. */
  readonly address: string;
  /** `v2`: an APKINDEX.tar.gz below the folder of the architecture, `v3`: a Packages.adb there, `index`: the address is the index. */
  readonly kind: "v2" | "v3" | "index";
  /** Without the `@`; null when its packages may be taken by anybody. */
  readonly tag: string | null;
}

/** What one file may make of its lines: components and variables multiply. */
const maxRepositories = 1000;
const maxAddressLength = 4096;
const keywords: ReadonlyMap<string, ApkRepositoryLine["kind"]> = new Map([
  ["v2", "v2"],
  ["v3", "v3"],
  ["ndx", "index"],
]);

/**
 * Reads /etc/apk/repositories and the files of repositories.d, in the order of their lines. Keywords, variables and components
 * are those of apk 3. A line that is not understood is a problem and gives no repository.
 *
 *     https://dl-cdn.alpinelinux.org/alpine/v3.20/main
 *     @edge https://dl-cdn.alpinelinux.org/alpine/edge/main
 *     set -default mirror=https://dl-cdn.alpinelinux.org/alpine
 *     v2 ${mirror}/v3.23 main community
 *
 * Source: apk-repositories(5); apk-tools 3 src/repoparser.c. `architecture` is `${APK_ARCH}`.
 */
export function parseApkRepositories(
  text: string,
  architecture: string,
): Records<ApkRepositoryLine> {
  const problems = new ProblemLog("apk repositories");
  const variables = new Map([["APK_ARCH", architecture]]);
  const records: ApkRepositoryLine[] = [];
  for (const line of textLines(Buffer.from(text))) {
    if (line.text === "" || line.text.startsWith("#")) continue;
    const words = line.text.split(/[ \t]+/).filter((word) => word !== "");
    if (words.length === 0) continue;
    const read = words[0] === "set" ? setVariable(words, variables) : readLine(words, variables);
    if (typeof read === "string")
      problems.malformed(`${read}: ${quoteStart(line.text)}`, line.offsetBytes);
    else records.push(...read);
    if (records.length <= maxRepositories) continue;
    const [budget, limit] = ["repositories of one file", maxRepositories];
    problems.add({ kind: "over-limit", budget, limit, unit: "entries" });
    break;
  }
  return { records: records.slice(0, maxRepositories), problems: problems.toArray() };
}

/** Repositories, or why there are none. */
type Read = readonly ApkRepositoryLine[] | string;
type Variables = Map<string, string>;

function setVariable(words: readonly string[], variables: Variables): Read {
  const isDefault = words[1] === "-default";
  const [name, value] = splitAt(words.slice(isDefault ? 2 : 1).join(" "), "=");
  if (value === undefined || !/^[A-Za-z]\w*$/.test(name) || name.startsWith("APK_")) {
    return "A variable is set in a form that is not understood";
  }
  const filled = fill(value, variables);
  if (filled === null) return "A variable is used that is not set";
  if (!isDefault || !variables.has(name)) variables.set(name, filled);
  return [];
}

function readLine(words: readonly string[], variables: Variables): Read {
  const rest = [...words];
  const keyword = keywords.get(rest[0] ?? "");
  if (keyword !== undefined) rest.shift();
  const tag = rest[0]?.startsWith("@") === true ? rest.shift()?.slice(1) : null;
  const filled = rest.map((word) => fill(word, variables));
  if (filled.includes(null)) return "A variable is used that is not set";
  const [written = "", ...components] = filled.filter((word) => word !== null);
  const address = written.replace(/\/+$/, "");
  if (tag === "" || !/^(?:\/|[a-z][a-z0-9+.-]*:\/\/)/i.test(written))
    return "A line names no address";
  const isIndex = /\.(?:adb|tar\.gz)$/.test(address);
  const kind = keyword ?? (isIndex ? "index" : "v2");
  const addresses =
    components.length === 0 ? [address] : components.map((one) => `${address}/${one}`);
  return addresses.map((one) => ({ address: one, kind, tag: tag ?? null }));
}

/** Null when a variable is not set, or what comes out is longer than any address. */
function fill(text: string, variables: Variables): string | null {
  let isSet = true;
  const filled = text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = variables.get(name);
    isSet &&= value !== undefined;
    return value ?? "";
  });
  return isSet && filled.length <= maxAddressLength ? filled : null;
}

function splitAt(text: string, mark: string): readonly [string, string?] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
