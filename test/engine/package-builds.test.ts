import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageStages } from "../../src/dockerfile/package-stages.ts";
import type { PackageBase } from "../../src/dockerfile/packages/package-base.ts";
import type { PackageStep, RecipePackage } from "../../src/model/answer.ts";
import { findTestImages, testImage, withoutImages } from "../images.ts";
import { runCommand } from "../registry/run-command.ts";
import { makeDebRepository } from "./package-repository.ts";
import { startDocker, type Started } from "./start-engines.ts";

/** The lines are really built, from packages that are made here: no network is needed. */
const tools = ["docker", "dockerd", "skopeo", "dpkg-deb", "gcc"];
const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
const skip =
  findTestImages() === null
    ? withoutImages
    : missing.length > 0
      ? `skipped: ${missing.join(", ")} not there`
      : process.getuid?.() === 0
        ? null
        : "skipped: dockerd is started by root only";

const folder = mkdtempSync(join(tmpdir(), "fromage-packages-"));
/** Builds of many steps need the storage that does not copy all files for each of them. */
const engine: Started = skip === null ? await startDocker("overlay2") : { skip };
const reason = engine.skip === null ? "" : ` (${engine.skip})`;

async function docker(...args: readonly string[]): Promise<string> {
  if (engine.skip !== null) throw new Error(engine.skip);
  return runCommand("docker", ["-H", `unix://${engine.socket}`, ...args]);
}

async function build(name: string, lines: readonly string[]): Promise<void> {
  const context = join(folder, `${name}.context`);
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
  writeFileSync(join(context, "app"), readFileSync(join(folder, "app")), { mode: 0o755 });
  await docker("build", "-q", "--network", "none", "-t", name, context);
}

/** What a container of the image says. */
async function run(image: string, ...args: readonly string[]): Promise<string> {
  return docker("run", "--rm", "--network", "none", image, ...args);
}

/** A library in /lib with its link, documents, and a package of links alone; names with what a shell would treat in them. */
async function makePackages(): Promise<void> {
  const source = join(folder, "g.c");
  writeFileSync(source, "int answer(void) { return 42; }\n");
  const library = join(folder, "libg++.so.1.0");
  await runCommand("gcc", ["-shared", "-fPIC", "-Wl,-soname,libg++.so.1", "-o", library, source]);
  const app = join(folder, "app.c");
  writeFileSync(
    app,
    '#include <stdio.h>\nint answer(void);\nint main(void) { printf("%d\\n", answer()); return 0; }\n',
  );
  await runCommand("gcc", ["-o", join(folder, "app"), app, library]);
  const repository = join(folder, "repository");
  mkdirSync(repository);
  await makeDebRepository(repository, [
    {
      name: "libg++1",
      version: "1:1.0~rc1+b1-2",
      control: ["Multi-Arch: same"],
      files: {
        "/lib/x86_64-linux-gnu/libg++.so.1.0": readFileSync(library),
        "/lib/x86_64-linux-gnu/libg++.so.1": "-> libg++.so.1.0",
        "/usr/share/doc/libg++1/copyright": "free\n",
        "/usr/share/doc/libg++1/changelog.gz": "news\n",
        "/usr/share/man/man3/g.3.gz": "manual\n",
        "/usr/share/g/data file": "data\n",
      },
      hasSums: true,
    },
    {
      name: "g-links",
      version: "2",
      control: ["Depends: libg++1"],
      files: { "/usr/share/doc/g-links": "-> libg++1", "/sbin/g-tool": "-> /usr/share/g/tool" },
      hasSums: false,
    },
  ]);
}

const packed = (name: string, version: string): RecipePackage => ({
  name,
  version,
  architecture: "amd64",
  repository: "made",
  downloadBytes: null,
  installedBytes: null,
  replaces: null,
  because: { kind: "asked", for: [] },
});

const step = (how: PackageStep["how"], builder: string): PackageStep => ({
  family: "dpkg",
  how,
  builder: how === "install" ? null : { reference: builder, digest: null },
  source: "a made repository",
  asked: ["g-links"],
  packages: [packed("g-links", "2"), packed("libg++1", "1:1.0~rc1+b1-2")],
  removed: [],
  downloadBytes: null,
  installedBytes: null,
  links: [{ path: "/usr/lib/x86_64-linux-gnu/libg.so", target: "libg++.so.1" }],
});

const base = (fields: Partial<PackageBase>): PackageBase => ({
  platform: "linux/amd64",
  user: "",
  packageManager: null,
  folderLinks: [],
  hasLoaderCache: false,
  dpkgDatabase: "status.d",
  release: null,
  hasShell: true,
  ...fields,
});

function linesOf(given: PackageStep, ofBase: PackageBase, from: string): readonly string[] {
  const names = { stage: "packages", baseStage: "base" };
  const made = packageStages({ step: given, base: ofBase, ...names, pinVersions: true });
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  const { stage, final } = made.value;
  const ends = ofBase.user === "" ? [] : [`USER ${ofBase.user}`];
  return [`FROM ${from} AS base`, ...stage, "FROM base", ...final, "COPY app /app", ...ends];
}

const merged = [
  { path: "/lib", target: "/usr/lib" },
  { path: "/sbin", target: "/usr/sbin" },
];

