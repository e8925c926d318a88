import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckAnswer, ChooseAnswer } from "../../src/model/answer.ts";
import { run } from "../cli/run.ts";
import { startDocker, type Started } from "../engine/start-engines.ts";
import { findTestImages, testImage, withoutImages } from "../images.ts";
import { runCommand } from "../registry/run-command.ts";
import { RecipeEngine } from "./debian-builder.ts";
import { compilePsycopg } from "./psycopg.ts";

/**
 * Recipes with packages, proved: each app fails on the base as it is, is said to run with the recipe, and does run when the
 * Dockerfile of the answer is built with packages from Debian's own repositories.
 */
const tools = ["docker", "dockerd", "skopeo", "gcc", "g++", "apt-get", "dpkg-deb"];
const headers = [
  "/usr/include/postgresql/libpq-fe.h",
  "/usr/include/nss/nss.h",
  "/usr/include/unicode/ucol.h",
];
const missing = [
  ...tools.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined),
  ...headers.filter((file) => spawnSync("test", ["-e", file]).status !== 0),
];
const skip = await reasonToSkip();
const engine: Started = skip === null ? await startDocker("overlay2") : { skip };
const title = engine.skip === null ? "recipes" : `recipes (${engine.skip})`;
const folder = mkdtempSync(join(tmpdir(), "fromage-recipes-"));
const sources = join(import.meta.dirname, "sources");

async function reasonToSkip(): Promise<string | null> {
  if (findTestImages() === null) return withoutImages;
  if (missing.length > 0) return `skipped: ${missing.join(", ")} not there`;
  if (process.getuid?.() !== 0) return "skipped: dockerd is started by root only";
  try {
    const release = "http://deb.debian.org/debian/dists/bookworm/InRelease";
    const { ok } = await fetch(release, { method: "HEAD" });
    return ok ? null : "skipped: Debian's archive does not answer";
  } catch {
    return "skipped: Debian's archive cannot be reached";
  }
}

const started = (): RecipeEngine => {
  if (engine.skip !== null) throw new Error(engine.skip);
  return new RecipeEngine(engine.socket);
};

/** Of `fromage packages --json`. */
interface Scanned {
  readonly images: readonly { readonly packages: readonly { readonly name: string }[] }[];
}

const bases = {
  cc12: "distroless-cc-debian12-amd64.oci.tar",
  python13: "distroless-python3-debian13-amd64.oci.tar",
};

