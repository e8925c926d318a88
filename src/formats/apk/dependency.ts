import { compareApkVersions, isApkVersion, startsWithApkVersion } from "../versions/apk.ts";

/** One relation of a package, or one line of /etc/apk/world: `[!]name[@tag][test version]`. */
export interface ApkDependency {
  /** Of a package, or of something that packages provide: `so:libz.so.1`, `cmd:sh`, `pc:zlib`, `/bin/sh`. */
  readonly name: string;
  /** Behind a `!`: what must not be there. */
  readonly isConflict: boolean;
  /** What is asked of its version; null when any will do. */
  readonly test: ApkVersionTest | null;
  /** The tagged repository that it may come from, without the `@`. */
  readonly tag: string | null;
  /** As it is written. */
  readonly text: string;
}

/** `isFuzzy`: the version may go on behind what is written: `~1.2` takes 1.2.3. */
export interface ApkVersionTest {
  readonly isLess: boolean;
  readonly isEqual: boolean;
  readonly isGreater: boolean;
  readonly isFuzzy: boolean;
  readonly version: string;
}

/** One thing that a package provides: its own name with its version, or `so:libz.so.1=1.2.13`. */
export interface ApkProvide {
  readonly name: string;
  /** Null where none is written: then it satisfies no test, and several packages may provide it side by side. */
  readonly version: string | null;
}

/** Name, tag, test, version. `@` begins a tag wherever it stands in the name. */
const pattern = /^(!?)([^!<>=~@][^<>=~@]*)(?:@([^<>=~]*))?(?:([<>=~]+)(.*))?$/s;

/**
 * Null when the text is no relation, its version is none, or it names one build by its checksum (`><`), which only files on
 * a command line do. Source: apk-world(5), apk-tools src/package.c, apk_dep_parse.
 */
export function parseApkDependency(text: string): ApkDependency | null {
  const found = pattern.exec(text);
  const name = found?.[2];
  if (name === undefined) return null;
  const [tag = null, operator, version = ""] = [found?.[3], found?.[4], found?.[5]];
  const isConflict = found?.[1] === "!";
  if (operator === undefined) return { name, isConflict, test: null, tag, text };
  const [isLess, isGreater] = [operator.includes("<"), operator.includes(">")];
  const isFuzzy = operator.includes("~");
  const isEqual = isFuzzy || operator.includes("=");
  if (!isApkVersion(version) || (isLess && isGreater)) return null;
  return { name, isConflict, test: { isLess, isEqual, isGreater, isFuzzy, version }, tag, text };
}

/** The relations of one `D:`, `i:` or world text, in its order; `broken` are the words that are none. */
export function parseApkDependencies(text: string): {
  readonly dependencies: readonly ApkDependency[];
  readonly broken: readonly string[];
} {
  const dependencies: ApkDependency[] = [];
  const broken: string[] = [];
  for (const word of splitWords(text)) {
    const dependency = parseApkDependency(word);
    if (dependency === null) broken.push(word);
    else dependencies.push(dependency);
  }
  return { dependencies, broken };
}

/** What one `p:` text provides, in its order. A version that is none counts as if it were not written. */
export function parseApkProvides(text: string): readonly ApkProvide[] {
  return splitWords(text).map((word) => {
    const end = word.search(/[<>=~]/);
    if (end === -1) return { name: word, version: null };
    const version = word.slice(end).replace(/^[<>=~]+/, "");
    return { name: word.slice(0, end), version: isApkVersion(version) ? version : null };
  });
}

/** Words between spaces and line ends. apko writes `[]` where there is none. */
export function splitWords(text: string): readonly string[] {
  return text.split(/[ \t\r\n]+/).filter((word) => word !== "" && word !== "[]");
}

/**
 * Whether something provided under the dependency's name satisfies it. `provided` is null when nothing is: that alone satisfies
 * a conflict, as does every version that its test excludes. Source: apk-tools src/package.c, apk_dep_is_provided.
 */
export function isSatisfied(
  { isConflict, test }: ApkDependency,
  provided: { readonly version: string | null } | null,
): boolean {
  if (provided === null) return isConflict;
  return passesTest(test, provided.version) !== isConflict;
}

function passesTest(test: ApkVersionTest | null, version: string | null): boolean {
  if (test === null) return true;
  if (version === null) return false;
  if (test.isFuzzy && startsWithApkVersion(version, test.version)) return true;
  const order = compareApkVersions(version, test.version);
  return order < 0 ? test.isLess : order > 0 ? test.isGreater : test.isEqual;
}
