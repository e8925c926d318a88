import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App } from "../../src/check/app.ts";
import type { BaseRoot } from "../../src/check/base-root.ts";
import { checkApp } from "../../src/check/check-app.ts";
import { loadShippedCatalogue } from "../../src/catalogue/installed-catalogue.ts";
import { toBaseRoot } from "../../src/choose/open-base.ts";
import { openElfLines } from "../../src/image/elf-lines.ts";
import { readLayer } from "../../src/image/read-layer.ts";
import { median } from "./process-run.ts";

const wantedFiles = 100;
const runs = 30;

/**
 * Checks an app of 100 programs of this machine against one base of the catalogue, again and again: what one more base
 * costs. All facts are in memory, the base is merged, as they are when many bases are checked.
 */
export async function measureChecks(): Promise<{
  readonly elfFiles: number;
  readonly medianMs: number;
}> {
  const [app, base] = await Promise.all([readApp(), readBase()]);
  const times = Array.from({ length: runs }, () => {
    const startedMs = performance.now();
    checkApp(app, base);
    return performance.now() - startedMs;
  });
  return { elfFiles: app.programs.length, medianMs: median(times) };
}

async function readApp(): Promise<App> {
  const folder = mkdtempSync(join(tmpdir(), "fromage-bench-app-"));
  try {
    for (const name of readdirSync("/usr/bin")) {
      const file = join("/usr/bin", name);
      if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) {
        copyFileSync(file, join(folder, name));
      }
    }
    const read = await readLayer({ kind: "directory", directory: folder, mountPath: "/app" });
    if (!read.ok) throw new Error(`Cannot read ${folder}: ${read.failure.kind}`);
    const { facts, elfLines } = read.value;
    const programs = Object.entries(facts.elf.byPath)
      .filter(([, brief]) => brief.interpreter !== null)
      .map(([path]) => path)
      .slice(0, wantedFiles);
    const isTaken = new Set(programs);
    return {
      layer: { ...facts, entries: facts.entries.filter(({ path }) => isTaken.has(path)) },
      elf: openElfLines(elfLines),
      programs,
      env: [],
      workingDirectory: "/app",
      machine: null,
      cpuLevel: "x86-64-v1",
      packageOf: () => null,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readBase(): Promise<BaseRoot> {
  const catalogue = loadShippedCatalogue();
  if (!catalogue.ok) throw new Error(`Cannot load the catalogue: ${catalogue.failure.kind}`);
  const info = catalogue.value.bases.find(({ id }) => id === "debian-12-slim");
  if (info === undefined) throw new Error("Cannot find debian-12-slim in the catalogue");
  const opened = await catalogue.value.open(info.id, info.platform);
  if (!opened.ok) throw new Error(`Cannot open ${info.id}: ${opened.failure.kind}`);
  return toBaseRoot(opened.value);
}
