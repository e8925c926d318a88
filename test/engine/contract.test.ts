import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { EngineSources } from "../../src/image/engine/engine-sources.ts";
import { openMachine } from "../../src/image/machine/open-machine.ts";
import { contractImage, testSource, type Medium } from "../../src/image/sources/contract.ts";
import type { RemoteSources } from "../../src/image/sources/remote-sources.ts";
import { failed } from "../../src/model/failure.ts";
import { describeFailure } from "../../src/report/failure-words.ts";
import { MadeLayout, makeNewDockerSave, makeOldDockerSave } from "../made-images.ts";
import {
  importImage,
  loadImage,
  startContainerd,
  startDocker,
  startPodman,
  type Started,
} from "./start-engines.ts";

const [docker, podman, containerd] = await Promise.all([
  startDocker(),
  startPodman(),
  startContainerd(),
]);
const scratch = mkdtempSync(join(tmpdir(), "fromage-contract-"));
let count = 0;
afterAll(async () => {
  for (const one of [docker, podman, containerd]) if (one.skip === null) await one.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = join(scratch, `${count++}`);
  mkdirSync(folder);
  return folder;
}

const common = { keepsImage: true, isRecognised: true };

/** One engine and nothing else of this machine. */
function onlyEngine(env: Readonly<Record<string, string>>, folder: string): RemoteSources {
  const machine = openMachine({ env, home: folder, userId: null });
  const exists = (path: string): boolean => path.startsWith(folder) && machine.exists(path);
  const sources = new EngineSources({
    machine: { ...machine, exists },
    onNotice: (notice) => expect.fail(describeFailure(notice)),
  });
  return {
    openEngine: (name, request) => sources.open(name, request),
    openRegistry: (what) =>
      Promise.resolve(failed({ kind: "not-found", what, where: null, near: [] })),
    problems: [],
    engineNames: (signal) => sources.names(signal),
    close: () => sources.close(),
  };
}

/** An engine that is given what `docker save` writes, of old and of now. */
function engineMedia(
  title: string,
  started: Started,
  variable: "DOCKER_HOST" | "CONTAINER_HOST",
): readonly Medium[] {
  const socket = started.skip === null ? started.socket : "";
  const saves = [
    ["a docker save of old", "old", makeOldDockerSave],
    ["a docker save since 25", "new", makeNewDockerSave],
  ] as const;
  return saves.map(([what, tag, make]) => ({
    ...common,
    name: `${title}, loaded from ${what}`,
    skip: started.skip,
    make: async () => {
      const name = `example.org/contract-${tag}:two`;
      await loadImage(socket, await make(await contractImage(), name));
      return `docker:${name}`;
    },
    remote: (folder) => onlyEngine({ [variable]: `unix://${socket}` }, folder),
    afterwards: ({ source, origin }) =>
      expect([source, origin]).toEqual(["docker", `${title} at unix://${socket}`]),
  }));
}

/** Its store is read below the user's data, where rootless containerd has it. */
const containerdMedia = (["none", "gzip", "zstd"] as const).map((compression): Medium => ({
  ...common,
  name: `containerd's store, layers ${compression}`,
  skip: containerd.skip,
  make: async (folder) => {
    const [root, socket] = containerd.skip === null ? [containerd.root, containerd.socket] : [];
    const name = `example.org/contract-${compression}:two`;
    const made = new MadeLayout();
    const image = made.image({ ...(await contractImage()), compression });
    const annotations = { "io.containerd.image.name": name };
    const archive = join(folder, "it.tar");
    writeFileSync(archive, await made.finish([{ ...image, annotations }]).toTar());
    await importImage(socket ?? "", archive);
    symlinkSync(root ?? "", join(folder, "containerd"));
    return `docker:${name}`;
  },
  remote: (folder) => onlyEngine({ XDG_DATA_HOME: folder }, folder),
  afterwards: ({ source }) => expect(source).toBe("containerd"),
}));

describe("engines give the same image as every other medium", () => {
  const media = [
    ...engineMedia("Docker", docker, "DOCKER_HOST"),
    ...engineMedia("Podman", podman, "CONTAINER_HOST"),
    ...containerdMedia,
  ];
  for (const medium of media) testSource(medium, newFolder);
});