describe.skipIf(engine.skip !== null)(`packages are really built${reason}`, () => {
  beforeAll(async () => {
    if (engine.skip !== null) throw new Error(engine.skip);
    await makePackages();
    for (const name of ["debian-13-slim", "distroless-cc-debian12", "distroless-cc-debian13"]) {
      const from = `oci-archive:${testImage(`${name}-amd64.oci.tar`)}`;
      const to = ["--dest-daemon-host", `unix://${engine.socket}`, `docker-daemon:${name}:1`];
      await runCommand("skopeo", ["copy", "-q", from, ...to]);
    }
    writeFileSync(
      join(folder, "repository/Dockerfile"),
      `FROM debian-13-slim:1
COPY Packages *.deb /repository/
RUN rm -rf /etc/apt/sources.list* && mkdir -p /etc/apt && \\
    echo 'deb [trusted=yes] file:/repository ./' > /etc/apt/sources.list
`,
    );
    await docker("build", "-q", "-t", "builder:1", join(folder, "repository"));
  }, 60_000);
  afterAll(async () => {
    if (engine.skip === null) await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it.each([
    ["where /lib is a folder", "distroless-cc-debian12:1", [], "lib"],
    ["where /lib is a link", "distroless-cc-debian13:1", merged, "usr/lib"],
  ] as const)("copied to distroless, %s", async (_, from, folderLinks, libraries) => {
    const name = `copied-${String(folderLinks.length)}`;
    await build(name, linesOf(step("copy", "builder:1"), base({ folderLinks }), from));
    expect(await run(name, "/app")).toBe("42\n");

    const root = join(folder, name);
    mkdirSync(root);
    const id = (await docker("create", name, "/app")).trim();
    await docker("export", "-o", join(folder, `${name}.tar`), id);
    await runCommand("tar", ["-xf", join(folder, `${name}.tar`), "-C", root]);
    const listed = await runCommand("find", [".", "-name", "*g*"], root);
    expect(listed).toContain(`./${libraries}/x86_64-linux-gnu/libg++.so.1.0\n`);
    expect(listed).toContain("./usr/lib/x86_64-linux-gnu/libg.so\n");
    expect(listed).not.toContain("changelog");
    expect(readFileSync(join(root, "usr/share/doc/g-links/copyright"), "utf8")).toBe("free\n");
    const status = readFileSync(join(root, "var/lib/dpkg/status.d/libg++1"), "utf8");
    expect(status).toMatch(/^Package: libg\+\+1\nVersion: 1:1\.0~rc1\+b1-2\n/);
    const sums = await runCommand("find", [
      join(root, "var/lib/dpkg/status.d"),
      "-name",
      "*g*.md5sums",
    ]);
    expect(sums).not.toContain("g-links.md5sums");
    expect(sums).toContain("libg++1.md5sums");
  });

  it("copied beside a database in one file, which dpkg then finds sound, with the cache of libraries", async () => {
    const facts = base({ folderLinks: merged, dpkgDatabase: "status", hasLoaderCache: true });
    await build("status", linesOf(step("copy", "builder:1"), facts, "debian-13-slim:1"));
    const shown = await run(
      "status",
      "sh",
      "-ec",
      `dpkg-query -W libg++1 g-links base-files; dpkg --audit
       dpkg -S /lib/x86_64-linux-gnu/libg++.so.1.0; ldconfig -p | grep 'libg++.so.1 '; /app`,
    );
    expect(shown).toMatch(
      new RegExp(
        [
          String.raw`^base-files\t.*`,
          String.raw`g-links\t2`,
          String.raw`libg\+\+1:amd64\t1:1\.0~rc1\+b1-2`,
          String.raw`libg\+\+1:amd64: /lib/x86_64-linux-gnu/libg\+\+\.so\.1\.0`,
          String.raw`\tlibg\+\+\.so\.1 \(libc6,x86-64\) => /lib/x86_64-linux-gnu/libg\+\+\.so\.1`,
          String.raw`42\n$`,
        ].join("\n"),
      ),
    );
  });

  it("installed by apt, as root, and the base's user is there again", async () => {
    const facts = base({ packageManager: "apt-get", user: "1234:1234" });
    await build("user", ["FROM builder:1", "USER 1234:1234"]);
    await build("installed", linesOf(step("install", ""), facts, "user"));
    const said = await run("installed", "sh", "-ec", "id -u; /app; ls /var/lib/apt/lists");
    expect(said).toBe("1234\n42\n");
  });

  it("what an installation into a copy of the base did not change is told by its time of change", async () => {
    await build("changed", [
      "FROM debian-13-slim:1 AS base",
      "FROM builder:1 AS packages",
      "COPY --from=base / /out",
      "RUN touch /before && dpkg --root=/out --install /repository/*.deb",
      "RUN find /out ! -type d ! -cnewer /before -delete",
      "FROM base",
      "COPY --from=packages /out/ /",
      "COPY app /app",
    ]);
    expect(await run("changed", "sh", "-ec", "dpkg --audit; /app")).toBe("42\n");
    const size = async (image: string): Promise<number> => {
      return Number(await docker("image", "inspect", "--format", "{{.Size}}", image));
    };
    expect((await size("changed")) - (await size("debian-13-slim:1"))).toBeLessThan(4_000_000);
  });
});
