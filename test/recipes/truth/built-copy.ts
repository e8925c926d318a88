import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDocker } from "../../engine/start-engines.ts";
import { runTool } from "../../truth/command.ts";
import type { Outcome } from "../../truth/outcome.ts";
import { runSubject } from "../../truth/run.ts";
import type { Subject } from "../../truth/subject.ts";
import { RecipeEngine } from "../debian-builder.ts";
import type { OpenRelease } from "./releases.ts";

/** What the build of a Dockerfile came to. */
export interface RealCopy {
  /** Null when it could not be built. */
  readonly outcome: Outcome | null;
  /** `NAME VERSION` of all packages that `fromage packages` sees in the result, sorted. */
  readonly seen: readonly string[];
  /** What the builder said when it gave up; empty else. */
  readonly refusal: string;
}

const command = join(import.meta.dirname, "../../../bin/fromage.js");

/** A Docker engine that has the bases of releases and their builders. */
export class CopyBench {
  readonly #engine: RecipeEngine;
  readonly #stop: () => Promise<void>;
  readonly #folder: string;
  #count = 0;

  private constructor(engine: RecipeEngine, stop: () => Promise<void>) {
    this.#engine = engine;
    this.#stop = stop;
    this.#folder = mkdtempSync(join(tmpdir(), "fromage-copies-"));
  }

  /** Rejects with the reason when there is no engine. */
  static async start(releases: readonly OpenRelease[]): Promise<CopyBench> {
    const started = await startDocker("overlay2");
    if (started.skip !== null) throw new Error(started.skip);
    const bench = new CopyBench(new RecipeEngine(started.socket), started.stop);
    for (const { codename, ccFile, slimFile } of releases) {
      await bench.#engine.loadDebian(bench.#folder, { file: slimFile, codename });
      await bench.#engine.load(ccFile, `cc-${codename}:latest`);
    }
    return bench;
  }

  /** Builds the Dockerfile over the package's folder and starts the program in the result, as it was started in the base. */
  async build(
    { subject, dockerfile }: { readonly subject: Subject; readonly dockerfile: string },
    { release, launcher }: { readonly release: OpenRelease; readonly launcher: string },
  ): Promise<RealCopy> {
    const home = join(this.#folder, `build-${this.#count++}`);
    const context = join(home, "context");
    const root = join(home, "root");
    mkdirSync(root, { recursive: true });
    cpSync(subject.folder, context, { recursive: true, verbatimSymlinks: true });
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    const name = `copy-${this.#count}:latest`;
    try {
      await this.#engine.build(name, context, [`BASE_IMAGE=cc-${release.codename}:latest`]);
    } catch (error) {
      const refusal = error instanceof Error ? error.message : String(error);
      return { outcome: null, seen: [], refusal };
    }
    try {
      await this.#unpack(name, home, root);
      const outcome = await runSubject(subject, { ...release.cc, folder: root }, launcher);
      return { outcome, seen: await seenIn(root), refusal: "" };
    } finally {
      rmSync(home, { recursive: true, force: true });
      await this.#engine.docker("image", "rm", "-f", name);
    }
  }

  async stop(): Promise<void> {
    await this.#stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #unpack(image: string, home: string, root: string): Promise<void> {
    const container = (await this.#engine.docker("create", image)).trim();
    const archive = join(home, "root.tar");
    await this.#engine.docker("export", "-o", archive, container);
    await this.#engine.docker("rm", container);
    await runTool(["tar", "-xpf", archive, "-C", root]);
    for (const one of ["app", "proc", "dev", "tmp", ".truth"]) {
      mkdirSync(join(root, one), { recursive: true });
    }
  }
}

/** Through the command line, as a scanner of its output sees them. */
async function seenIn(root: string): Promise<readonly string[]> {
  const { stdout } = await runTool([
    ...([process.execPath, command] as const),
    ...["packages", `rootfs:${root}`, "--json", "--no-cache"],
  ]);
  const answer: unknown = JSON.parse(stdout);
  const packages = listOf(answer, "images").flatMap((image) => listOf(image, "packages"));
  return packages.map((one) => `${textOf(one, "name")} ${textOf(one, "version")}`).toSorted();
}

function fieldOf(value: unknown, name: string): unknown {
  const fields: Readonly<Record<string, unknown>> = typeof value === "object" ? { ...value } : {};
  return fields[name];
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  if (!Array.isArray(list)) throw new TypeError(`\`fromage packages\` says no ${name}`);
  return list;
}

function textOf(value: unknown, name: string): string {
  const text = fieldOf(value, name);
  if (typeof text !== "string") throw new TypeError(`\`fromage packages\` says no ${name}`);
  return text;
}
