import { spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe } from "vitest";
import {
  MadeLayout,
  makeNewDockerSave,
  makeOldDockerSave,
  makeTar,
  matchLink,
  type MadeCompression,
} from "../../../test/made-images.ts";
import {
  contractConfig,
  contractImage,
  contractRoot,
  testSource,
  type Medium,
} from "./contract.ts";

let scratch = "";
let count = 0;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-sources-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function newFolder(): string {
  const folder = join(scratch, `${count++}`);
  mkdirSync(folder);
  return folder;
}

const name = "example.org/contract:one";

/** Why a medium cannot be made without the command; null when it is there. */
function without(command: string): string | null {
  return spawnSync(command, ["--version"]).error === undefined ? null : `${command} is not there`;
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`Cannot run ${command} ${args.join(" ")}: ${stderr}`);
}

type MadeMedium = Pick<Medium, "name" | "make"> & Partial<Medium>;

const common = { skip: null, keepsImage: true, isRecognised: true };

async function layout(compression: MadeCompression): Promise<MadeLayout> {
  const made = new MadeLayout();
  return made.finish([made.image({ ...(await contractImage()), compression })]);
}

const ociFolders = (["none", "gzip", "zstd"] as const).map((compression): MadeMedium => ({
  name: `OCI folder, layers ${compression}`,
  make: async (folder) => {
    (await layout(compression)).writeTo(join(folder, "layout"));
    return "oci:layout";
  },
}));

const ociIndex: MadeMedium = {
  name: "OCI folder, an index in an index with attestation and a second platform",
  make: async (folder) => {
    const made = new MadeLayout();
    const image = await contractImage();
    const attestation = made.manifest({ config: made.blob("{}", "application/json"), layers: [] });
    const platforms = made.index([
      { ...made.image(image), platform: { os: "linux", architecture: "amd64" } },
      {
        ...attestation,
        platform: { os: "unknown", architecture: "unknown" },
        annotations: { "vnd.docker.reference.type": "attestation-manifest" },
      },
    ]);
    made.finish([made.index([platforms])]).writeTo(join(folder, "layout"));
    return "oci:layout";
  },
};

/** Writes an archive as it is and, where named, compressed as a whole. */
function archive(
  title: string,
  scheme: string,
  bytes: () => Promise<Buffer>,
): readonly MadeMedium[] {
  const commands = [
    ["", null],
    [".gz", "gzip"],
    [".xz", "xz"],
    [".zst", "zstd"],
  ] as const;
  return commands.map(([suffix, command]) => ({
    name: `${title}${suffix === "" ? "" : `, the whole ${suffix}`}`,
    skip: command === null ? null : without(command),
    make: async (folder) => {
      const file = join(folder, "it.tar");
      writeFileSync(file, await bytes());
      if (command !== null) run(command, ...(command === "zstd" ? ["-q", "--rm"] : []), file);
      return `${scheme}:it.tar${suffix}`;
    },
  }));
}

/** From the layout that is made here, so that skopeo's own layouts and compression are read. */
function skopeo(title: string, target: string, ...options: readonly string[]): MadeMedium {
  return {
    name: `skopeo, ${title}`,
    skip: without("skopeo"),
    make: async (folder) => {
      (await layout("gzip")).writeTo(join(folder, "from"));
      const [transport = "", path = "", ...rest] = target.split(":");
      const to = [transport, join(folder, path), ...rest].join(":");
      run("skopeo", "--insecure-policy", "copy", "-q", ...options, `oci:${folder}/from`, to);
      const scheme = transport === "docker-archive" ? "archive" : transport;
      return `${scheme}:${path}:one`;
    },
  };
}

const umoci: MadeMedium = {
  name: "umoci, OCI folder",
  skip: without("umoci"),
  make: async (folder) => {
    const at = join(folder, "layout");
    run("umoci", "init", "--layout", at);
    run("umoci", "new", "--image", `${at}:one`);
    for (const [index, tar] of (await contractImage()).tars.entries()) {
      const file = join(folder, `${index}.tar`);
      writeFileSync(file, tar);
      run("umoci", "raw", "add-layer", "--image", `${at}:one`, file);
    }
    const { User, Env, Entrypoint, Cmd, WorkingDir, Labels } = contractConfig;
    const labels = Object.entries(Labels).flatMap(([key, value]) => [
      "--config.label",
      `${key}=${value}`,
    ]);
    run(
      "umoci",
      "config",
      ...["--image", `${at}:one`, "--architecture", "amd64", "--os", "linux"],
      ...["--config.user", User, "--config.workingdir", WorkingDir, ...labels],
      ...Env.flatMap((one) => ["--config.env", one]),
      ...Entrypoint.flatMap((one) => ["--config.entrypoint", one]),
      ...Cmd.flatMap((one) => ["--config.cmd", one]),
    );
    return "oci:layout:one";
  },
};

/** What an engine wrote once; see testdata/README.md. */
function kept(title: string, file: string, tag = ""): MadeMedium {
  return {
    name: title,
    make: (folder) => {
      const bytes = readFileSync(join(import.meta.dirname, "testdata", file));
      writeFileSync(join(folder, "it.tar"), gunzipSync(bytes));
      return `archive:it.tar${tag}`;
    },
    isRecognised: tag === "",
  };
}

const rootfsFolder: MadeMedium = {
  name: "root filesystem folder",
  keepsImage: false,
  make: (folder) => {
    const root = join(folder, "root");
    mkdirSync(root);
    for (const [path, content, mode] of contractRoot) {
      const at = join(root, path);
      const [, arrow, target = ""] = matchLink(content) ?? [];
      if (arrow === "->") symlinkSync(target, at);
      else if (arrow === "=>") linkSync(join(root, target), at);
      else {
        if (content === null) mkdirSync(at);
        else writeFileSync(at, content);
        // The user's umask took bits away.
        chmodSync(at, mode ?? (content === null ? 0o755 : 0o644));
      }
    }
    return "rootfs:root";
  },
};

const media: readonly MadeMedium[] = [
  ...ociFolders,
  ociIndex,
  ...archive("OCI archive", "oci-archive", async () => (await layout("gzip")).toTar()),
  ...archive("docker save of old", "archive", async () =>
    makeOldDockerSave(await contractImage(), name),
  ),
  ...archive("docker save since 25", "archive", async () =>
    makeNewDockerSave(await contractImage(), name),
  ),
  ...archive("root filesystem tarball", "rootfs", () => makeTar(contractRoot)).map((one) => ({
    ...one,
    keepsImage: false,
  })),
  rootfsFolder,
  skopeo("OCI folder", "oci:layout:one"),
  skopeo("OCI folder, zstd", "oci:layout:one", "--dest-compress-format", "zstd", "--dest-compress"),
  skopeo("OCI archive", "oci-archive:it.tar:one"),
  skopeo("docker archive", "docker-archive:it.tar:example.org/contract:one"),
  umoci,
  kept("docker save of Docker 20.10", "docker-save-20.10.tar.gz"),
  kept("docker save of two images", "docker-save-20.10-two.tar.gz", ":example.org/contract:one"),
  kept("ctr images export of containerd 1.6", "containerd-1.6.tar.gz"),
];

describe("openImages() over every medium gives the same image", () => {
  for (const medium of media) testSource({ ...common, ...medium }, newFolder);
});
