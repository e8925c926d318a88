import { parseGlob } from "../../explore/find/glob.ts";
import type { View } from "../../explore/open-view.ts";
import { listPackages, type PackageList } from "../../explore/packages/list-packages.ts";
import { findPackageFiles, type PackageFiles } from "../../explore/packages/package-files.ts";
import { viewOrigin } from "../../explore/view-origin.ts";
import { viewPlatform } from "../../explore/view-platform.ts";
import type { Failure } from "../../model/failure.ts";
import { renderPackageFiles, renderPackages } from "../../report/explore/packages.ts";
import { renderPackagesJson, type PackagesData } from "../../report/explore/packages-json.ts";
import { readVersion } from "../../answer/version.ts";
import { UsageError, type OptionSpec } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { exploreOptions, imageHelp } from "../explore/explore-options.ts";
import { platformHeading } from "../explore/platform-heading.ts";
import { exploreCommand, type ExploreContext } from "../explore/run-explore.ts";
import type { HelpText } from "../help.ts";
import { writeFailure } from "../write-problem.ts";

const options: readonly OptionSpec[] = [
  { name: "name", value: "GLOB", help: "only packages whose name fits, as libc*" },
  {
    name: "files",
    value: "NAME",
    help: "the paths that one package installed, as its list has them",
  },
  { name: "layer", help: "the layer that brought each: its place, 0 the bottom, and its diffId" },
  { name: "human-readable", short: "h", help: "sizes as 12K, in powers of 1024 (default: bytes)" },
  { name: "null", short: "0", help: "with --files, a NUL behind each path" },
  ...exploreOptions,
];

const help: HelpText = {
  usage: ["fromage packages REF [options]"],
  about:
    "Lists the installed packages of an image, by the databases of dpkg (distroless too), rpm and apk in it. SIZE is what its files in this image hold, FILES how many paths its list names; ? is not known.",
  options,
  more: [
    imageHelp,
    "Exit code: 0 listed; 1 no package is called that; 2 bad usage; 3 could not finish; 4 something was not read; 130 interrupted.",
  ],
  examples: [
    ["fromage packages debian:12-slim", "all of them"],
    ["fromage packages -h --layer archive:app.tar", "which layer brought each"],
    ["fromage packages oci-archive:image.tar --name 'lib*'", "some"],
    ["fromage packages base:debian-12-slim --files libc6", "as dpkg -L libc6"],
  ],
};

export const command = exploreCommand({
  verb: "packages",
  help,
  options,
  maxOperands: 0,
  sections: () => new Set(["packages", "texts"]),
  run: runPackages,
});

interface Listed {
  readonly view: View;
  readonly list: PackageList;
  readonly files: readonly PackageFiles[] | null;
}

function runPackages(context: ExploreContext): number {
  const { args, io, views, reference } = context;
  const name = args.value("files");
  if (args.has("null") && name === null) throw new UsageError("--null needs --files");
  if (name !== null && args.value("name") !== null) {
    throw new UsageError("--name and --files exclude each other");
  }
  const listed: Listed[] = [];
  for (const view of views) {
    const files = name === null ? null : findPackageFiles(view.rootfs, name, reference);
    if (files?.ok === false) {
      writeFailure(io, files.failure);
      return exitCodes.no;
    }
    listed.push({ view, list: choosePackages(view, context), files: files?.value ?? null });
  }
  if (args.has("json")) {
    const images = listed.map(toData);
    io.stdout.write(renderPackagesJson({ tool: readVersion(), reference, images }));
  } else
    for (const one of listed)
      io.stdout.write(platformHeading(one.view, views) + text(one, context));
  return judge(listed, context);
}

function choosePackages(view: View, { args }: ExploreContext): PackageList {
  const list = listPackages(view);
  const pattern = args.value("name");
  if (pattern === null) return list;
  const fits = parseGlob(pattern);
  return { ...list, packages: list.packages.filter(({ name }) => fits(name)) };
}

function text({ view, list, files }: Listed, { args, io }: ExploreContext): string {
  if (files !== null) return renderPackageFiles(files, io, args.has("null") ? "\0" : "\n");
  // Titles above nothing would look like a list that was lost.
  if (list.packages.length === 0) return "";
  return renderPackages(list.packages, {
    isTerminal: io.isTerminal,
    columns: io.columns,
    isHuman: args.has("human-readable"),
    layers: args.has("layer") ? view.layers : null,
    hasManagers: list.managers.length > 1,
  });
}

function toData({ view, list, files }: Listed): PackagesData {
  return {
    platform: viewPlatform(view),
    ...viewOrigin(view),
    managers: list.managers,
    packages: list.packages,
    files,
    failures: [...view.failures, ...newProblems(view, list)],
  };
}

/** A database that could not be read at all is the view's already. */
function newProblems({ failures }: View, { problems }: PackageList): readonly Failure[] {
  return problems.filter((problem) => !failures.includes(problem));
}

function judge(listed: readonly Listed[], { args, io, reference }: ExploreContext): number {
  const problems = listed.flatMap(({ view, list }) => newProblems(view, list));
  for (const problem of problems) writeFailure(io, problem);
  const isEmpty = listed.every(({ list }) => list.packages.length === 0);
  if (isEmpty && problems.length === 0) {
    const pattern = args.value("name");
    const hasDatabase = listed.some(({ list }) => list.managers.length > 0);
    const what = hasDatabase ? "no package" : "no package database";
    const named = hasDatabase && pattern !== null ? ` called ${JSON.stringify(pattern)}` : "";
    io.stderr.write(`${reference} has ${what}${named}\n`);
    if (hasDatabase && pattern !== null) return exitCodes.no;
  }
  return problems.length > 0 ? exitCodes.partial : exitCodes.yes;
}
