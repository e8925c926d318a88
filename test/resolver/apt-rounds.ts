import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mixSeeds, Random } from "../fuzz/random.ts";
import { AptRoot } from "./apt-root.ts";
import { hold, readInstalled, type Held } from "./hold.ts";
import { makeUniverse } from "./made-universe.ts";
import { readIndexes, type MemoryLookup } from "./memory-lookup.ts";

/** Requests against small entangled repositories that are made from the seed. `parent` is a folder for their files. */
export function holdMade(options: {
  readonly parent: string;
  readonly chroot?: string;
  readonly seed: number;
  readonly universes: number;
  readonly requests: number;
}): readonly Held[] {
  const { parent, seed, universes, requests, ...chroot } = options;
  return Array.from({ length: universes }, (_, at) => at).flatMap((at) => {
    const random = new Random(mixSeeds(seed, at));
    const made = makeUniverse(random);
    const folder = mkdtempSync(join(parent, "made-"));
    try {
      const repository = join(folder, "repository");
      mkdirSync(repository);
      writeFileSync(join(repository, "Packages"), made.index);
      const sources = [`deb [trusted=yes] copy:${repository} ./`];
      const root = new AptRoot({
        folder: join(folder, "root"),
        ...chroot,
        sources,
        status: made.status,
      });
      root.update();
      const lookup = readIndexes(root.readIndexes());
      return drawAndHold(random, { lookup, root, status: made.status, count: requests, most: 3 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** `count` requests for 1 to `most` names of the index. */
export function drawAndHold(
  random: Random,
  of: {
    readonly lookup: MemoryLookup;
    readonly root: AptRoot;
    readonly status: string;
    readonly count: number;
    readonly most: number;
    readonly onHeld?: (held: Held) => void;
  },
): readonly Held[] {
  const installed = readInstalled(of.status);
  return Array.from({ length: of.count }, () => {
    const names = Array.from({ length: 1 + random.below(of.most) }, () =>
      random.pick(of.lookup.names),
    );
    const wanted = names.filter((name) => name !== undefined);
    const held = hold(wanted, { ...of, installed });
    of.onHeld?.(held);
    return held;
  });
}

/** Why the two may differ. Each is a rule, not a case. */
export const explanations = {
  "no-order":
    "apt comes to its solution and then, going through the single steps that dpkg would have to take, finds no order for them (or its own table of what is broken was wrong, which it says). The solution is not held against ours.",
  "other-solver":
    "apt 3.0 asks its other solver when the first one finds nothing. That one is not done here: the request is refused.",
} as const;

/** Which rule explains that the two differ; null when none does. */
export function explain({ ours, theirs, message }: Held): keyof typeof explanations | null {
  const noOrder =
    /^E: (?:Conf Broken|Unpack Broken|Internal error|Couldn't configure|Could not configure '|This installation run will require temporarily)/m;
  if (theirs[0] === "refused" && noOrder.test(message)) return "no-order";
  const isOther = ours[0] === "refused" && message.includes("Solving dependencies...");
  return isOther ? "other-solver" : null;
}
