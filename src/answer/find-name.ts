import type { BaseRoot } from "../check/base-root.ts";
import { makePackageStep } from "../choose/package-step.ts";
import type { Supply } from "../choose/supply.ts";
import { installedPackages } from "../distros/installed-packages.ts";
import { machineOfPlatform } from "../linking/machine.ts";
import type { Failure } from "../model/failure.ts";
import { parsePlatform } from "../model/platform.ts";
import type { Provider, Wanted } from "../repositories/package-source.ts";
import { lookInside } from "./look-inside.ts";
import type {
  FoundProvider,
  InstallPlan,
  NameAnswer,
  NameKind,
  ProvidesRequest,
} from "./provides-answer.ts";

/** Packages that are fetched and looked into for one name at most. */
const maxLookedInto = 3;

/** A path is a file, `libx.so.1` a library, all else a command and then a package. */
export function guessKind(name: string): NameKind {
  if (name.startsWith("/")) return "file";
  return /\.so(?:\.|$)/.test(name) ? "library" : "command";
}

export interface FindNameInput {
  readonly base: BaseRoot;
  readonly supply: Supply;
  readonly request: ProvidesRequest;
}

/** Who brings one name on one base, and what it takes to have it there. */
export async function findName(name: string, input: FindNameInput): Promise<NameAnswer> {
  const { kind: asked } = input.request;
  const first = await findAs(name, asked ?? guessKind(name), input);
  // What is no command may be called like a package.
  if (asked !== null || first.kind !== "command" || first.providers.length > 0) return first;
  const second = await findAs(name, "package", input);
  return second.providers.length > 0 ? second : first;
}

async function findAs(name: string, kind: NameKind, input: FindNameInput): Promise<NameAnswer> {
  const { base, supply, request } = input;
  const wanted = wantedOf(name, kind, input);
  const failures: Failure[] = [];
  const sure: Provider[] = [];
  let left = maxLookedInto;
  for (const provider of providersOf(wanted, supply)) {
    const isProof = wanted.kind === "soname" && request.versions.length > 0;
    const isUnsure = isGuess(provider, wanted, supply);
    const isOpen = isUnsure || (isProof && provider.versions === "unknown");
    if (!isOpen || left === 0) {
      if (!isUnsure) sure.push(provider);
      continue;
    }
    left--;
    const seen = await lookInside(provider.package, wanted, supply);
    if (!seen.ok) {
      failures.push(seen.failure);
      if (!isUnsure) sure.push(provider);
    } else if (seen.value !== null) {
      const { path, versions } = seen.value;
      sure.push({ ...provider, path: provider.path ?? path, versions });
    }
  }
  const installed = installedPackages(base.rootfs).packages;
  const versionOf = new Map(installed.map((one) => [one.name, one.version]));
  const providers = sure.map((provider) => ({
    ...provider,
    installedVersion: versionOf.get(provider.package.name) ?? null,
  }));
  const ordered = providers.toSorted((a, b) => versionRank(a) - versionRank(b));
  const install = planFor(ordered, { ...input, wanted: name });
  return { name, kind, providers: ordered, install, failures };
}

const versionRanks: readonly Provider["versions"][] = ["all", "unknown", "not-all"];
const versionRank = ({ versions }: FoundProvider): number => versionRanks.indexOf(versions);

function wantedOf(name: string, kind: NameKind, { base, request }: FindNameInput): Wanted {
  switch (kind) {
    case "library": {
      const platform = parsePlatform(base.info.platform);
      const machine = platform === null ? null : machineOfPlatform(platform);
      const { versions } = request;
      return { kind: "soname", soname: name, elfClass: machine?.class ?? 64, versions };
    }
    case "file":
      return { kind, path: name };
    case "command":
    case "package":
      return { kind, name };
  }
}

/**
 * No index has the links that Debian's update-alternatives makes: `/usr/bin/convert` is asked for as a command too, and of that
 * answer counts what makes a link of that name.
 */
function providersOf(wanted: Wanted, { source }: Supply): readonly Provider[] {
  const listed = source.findProviders(wanted);
  const command = wanted.kind === "file" ? /^(?:\/usr)?\/bin\/([^/]+)$/.exec(wanted.path)?.[1] : "";
  if (command === undefined || command === "" || source.family !== "dpkg") return listed;
  const names = new Set(listed.map((one) => one.package.name));
  const linked = source
    .findProviders({ kind: "command", name: command })
    .filter((one) => one.package.name !== command && !names.has(one.package.name))
    .filter(({ path }) => path === null || !path.endsWith(`/${command}`));
  return [...linked, ...listed];
}

/** dpkg: no index says it, the package is only called like it. */
function isGuess({ package: offered, path }: Provider, wanted: Wanted, supply: Supply): boolean {
  if (supply.source.family !== "dpkg" || path !== null) return false;
  return wanted.kind === "soname" || (wanted.kind === "command" && offered.name === wanted.name);
}

/** What is there already is not installed; else the first that has what is asked of it. */
function planFor(
  providers: readonly FoundProvider[],
  { base, supply, request, wanted }: FindNameInput & { readonly wanted: string },
): InstallPlan | null {
  const useful = providers.filter(({ versions }) => versions !== "not-all");
  const present = useful.find(({ installedVersion }) => installedVersion !== null);
  // Of another version nobody has seen the symbols.
  const isEnough =
    request.versions.length === 0 || present?.installedVersion === present?.package.version;
  if (present !== undefined && present.installedVersion !== null && isEnough) {
    const { installedVersion: version } = present;
    return { state: "present", package: present.package.name, version };
  }
  const [best] = useful;
  if (best === undefined) return null;
  const { name } = best.package;
  const installed = installedPackages(base.rootfs).packages;
  const resolution = supply.source.resolve([name], installed);
  const refused = (problems: typeof resolution.problems): InstallPlan => ({
    state: "refused",
    package: name,
    problems,
  });
  if (resolution.problems.length > 0) return refused(resolution.problems);
  const asked = new Map([[name, new Set([wanted])]]);
  const step = makePackageStep({ supply, asked, resolution, laid: null });
  const problems = supply.problemsOf(step);
  return problems.length > 0 ? refused(problems) : { state: "possible", step };
}
