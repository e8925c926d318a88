import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTestImages, testImage, withoutImages } from "../../../test/images.ts";
import {
  makeConfig,
  makeOldDockerSave,
  packFiles,
  sha256,
  type MadeImage,
} from "../../../test/made-images.ts";
import { runCommand } from "../../../test/registry/run-command.ts";
import type { Failure } from "../../model/failure.ts";
import { describeFailure } from "../../report/failure-words.ts";
import type { Image } from "../image.ts";
import { contractImage, contractPaths, seeImage } from "../sources/contract.ts";
import { openImages } from "../sources/open-images.ts";
import { EngineSources } from "./engine-sources.ts";
import { openMachine } from "../machine/open-machine.ts";
import {
  loadImage,
  startDocker,
  startPodman,
  type Started,
} from "../../../test/engine/start-engines.ts";

const [docker, podman] = await Promise.all([startDocker(), startPodman()]);
const isAny = docker.skip === null || podman.skip === null;
// Where every test is skipped, nothing would remove it.
const scratch = isAny ? mkdtempSync(join(tmpdir(), "fromage-real-engine-")) : "/nowhere";
afterAll(async () => {
  for (const engine of [docker, podman]) if (engine.skip === null) await engine.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const temporaryFolder = join(scratch, "temporary");
const contractName = "example.org/contract:one";
const stepsName = "example.org/steps:1";

/** With everything of a config that engines tell, and a history with steps that made no layer. */
async function stepsConfig(): Promise<string> {
  const { tars } = await contractImage();
  return JSON.stringify({
    created: "2026-01-01T00:00:00.5Z",
    author: "me",
    architecture: "arm64",
    os: "linux",
    config: {
      Cmd: ["/bin/run"],
      ExposedPorts: { "80/tcp": {} },
      Volumes: { "/data": {} },
      StopSignal: "SIGQUIT",
      Healthcheck: { Test: ["CMD", "/bin/run"], Interval: 1_000_000_000 },
    },
    rootfs: { type: "layers", diff_ids: tars.map((tar) => sha256(tar)) },
    history: [
      { created: "2026-01-01T00:00:00Z", created_by: "ADD root /", comment: "one" },
      { created: "2026-01-02T00:00:00Z", created_by: 'CMD ["/bin/run"]', empty_layer: true },
      { created: "2026-01-03T00:00:00Z", created_by: "RUN change" },
    ],
  });
}

/** `docker save` of an image with that config. */
async function saveWith(config: string, tars: readonly Uint8Array[]): Promise<Buffer> {
  const Config = `${sha256(config).slice(7)}.json`;
  const Layers = tars.map((_, index) => `${index}/layer.tar`);
  return packFiles([
    [Config, config],
    ...tars.map((tar, index) => [`${index}/layer.tar`, tar] as const),
    ["manifest.json", JSON.stringify([{ Config, RepoTags: [stepsName], Layers }])],
  ]);
}

const skopeo = "skopeo";
const isInstalled = spawnSync(skopeo, ["--version"]).error === undefined;
const withoutSkopeo = isInstalled ? "" : " (skipped: skopeo is not there)";

interface Engine {
  readonly title: string;
  readonly started: Started;
  readonly variable: "DOCKER_HOST" | "CONTAINER_HOST";
}

const engines: readonly Engine[] = [
  { title: "Docker", started: docker, variable: "DOCKER_HOST" },
  { title: "Podman", started: podman, variable: "CONTAINER_HOST" },
];

describe.each(engines)("$title", ({ title, started, variable }) => {
  const reason = started.skip === null ? "" : ` (skipped: ${started.skip})`;
  const test = it.skipIf(started.skip !== null);
  const notices: Failure[] = [];
  const socket = started.skip === null ? started.socket : "";
  const sources = new EngineSources({
    machine: {
      ...openMachine({
        env: { [variable]: `unix://${socket}` },
        home: scratch,
        userId: null,
      }),
      exists: () => false,
    },
    onNotice: (notice) => notices.push(notice),
  });
  let image: MadeImage = { tars: [] };
  const file = join(scratch, `${title}.tar`);

  beforeAll(async () => {
    image = await contractImage();
    if (started.skip !== null) return;
    writeFileSync(file, await makeOldDockerSave(image, contractName));
    await loadImage(socket, readFileSync(file));
    await loadImage(socket, await saveWith(await stepsConfig(), image.tars));
  });
  afterAll(() => sources.close());

  async function open(name: string, platforms: Image["platform"][] = []): Promise<Image> {
    const opened = await sources.open(name, {
      reference: `docker:${name}`,
      platforms,
      temporaryFolder,
    });
    if (!opened.ok) expect.fail(describeFailure(opened.failure));
    const [one] = opened.value;
    if (one === undefined) expect.fail("no image");
    return one;
  }

  async function refuse(name: string, platforms: Image["platform"][] = []): Promise<string> {
    const opened = await sources.open(name, {
      reference: `docker:${name}`,
      platforms,
      temporaryFolder,
    });
    return opened.ok ? expect.fail("it was opened") : describeFailure(opened.failure);
  }

  test(`gives what its archive gives${reason}`, async () => {
    const opened = await open(contractName);
    const archive = await openImages(`archive:${file}`, {
      cwd: scratch,
      platforms: [],
      temporaryFolder,
    });
    const saved = archive.ok ? archive.value[0] : undefined;
    if (saved === undefined) expect.fail("no archive");
    // Docker writes the same moment in its own way.
    const created = "2026-01-01T00:00:00Z";
    expect(opened.config).toEqual({ ...saved.config, created });
    expect(opened.documents?.config).toEqual({ ...saved.documents?.config, created });
    expect(opened.platform).toEqual(saved.platform);
    expect(opened.name).toBe(saved.name);
    expect(opened.origin).toBe(`${title} at unix://${socket}`);
    expect(await seeImage(opened)).toEqual(await seeImage(saved));
    expect((await seeImage(opened)).paths).toEqual(contractPaths);
    expect(readdirSync(temporaryFolder)).toEqual([]);
    expect(notices).toEqual([]);
  });

  test(`knows it by its id, whole and short${reason}`, async () => {
    const id = sha256(makeConfig(image));
    for (const name of [id, id.slice(7), id.slice(7, 19)]) {
      const opened = await open(name);
      expect(opened.name).toBe(contractName);
      expect(opened.config.entrypoint).toEqual(["/bin/run"]);
    }
  });

  test(`tells the whole config and its history${reason}`, async () => {
    const opened = await open(stepsName);
    expect(opened.documents?.config).toEqual(JSON.parse(await stepsConfig()));
    expect(opened.platform).toEqual({ os: "linux", architecture: "arm64" });
    expect((await seeImage(opened)).paths).toEqual(contractPaths);
  });

  test(`says which names and platforms are there${reason}`, async () => {
    expect(await sources.names()).toEqual(expect.arrayContaining([contractName, stepsName]));
    expect(await refuse("example.org/contract:two")).toMatch(
      /there is none, the nearest: example\.org\/contract:one$/,
    );
    expect(await refuse("Wrong/../name")).toMatch(/^Cannot find Wrong\/\.\.\/name in/);
    const arm = [{ os: "linux", architecture: "arm64" }];
    expect(await refuse(contractName, arm)).toMatch(
      /platform linux\/arm64 in .* nearest: linux\/amd64$/,
    );
  });

  const lacking = findTestImages() === null ? ` (${withoutImages})` : withoutSkopeo;
  it.skipIf(started.skip !== null || lacking !== "")(
    `gives what skopeo's archive of a real image gives${lacking || reason}`,
    async () => {
      const from = `oci-archive:${testImage("oci-busybox-1.38.0-musl-amd64.tar")}`;
      const to = join(scratch, `${title}-busybox.tar`);
      const name = "docker.io/library/busybox:musl";
      await runCommand(skopeo, [
        "--insecure-policy",
        "copy",
        "-q",
        from,
        `docker-archive:${to}:${name}`,
      ]);
      await loadImage(socket, readFileSync(to));
      const archive = await openImages(`archive:${to}`, {
        cwd: scratch,
        platforms: [],
        temporaryFolder,
      });
      const saved = archive.ok ? archive.value[0] : undefined;
      if (saved === undefined) expect.fail("no archive");
      // The name of Docker's own registry and of the repository in it may be left out.
      for (const spelling of ["busybox:musl", name]) {
        const opened = await open(spelling);
        expect(opened.config).toEqual(saved.config);
        expect(opened.documents?.config).toEqual(saved.documents?.config);
        expect(await seeImage(opened)).toEqual(await seeImage(saved));
      }
    },
  );
});
