import {
  parseDeb822Sources,
  parseSourcesList,
  type AptSuite,
} from "../../formats/dpkg/sources-list.ts";
import type { RecordProblem } from "../../formats/record-problem.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import type { Failure } from "../../model/failure.ts";
import type { KeyText } from "../signatures/keyring.ts";

/** A suite and the file of the base that names it. */
export interface NamedSuite extends AptSuite {
  readonly from: string;
}

/** What a base tells apt. */
export interface AptSystem {
  /** In the order in which apt reads them; each once. */
  readonly suites: readonly NamedSuite[];
  readonly problems: readonly Failure[];
}

/**
 * Reads where packages come from. `file:` addresses name folders of the image, which are not there, and must never become
 * files of this machine. Source: sources.list(5), apt-pkg/sourcelist.cc ReadMainList.
 */
export function readAptSystem(rootfs: Rootfs, architecture: string): AptSystem {
  const folder = "/etc/apt/sources.list.d";
  const names = rootfs.names(folder).filter((name) => /^[\w.-]+\.(?:list|sources)$/.test(name));
  const paths = ["/etc/apt/sources.list", ...names.map((name) => `${folder}/${name}`)];
  const suites = new Map<string, NamedSuite>();
  const problems: Failure[] = [];
  for (const path of paths) {
    const text = readText(rootfs, path);
    if (text === null) continue;
    const parse = path.endsWith(".sources") ? parseDeb822Sources : parseSourcesList;
    const read = parse(Buffer.from(text), architecture);
    problems.push(...read.problems.map((problem) => toFailure(problem, path)));
    for (const suite of read.records) {
      if (/^file:/i.test(suite.uri)) {
        const reason = "it names a folder of the image as a repository";
        problems.push({ kind: "unsupported", what: path, where: null, reason });
      } else if (isFor(suite, architecture)) add(suites, { ...suite, from: path });
    }
  }
  return { suites: [...suites.values()], problems };
}

function isFor({ architectures }: AptSuite, architecture: string): boolean {
  return architectures.length === 0 || architectures.includes(architecture);
}

/** One suite that two lines name has the components of both. */
function add(suites: Map<string, NamedSuite>, suite: NamedSuite): void {
  const key = `${suite.uri} ${suite.suite}`;
  const known = suites.get(key);
  const components = [...new Set([...(known?.components ?? []), ...suite.components])];
  suites.set(key, { ...(known ?? suite), components });
}

/** Files whose keys count for what names no others. Source: apt-secure(8). */
const trustedFolder = "/etc/apt/trusted.gpg.d";

/** The keys that a suite's signature is held against. A file that is named and not there is a problem. */
export function keysFor(
  rootfs: Rootfs,
  { signedBy, from }: NamedSuite,
): { readonly keys: readonly KeyText[]; readonly problems: readonly Failure[] } {
  if (signedBy?.kind === "key") return { keys: [{ from, text: signedBy.armored }], problems: [] };
  const named = signedBy?.files ?? [];
  const paths = named.length > 0 ? named : trustedPaths(rootfs);
  const keys: KeyText[] = [];
  const problems: Failure[] = [];
  for (const path of paths) {
    const text = readText(rootfs, path);
    if (text !== null) keys.push({ from: path, text });
    else if (named.length > 0)
      problems.push({ kind: "not-found", what: path, where: null, near: [] });
  }
  return { keys, problems };
}

function trustedPaths(rootfs: Rootfs): readonly string[] {
  const names = rootfs.names(trustedFolder).filter((name) => /\.(?:gpg|asc)$/.test(name));
  return ["/etc/apt/trusted.gpg", ...names.map((name) => `${trustedFolder}/${name}`)];
}

function readText(rootfs: Rootfs, path: string): string | null {
  const resolved = rootfs.resolve(path);
  return resolved.kind === "found" ? rootfs.text(resolved.path) : null;
}

/** A problem of a part of a file, by the file's name. */
export function toFailure(problem: RecordProblem, what: string): Failure {
  return { ...problem, what, where: null };
}
