/**
 * Holds the resolver against apt itself, over requests that are drawn from the whole index of a release and from made repositories,
 * and writes REPORT.md. The apt is the one of the release, in the unpacked test image. Needs root, umoci, the images, a network.
 *
 *     node test/resolver/apt-truth.ts [--sets 200] [--made 100] [--seed 1] [--lists FOLDER]
 *
 * FOLDER/bookworm and FOLDER/trixie are `lists` folders of apt with indexes that were fetched before.
 *
 * Exit code 0: every difference is explained by a rule; 1: one is not; 3: it could not be run.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mixSeeds, Random } from "../fuzz/random.ts";
import { makeWorkFolder, unpackImage, whySkipped } from "../unpacked-images.ts";
import { renderAptReport, type Round } from "./apt-report.ts";
import { AptRoot } from "./apt-root.ts";
import { drawAndHold, explain, holdMade } from "./apt-rounds.ts";
import { isSame, type Held } from "./hold.ts";
import { readIndexes } from "./memory-lookup.ts";

interface Options {
  readonly sets: number;
  readonly made: number;
  readonly seed: number;
  readonly lists: string | null;
}

/** Of a real request there are at most this many names. */
const mostNames = 4;
/** Requests for each made repository. */
const requestsOfMade = 12;
const releases = [
  { title: "Debian 12", suite: "bookworm", image: "debian-12-slim-amd64.oci.tar" },
  { title: "Debian 13", suite: "trixie", image: "debian-13-slim-amd64.oci.tar" },
] as const;

function main(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sets: { type: "string", default: "200" },
      made: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
      lists: { type: "string" },
    },
  });
  const { sets, made, seed, lists = null } = values;
  const options = { sets: Number(sets), made: Number(made), seed: Number(seed), lists };
  const without = whySkipped(["apt-get", "chroot"]);
  if (without !== "") {
    process.stderr.write(`Cannot run:${without}\n`);
    return 3;
  }
  const parent = makeWorkFolder();
  try {
    const rounds = releases.flatMap((release) => holdRelease(release, parent, options));
    const report = renderAptReport(rounds, { ...options, requestsOfMade, mostNames });
    writeFileSync(join(import.meta.dirname, "REPORT.md"), report);
    const isExplained = (held: Held): boolean => isSame(held) || explain(held) !== null;
    return rounds.every((round) => round.held.every(isExplained)) ? 0 : 1;
  } finally {
    rmSync(parent, { recursive: true });
  }
}

function holdRelease(
  release: (typeof releases)[number],
  parent: string,
  { sets, made, seed, lists }: Options,
): readonly Round[] {
  const { title, suite, image } = release;
  const chroot = unpackImage({ scheme: "oci-archive", file: image, packages: "dpkg" }, parent);
  const key = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
  const sources = [
    `deb ${key} http://deb.debian.org/debian ${suite} main`,
    `deb ${key} http://deb.debian.org/debian ${suite}-updates main`,
    `deb ${key} http://security.debian.org/debian-security ${suite}-security main`,
  ];
  const slim = readFileSync(join(chroot, "var/lib/dpkg/status"), "utf8");
  const systems = [
    ["debian slim", slim],
    ["nothing", ""],
  ] as const;
  const real = systems.map(([system, status], at): Round => {
    const root = new AptRoot({ folder: join(chroot, `apt-${at}`), chroot, sources, status });
    if (lists === null) root.update();
    else root.takeLists(join(lists, suite));
    const lookup = readIndexes(root.readIndexes());
    const random = new Random(mixSeeds(seed, at));
    const onHeld = progress(`${title}, ${system}`);
    const held = drawAndHold(random, {
      lookup,
      root,
      status,
      count: sets,
      most: mostNames,
      onHeld,
    });
    return { title, apt: root.version, index: `${lookup.names.length} names`, system, held };
  });
  const folder = join(chroot, "made");
  mkdirSync(folder);
  const requests = { parent: folder, chroot, seed, universes: made, requests: requestsOfMade };
  const [apt = "?"] = real.map((round) => round.apt);
  const entangled = { title, apt, index: `${made} made`, system: "made", held: holdMade(requests) };
  return [...real, entangled];
}

function progress(title: string): (held: Held) => void {
  let done = 0;
  return (held) => {
    done++;
    if (!isSame(held)) process.stderr.write(`${title}: differs for ${held.names.join(" ")}\n`);
    if (done % 50 === 0) process.stderr.write(`${title}: ${done}\n`);
  };
}

process.exitCode = main(process.argv.slice(2));
