import { quoteStart } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { textLines } from "../text-lines.ts";

/** One repository of a `.repo` file. Values as written, variables not yet replaced. */
export interface RepoSection {
  readonly id: string;
  /** Empty where it is not named. */
  readonly name: string;
  readonly baseUrls: readonly string[];
  readonly mirrorList: string | null;
  readonly metalink: string | null;
  readonly isEnabled: boolean;
  /** Null where the file leaves it to the main configuration. */
  readonly checksPackages: boolean | null;
  readonly checksIndex: boolean | null;
  readonly keyUrls: readonly string[];
  /** Lower is better; 99 where it is not said. Source: dnf.conf(5), `priority`. */
  readonly priority: number;
  /** Names of packages that are not to be seen, with wildcards. */
  readonly excludes: readonly string[];
  /** When not empty, only these are to be seen. */
  readonly includes: readonly string[];
}

const maxSections = 1000;
const maxChars = 1024 * 1024;
const maxValueChars = 64 * 1024;

/** A section of any of dnf's files: `[main]` of dnf.conf has other names than repositories do. */
export interface IniSection {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Sections of a file in dnf's kind of INI, in its order; a section or a name that comes again adds to and replaces what was
 * there. A line that begins with a space goes on with the value before it; `#` and `;` begin a comment.
 * Source: libdnf conf/ConfigParser.cpp, IniParser.cpp.
 *
 *     [baseos]
 *     name = Base $releasever
 *     baseurl = https://example.com/$releasever/
 *         https://example.org/$releasever/
 */
export function parseIni(text: string): Records<IniSection> {
  const problems = new ProblemLog("ini");
  const sections = new Map<string, Map<string, string>>();
  let values: Map<string, string> | null = null;
  let last: string | null = null;
  for (const { text: line, offsetBytes } of textLines(Buffer.from(text.slice(0, maxChars)))) {
    if (/^[#;]/.test(line) || line.trim() === "") {
      if (line.trim() === "") last = null;
      continue;
    }
    if (/^\s/.test(line)) {
      if (last !== null) values?.set(last, join(values.get(last) ?? "", line.trim()));
      else problems.malformed(`A line goes on with nothing: ${quoteStart(line)}`, offsetBytes);
      continue;
    }
    last = null;
    const header = /^\[([^\]]+)\]/.exec(line)?.[1]?.trim();
    if (header) {
      if (sections.size >= maxSections) {
        const budget = "sections of one file";
        problems.add({ kind: "over-limit", budget, limit: maxSections, unit: "entries" });
        break;
      }
      values = sections.get(header) ?? new Map<string, string>();
      sections.set(header, values);
      continue;
    }
    const equals = line.indexOf("=");
    if (equals < 1 || values === null) {
      problems.malformed(`No setting: ${quoteStart(line)}`, offsetBytes);
      continue;
    }
    last = line.slice(0, equals).trim();
    values.set(
      last,
      line
        .slice(equals + 1)
        .trim()
        .slice(0, maxValueChars),
    );
  }
  const records = [...sections].map(([name, found]) => ({ name, values: found }));
  return { records, problems: problems.toArray() };
}

const join = (value: string, more: string): string =>
  value.length > maxValueChars ? value : `${value}\n${more}`;

/** The repositories of a `.repo` file; `[main]` is none. Source: dnf.conf(5), "Repo Options". */
export function parseRepoFile(text: string): Records<RepoSection> {
  const { records, problems } = parseIni(text);
  return {
    records: records.filter(({ name }) => name !== "main").map(toRepository),
    problems,
  };
}

function toRepository({ name: id, values }: IniSection): RepoSection {
  const list = (name: string): readonly string[] => splitList(values.get(name) ?? "");
  const first = (name: string): string | null => list(name)[0] ?? null;
  return {
    id,
    name: values.get("name") ?? "",
    baseUrls: list("baseurl"),
    mirrorList: first("mirrorlist"),
    metalink: first("metalink"),
    isEnabled: parseIniBoolean(values.get("enabled")) ?? true,
    checksPackages: parseIniBoolean(values.get("gpgcheck")) ?? null,
    checksIndex: parseIniBoolean(values.get("repo_gpgcheck")) ?? null,
    keyUrls: list("gpgkey"),
    priority: parsePriority(values.get("priority")),
    excludes: [...list("exclude"), ...list("excludepkgs")],
    includes: list("includepkgs"),
  };
}

/** Items between spaces, commas and line ends. */
function splitList(value: string): readonly string[] {
  return value.split(/[\s,]+/).filter((item) => item !== "");
}

/** Null for another word than libdnf takes. Source: libdnf conf/OptionBool.cpp. */
export function parseIniBoolean(value: string | undefined): boolean | null {
  const word = value?.toLowerCase() ?? "";
  if (["1", "yes", "true", "on"].includes(word)) return true;
  return ["0", "no", "false", "off"].includes(word) ? false : null;
}

function parsePriority(value: string | undefined): number {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : 99;
}

/**
 * The text with `$name` and `${name}` replaced; a variable that is not known stays as it is. No value is looked into again.
 * Source: libdnf conf/ConfigParser.cpp, substitute.
 */
export function expandRepoVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:\{([A-Za-z0-9_]{1,128})\}|([A-Za-z0-9_]{1,128}))/g,
    (whole, braced: string | undefined, plain: string | undefined) =>
      variables.get((braced ?? plain ?? "").toLowerCase()) ?? whole,
  );
}
