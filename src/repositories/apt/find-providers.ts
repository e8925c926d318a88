import { debPriorities, type DebPackage } from "../../formats/dpkg/packages-index.ts";
import { compareDebVersions } from "../../formats/versions/deb.ts";
import type { Provider, Wanted } from "../package-source.ts";
import { alternativesFor } from "./alternatives.ts";
import type { AptIndex } from "./apt-index.ts";
import type { DebianArchitecture } from "./debian-architecture.ts";
import {
  commandFolders,
  isForOthers,
  isNamedAfter,
  libraryRank,
  mergedPaths,
  namesAfter,
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

function candidates(
  index: AptIndex,
  architecture: DebianArchitecture,
  wanted: Wanted,
): Iterable<Candidate> {
  switch (wanted.kind) {
    case "soname":
      return orElse(
        libraries(index, architecture, wanted),
        wanted.elfClass === architecture.elfClass
          ? namesAfter(wanted.soname).map((name) => ({ name, ...ofGuess }))
          : [],
        index,
      );
    case "command":
      // A command that no list knows mostly is in the package of its name.
      return orElse(commands(index, wanted.name), [{ name: wanted.name, ...ofGuess }], index);
    case "file":
      return mergedPaths(wanted.path).flatMap((path) =>
        index.owners(path).flatMap((name) => candidate(index, { name, path, rank: 0 })),
      );
    case "package":
      return [
        ...candidate(index, { name: wanted.name, path: null, rank: 0 }),
        ...index
          .providing(wanted.name)
          .flatMap(({ name }) => candidate(index, { name, path: null, rank: 1 })),
      ];
  }
}

/** Behind all that a list says. */
const ofGuess = { path: null, rank: 1000 } as const;

/** What may be it by its name, where no list says what is. Whoever takes it looks into it before anything is said of it. */
function orElse(
  found: readonly Candidate[],
  guesses: readonly Named[],
  index: AptIndex,
): readonly Candidate[] {
  return found.length > 0 ? found : guesses.flatMap((guess) => candidate(index, guess));
}

function libraries(
  index: AptIndex,
  architecture: DebianArchitecture,
  { soname, elfClass }: Extract<Wanted, { readonly kind: "soname" }>,
): readonly Candidate[] {
  return index.libraries(soname).flatMap(({ path, packages }) => {
    const rank = libraryRank(path, architecture, elfClass);
    if (rank === null) return [];
    return packages
      .filter((name) => !isForOthers(name))
      .flatMap((name) => {
        const isNamed = isNamedAfter(name, soname);
        return candidate(index, { name, path, rank: rankLibrary(name, rank) }, isNamed);
      });
  });
}

/** What only links to a library, for compilers, is the last to be taken. */
function rankLibrary(name: string, rank: number): number {
  return name.endsWith("-dev") ? rank + 10 : rank;
}

/** What is known to make a command as a link goes before a file of that name: those are what stands in for it. */
function commands(index: AptIndex, command: string): readonly Candidate[] {
  const linked = alternativesFor(command);
  const listed = commandFolders.flatMap((folder, at) => {
    const path = `${folder}/${command}`;
    const rank = linked.length + at;
    return index.owners(path).flatMap((name) => candidate(index, { name, path, rank }));
  });
  const byLink = linked.flatMap(({ package: name, program: path }, rank) =>
    candidate(index, { name, path, rank }),
  );
  return [...byLink, ...listed];
}

interface Named extends Pick<Candidate, "path" | "rank"> {
  readonly name: string;
}

/** None where the indexes have no package of that name. */
function candidate(
  index: AptIndex,
  { name, path, rank }: Named,
  isNamed = false,
): readonly Candidate[] {
  const deb = candidateOf(index, name);
  return deb === null ? [] : [{ deb, path, rank, isNamedAfter: isNamed }];
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
