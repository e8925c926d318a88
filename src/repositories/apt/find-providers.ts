import { debPriorities, type DebPackage } from "../../formats/dpkg/packages-index.ts";
import { compareDebVersions } from "../../formats/versions/deb.ts";
import type { Provider, Wanted } from "../package-source.ts";
import { alternativePrograms } from "./alternatives.ts";
import type { AptIndex } from "./apt-index.ts";
import type { DebianArchitecture } from "./debian-architecture.ts";
import {
  commandFolders,
  isForOthers,
  isNamedAfter,
  libraryRank,
  mergedPaths,
} from "./rank-files.ts";
import { toRepositoryPackage } from "./repository-package.ts";

/** A package that may be it, and how near it is: lower is better. */
interface Candidate {
  readonly deb: DebPackage;
  readonly path: string | null;
  readonly rank: number;
  readonly isNamedAfter: boolean;
}

/** Answers more than anybody looks at: of one file name there are some hundred packages. */
const maxProviders = 50;

/** See `PackageSource.findProviders`. A Contents file says nothing of symbol versions: they are `unknown`. */
export function findProviders(
  index: AptIndex,
  architecture: DebianArchitecture,
  wanted: Wanted,
): readonly Provider[] {
  const found = [...candidates(index, architecture, wanted)].sort(compare);
  const seen = new Set<string>();
  const providers: Provider[] = [];
  for (const { deb, path } of found) {
    if (seen.has(deb.name) || providers.length >= maxProviders) continue;
    const offered = toRepositoryPackage(index, deb);
    if (offered === null) continue;
    seen.add(deb.name);
    providers.push({ package: offered, path, versions: "unknown" });
  }
  return providers;
}

/** The version that apt would take: the highest pin, then the newest. Null for a name that is no package. */
export function candidateOf(index: AptIndex, name: string): DebPackage | null {
  const [best] = index
    .named(name)
    .toSorted((a, b) => b.pin - a.pin || compareDebVersions(b.version, a.version));
  return best ?? null;
}

function* candidates(
  index: AptIndex,
  architecture: DebianArchitecture,
  wanted: Wanted,
): Generator<Candidate> {
  switch (wanted.kind) {
    case "soname":
      for (const { path, packages } of index.libraries(wanted.soname)) {
        const rank = libraryRank(path, architecture, wanted.elfClass);
        if (rank === null) continue;
        for (const name of packages.filter((one) => !isForOthers(one))) {
          const isNamed = isNamedAfter(name, wanted.soname);
          yield* one(index, name, { path, rank: rankLibrary(name, rank), isNamedAfter: isNamed });
        }
      }
      return;
    case "command":
      yield* commands(index, wanted.name);
      return;
    case "file":
      for (const path of mergedPaths(wanted.path)) {
        for (const name of index.owners(path)) yield* one(index, name, { path, rank: 0 });
      }
      return;
    case "package": {
      yield* one(index, wanted.name, { path: null, rank: 0 });
      for (const { name } of index.providing(wanted.name)) {
        yield* one(index, name, { path: null, rank: 1 });
      }
    }
  }
}

/** What only links to a library, for compilers, is the last to be taken. */
function rankLibrary(name: string, rank: number): number {
  return name.endsWith("-dev") ? rank + 10 : rank;
}

function* commands(index: AptIndex, command: string): Generator<Candidate> {
  for (const [rank, folder] of commandFolders.entries()) {
    const path = `${folder}/${command}`;
    for (const name of index.owners(path)) yield* one(index, name, { path, rank });
  }
  for (const [at, program] of alternativePrograms(command).entries()) {
    for (const path of mergedPaths(program)) {
      for (const name of index.owners(path)) yield* one(index, name, { path, rank: 100 + at });
    }
  }
}

function* one(
  index: AptIndex,
  name: string,
  { path, rank, isNamedAfter: isNamed = false }: Partial<Candidate> & Pick<Candidate, "rank">,
): Generator<Candidate> {
  const deb = candidateOf(index, name);
  if (deb !== null) yield { deb, path: path ?? null, rank, isNamedAfter: isNamed };
}

function compare(a: Candidate, b: Candidate): number {
  return (
    a.rank - b.rank ||
    Number(b.isNamedAfter) - Number(a.isNamedAfter) ||
    priorityOf(a.deb) - priorityOf(b.deb) ||
    (a.deb.name < b.deb.name ? -1 : Number(a.deb.name !== b.deb.name)) ||
    (a.path ?? "").length - (b.path ?? "").length
  );
}

function priorityOf({ priority }: DebPackage): number {
  return priority === "unknown" ? debPriorities.length : debPriorities.indexOf(priority);
}
