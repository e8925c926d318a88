import { rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { hasTool } from "../truth/command.ts";
import { makeWorkFolder } from "../unpacked-images.ts";
import { explain, holdMade } from "./apt-rounds.ts";
import { isSame } from "./hold.ts";

const without = hasTool("apt-get") ? "" : " (skipped: apt-get is not installed)";
const parent = makeWorkFolder();
afterAll(() => {
  rmSync(parent, { recursive: true });
});

describe(`resolveDebs() beside apt-get${without}`, () => {
  it.skipIf(without !== "").each([1, 2, 3, 4])(
    "comes to the same in entangled repositories, seed %i",
    { timeout: 60_000 },
    (seed) => {
      const held = holdMade({ parent, seed, universes: 4, requests: 10 });
      expect(held.length).toBe(40);
      expect(held.some(({ theirs }) => theirs[0] !== "refused" && theirs.length > 0)).toBe(true);
      const differences = held.filter((one) => !isSame(one) && explain(one) === null);
      expect(differences).toEqual([]);
    },
  );
});