describe.skipIf(engine.skip !== null)(title, { timeout: 300_000 }, () => {
  beforeAll(async () => {
    const debians = [
      { file: "debian-12-slim-amd64.oci.tar", codename: "bookworm" },
      { file: "debian-13-slim-amd64.oci.tar", codename: "trixie" },
    ];
    for (const one of debians) await started().loadDebian(folder, one);
    await started().load(bases.cc12, "cc12:latest");
    await started().load(bases.python13, "python13:latest");
  }, 300_000);

  afterAll(async () => {
    if (engine.skip === null) await engine.stop();
    rmSync(folder, { recursive: true, force: true });
    // The engine's images are on a disk that others use too.
  }, 120_000);

  /** The answer of `choose` for one base, and that it is what a recipe mends. */
  async function chooseWithRecipe(
    target: string,
    args: readonly string[],
    verdict: "runs" | "unproven" = "runs",
  ): Promise<ChooseAnswer> {
    const env = { ...process.env, DOCKER_HOST: started().host, XDG_DATA_HOME: folder };
    const { out, err } = await run(
      ["choose", target, ...args, "--json", "--cache-dir", join(folder, "cache")],
      folder,
      { env, now: () => new Date() },
    );
    expect(err).toBe("");
    const answer: ChooseAnswer = JSON.parse(out);
    const [candidate] = answer.candidates;
    expect(candidate).toMatchObject({ asIs: "fails", verdict });
    expect(candidate?.recipe?.packageStep?.packages.length).toBeGreaterThan(0);
    return answer;
  }

  /** Builds what the answer says in a context with `files`, and gives what it prints. */
  async function buildAndRun(
    name: string,
    answer: ChooseAnswer,
    { context, base }: { readonly context: string; readonly base: string },
  ): Promise<string> {
    writeFileSync(join(context, "Dockerfile"), answer.choice?.dockerfile ?? "");
    await started().build(name, context, [`BASE_IMAGE=${base}`]);
    return started().run(name);
  }

  async function scannedPackages(image: string): Promise<readonly string[]> {
    const env = { ...process.env, DOCKER_HOST: started().host };
    const { out } = await run(["packages", `docker:${image}`, "--json"], folder, { env });
    const found: Scanned = JSON.parse(out);
    return found.images[0]?.packages.map(({ name }) => name) ?? [];
  }

  function contextOf(name: string): string {
    const context = join(folder, name);
    mkdirSync(context);
    return context;
  }

  const packagesOf = (answer: ChooseAnswer | CheckAnswer): readonly string[] =>
    answer.candidates[0]?.recipe?.packages ?? [];

  it("a C++ program with libcurl on distroless cc", async () => {
    const context = contextOf("curl");
    const program = join(context, "curlapp");
    await runCommand("g++", ["-o", program, join(sources, "curl.cpp"), "-lcurl"]);
    const answer = await chooseWithRecipe(program, [
      "--base",
      `oci-archive:${testImage(bases.cc12)}`,
    ]);
    expect(packagesOf(answer)).toContain("libcurl4");
    const said = await buildAndRun("curlapp", answer, { context, base: "cc12:latest" });
    expect(said).toMatch(/^libcurl\/.*\n0 1\n$/);
    expect(await scannedPackages("curlapp")).toEqual(
      expect.arrayContaining([...packagesOf(answer)]),
    );
  });

  it("a program whose library opens plugins by name, and one with a data library", async () => {
    const context = contextOf("nss");
    const program = join(context, "nssapp");
    const libraries = ["-lnss3", "-lnspr4", "-licui18n", "-licuuc"];
    const include = ["-I/usr/include/nspr", "-I/usr/include/nss"];
    await runCommand("gcc", ["-o", program, ...include, join(sources, "nss-icu.c"), ...libraries]);
    const answer = await chooseWithRecipe(program, [
      "--base",
      `oci-archive:${testImage(bases.cc12)}`,
    ]);
    const said = await buildAndRun("nssapp", answer, { context, base: "cc12:latest" });
    expect(said).toBe("sha256 a21f0362\nsv 1\n");
    expect(await scannedPackages("nssapp")).toEqual(
      expect.arrayContaining([...packagesOf(answer)]),
    );
  });

  it("psycopg2 with libpq on distroless python", async () => {
    const context = contextOf("psycopg");
    const load = await compilePsycopg(join(folder, "psycopg.work"), join(context, "psycopg2"));
    copyFileSync(join(sources, "psycopg.py"), join(context, "main.py"));
    const base = `oci-archive:${testImage(bases.python13)}`;
    const answer = await chooseWithRecipe(context, [
      ...["--program", "/usr/bin/python3.13", "--load", `psycopg2/${load}`, "--base", base],
    ]);
    expect(packagesOf(answer)).toContain("libpq5");
    writeFileSync(join(context, "Dockerfile"), answer.choice?.dockerfile ?? "");
    await started().build("psycopg", context, ["BASE_IMAGE=python13:latest"]);
    const said = await started().run(
      "--entrypoint",
      "/usr/bin/python3.13",
      "psycopg",
      "/app/main.py",
    );
    expect(said).toMatch(/^2\.9\.10 .*\nlibpq 17\d+\n$/);
    expect(await scannedPackages("psycopg")).toEqual(
      expect.arrayContaining([...packagesOf(answer)]),
    );
  });

  describe("ImageMagick, an image whose program is a package", () => {
    const image = join(folder, "magick.tar");

    beforeAll(async () => {
      const context = contextOf("magick");
      const lines = [
        "FROM debian:bookworm-slim",
        "RUN apt-get update && apt-get install -y --no-install-recommends imagemagick",
        'ENTRYPOINT ["convert"]',
        'CMD ["-size", "4x4", "xc:red", "txt:-"]',
      ];
      writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
      await started().build("magick:latest", context);
      await started().docker("save", "-o", image, "magick:latest");
    }, 300_000);

    it("is installed into Debian slim", async () => {
      const answer = await chooseWithRecipe(`archive:${image}`, [
        "--base",
        "docker:debian:bookworm-slim",
      ]);
      expect(answer.choice?.recipe?.packageStep?.how).toBe("install");
      const context = contextOf("magick-install");
      const base = "debian:bookworm-slim";
      const said = await buildAndRun("magick-install", answer, { context, base });
      expect(said).toContain("ImageMagick pixel enumeration: 4,4");
    });

    // What the scripts of fontconfig and others make is not known: it does run, and that is not foretold.
    it("is copied onto distroless cc", async () => {
      const base = `oci-archive:${testImage(bases.cc12)}`;
      const answer = await chooseWithRecipe(`archive:${image}`, ["--base", base], "unproven");
      const findings = answer.candidates[0]?.recipe?.findings ?? [];
      const blocking = findings.filter(({ severity }) => severity === "blocks");
      expect(new Set(blocking.map(({ code }) => code))).toEqual(new Set(["script-not-run"]));
      const context = contextOf("magick-copy");
      const said = await buildAndRun("magick-copy", answer, { context, base: "cc12:latest" });
      expect(said).toContain("ImageMagick pixel enumeration: 4,4");
    });
  });
});
