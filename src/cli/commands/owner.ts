import { installedPackages } from "../../distros/installed-packages.ts";
import { findOwners } from "../../explore/owner/find-owners.ts";
import { viewOrigin } from "../../explore/view-origin.ts";
import { viewPlatform } from "../../explore/view-platform.ts";
import type { Failure } from "../../model/failure.ts";
import { renderOwners, renderOwnersJson, type OwnersData } from "../../report/explore/owner.ts";
import { readVersion } from "../../answer/version.ts";
import { UsageError, type OptionSpec } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { exploreOptions, imageHelp } from "../explore/explore-options.ts";
import { platformHeading } from "../explore/platform-heading.ts";
import { exploreCommand, type ExploreContext } from "../explore/run-explore.ts";
import type { HelpText } from "../help.ts";
import { writeFailure } from "../write-problem.ts";

const options: readonly OptionSpec[] = exploreOptions;

const help: HelpText = {
  usage: ["fromage owner REF PATH … [options]"],
  about:
    "Says which package a file of an image came with, and which layer brought it, as dpkg -S, rpm -qf and apk info --who-owns do. On a merged /usr both names of a file work. A link belongs to who brought the link; where it leads is told below.",
  options,
  more: [
    imageHelp,
    "Exit code: 0 one of the paths at least is owned; 1 none is; 2 bad usage; 3 could not finish; 4 something was not read; 130 interrupted.",
  ],
  examples: [
    ["fromage owner debian:12-slim /bin/ls", "coreutils"],
    ["fromage owner archive:app.tar /usr/lib/x86_64-linux-gnu/libssl.so.3 /app", "several"],
    ["fromage owner base:alpine-3.20 /bin/sh", "a link of BusyBox"],
  ],
};

export const command = exploreCommand({
  verb: "owner",
  help,
  options,
  maxOperands: Number.MAX_SAFE_INTEGER - 1,
  sections: () => new Set(["packages", "texts"]),
  run: runOwner,
});

function runOwner({ args, io, views, reference, operands }: ExploreContext): number {
  if (operands.length === 0) throw new UsageError("no PATH");
  const images: OwnersData[] = [];
  const problems: Failure[] = [];
  for (const view of views) {
    const paths = findOwners(view, operands);
    // One that could not be read at all is the view's already.
    const own = installedPackages(view.rootfs).problems.filter(
      (problem) => !view.failures.includes(problem),
    );
    problems.push(...own);
    const failures = [...view.failures, ...own];
    images.push({ platform: viewPlatform(view), ...viewOrigin(view), paths, failures });
    if (args.has("json")) continue;
    io.stdout.write(platformHeading(view, views) + renderOwners(paths, io));
  }
  if (args.has("json")) {
    io.stdout.write(renderOwnersJson({ tool: readVersion(), reference, images }));
  }
  for (const problem of problems) writeFailure(io, problem);
  const isOwned = images.some(({ paths }) => paths.some(({ owners }) => owners.length > 0));
  if (!isOwned) return exitCodes.no;
  return problems.length > 0 ? exitCodes.partial : exitCodes.yes;
}
