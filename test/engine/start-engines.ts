import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand, startCommand } from "../registry/run-command.ts";

/** A real engine or store that was started in a temporary folder, or why there is none, for the names of tests. */
export type Started =
  | {
      readonly skip: null;
      readonly socket: string;
      /** `root` is where its data is. */
      readonly root: string;
      readonly stop: () => Promise<void>;
    }
  | { readonly skip: string };

interface Daemon {
  readonly command: string;
  readonly args: (folder: string, socket: string) => readonly string[];
  /** What it writes when it listens. */
  readonly ready: RegExp;
}

/** Without network and, where nobody says another one, with the storage that needs no mounts. */
export async function startDocker(storage: "vfs" | "overlay2" = "vfs"): Promise<Started> {
  return start({
    command: "dockerd",
    args: (folder, socket) => [
      ...["--data-root", `${folder}/root`, "--exec-root", `${folder}/exec`],
      ...["--pidfile", `${folder}/pid`, "-H", `unix://${socket}`],
      ...[`--storage-driver=${storage}`, "--iptables=false", "--bridge=none"],
    ],
    ready: /API listen on/,
  });
}

export async function startPodman(): Promise<Started> {
  return start({
    command: "podman",
    args: (folder, socket) => [
      ...["--root", `${folder}/root`, "--runroot", `${folder}/run`, "--tmpdir", `${folder}/tmp`],
      ...["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--log-level", "info"],
      ...["system", "service", "--time=0", `unix://${socket}`],
    ],
    ready: /API service listening/,
  });
}

/** With the content store and its names alone. */
export async function startContainerd(): Promise<Started> {
  return start({
    command: "containerd",
    args: (folder, socket) => {
      const config = join(folder, "config.toml");
      const lines = [
        "version = 2",
        `root = "${folder}/root"`,
        `state = "${folder}/state"`,
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
        "[grpc]",
        `address = "${socket}"`,
      ];
      writeFileSync(config, lines.join("\n"));
      return ["--config", config];
    },
    ready: /containerd successfully booted/,
  });
}

async function start({ command, args, ready }: Daemon): Promise<Started> {
  if (spawnSync(command, ["--version"]).error !== undefined) {
    return { skip: `${command} is not there` };
  }
  if (process.getuid?.() !== 0) return { skip: `${command} is started by root only` };
  const folder = mkdtempSync(join(tmpdir(), "fromage-engine-"));
  const root = join(folder, "root");
  mkdirSync(root);
  const socket = join(folder, "it.sock");
  const clear = (): void => {
    // dockerd leaves it mounted where a container had the network of the machine.
    spawnSync("umount", ["-q", join(folder, "exec/netns/default")]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const running = await startCommand(command, args(folder, socket), ready);
    const stop = async (): Promise<void> => {
      await running.stop();
      clear();
    };
    return { skip: null, socket, root, stop };
  } catch (error) {
    clear();
    const said = error instanceof Error ? error.message.trim().split("\n").at(-1) : "";
    return { skip: `${command} cannot run here: ${said ?? ""}` };
  }
}

/** `POST /images/load`: gives the engine what `docker save` wrote. Throws what it answers where that is an error. */
export async function loadImage(socketPath: string, archive: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const asking = request(
    {
      socketPath,
      path: "/v1.41/images/load",
      method: "POST",
      headers: { "content-type": "application/x-tar", "content-length": archive.byteLength },
    },
    (response) => {
      let said = "";
      response.on("data", (chunk: Buffer) => (said += chunk.toString()));
      response.on("end", () => resolve(said));
      response.on("error", reject);
    },
  );
  asking.on("error", reject);
  asking.end(archive);
  const said = await promise;
  if (!said.includes("Loaded image")) throw new Error(`Cannot load an image: ${said}`);
}

/** `ctr images import` into a namespace. Throws what it says where it fails. */
export async function importImage(
  socket: string,
  archive: string,
  namespace = "default",
): Promise<void> {
  const to = ["-a", socket, "-n", namespace];
  await runCommand("ctr", [...to, "images", "import", "--no-unpack", archive]);
}
