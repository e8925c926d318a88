import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findTestImages, testImage, withoutImages } from "../../test/images.ts";
import { openElfLines } from "../image/elf-lines.ts";
import { openLiveRootfs } from "../image/live-rootfs.ts";
import { mergeLayers } from "../image/merge.ts";
import { readLayer } from "../image/read-layer.ts";
import { createLinker } from "./linker.ts";

const loader = "/lib64/ld-linux-x86-64.so.2";
const hasLoader = process.platform === "linux" && existsSync(loader);

describe.skipIf(!hasLoader)(`on this machine${hasLoader ? "" : `, skipped: no ${loader}`}`, () => {
  it("loads for its programs the libraries that the real loader lists", () => {
    const rootfs = openLiveRootfs("/");
    const linker = createLinker(rootfs);
    const programs = readdirSync("/usr/bin").map((name) => `/usr/bin/${name}`);
    const differing: object[] = [];
    let compared = 0;
    for (const path of programs.filter(existsSync).map((path) => realpathSync(path))) {
      if (compared === 100 || rootfs.elf(path) === null) continue;
      const linked = linker.start(path).processes.at(-1);
      if (linked?.ruleSet !== "glibc" || linked.interpreter?.asked !== loader) continue;
      compared++;
      const own = linked.objects.slice(1).map(({ path: loaded }) => realpathSync(loaded));
      // A loader that is asked for a list runs nothing of the program.
      const listed = spawnSync(loader, ["--list", path]).stdout.toString();
      const real = [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, file = ""]) => realpathSync(file));
      if (real.toSorted().join() !== own.toSorted().join()) differing.push({ path, own, real });
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(0);
  });
});

const images = findTestImages();
describe.skipIf(images === null)(images === null ? withoutImages : "in images", () => {
  it.each([
    ["alpine-minirootfs-3.20.3-x86_64.tar.gz", "musl", "1.2.5"],
    ["alpine-minirootfs-3.18.9-x86_64.tar.gz", "musl", "1.2.4"],
    ["alpine-minirootfs-3.20.3-aarch64.tar.gz", "musl", "1.2.5"],
  ])("every program of %s starts, under %s %s", async (name, ruleSet, libcVersion) => {
    const file = testImage(name);
    const range = { file, offsetBytes: 0, lengthBytes: statSync(file).size };
    const rest = { compression: "gzip", digest: null, diffId: null, mediaType: null } as const;
    const reading = await readLayer({ kind: "blob", ...range, ...rest });
    if (!reading.ok) throw new Error(`Cannot read ${name}: ${reading.failure.kind}`);
    const rootfs = mergeLayers([reading.value.facts], openElfLines(reading.value.elfLines));
    const linker = createLinker(rootfs);
    const programs = [...rootfs.paths()].filter((path) => {
      const isProgram = ((rootfs.lookup(path)?.entry.mode ?? 0) & 0o111) !== 0;
      return isProgram && !path.includes(".so") && rootfs.elf(path) !== null;
    });
    expect(programs.length).toBeGreaterThan(3);
    for (const path of programs) {
      const { problems, processes } = linker.start(path);
      expect({ path, problems }).toEqual({ path, problems: [] });
      expect(processes[0]).toMatchObject({ ruleSet, libcVersion });
    }
  });
});
