import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What apt said to a request. */
export type Simulated =
  | { readonly kind: "refused"; readonly message: string }
  /** `Inst NAME VERSION` and `Remv NAME`, sorted. */
  | { readonly kind: "done"; readonly message: string; readonly actions: readonly string[] };

/** Where apt is told to live, so that nothing of this machine's own configuration of packages counts. */
export class AptRoot {
  readonly #folder: string;
  /** Null for the apt of this machine, else the unpacked image whose apt it is; `folder` lies in it. */
  readonly #chroot: string | null;
  readonly #sources: readonly string[];
  /** Of the apt that simulates. */
  readonly version: string;

  /** `sources` are lines of a sources.list, in the order in which their indexes are read. `status` is the text of dpkg's database. */
  constructor(options: {
    readonly folder: string;
    readonly chroot?: string;
    readonly sources: readonly string[];
    readonly status: string;
  }) {
    this.#folder = options.folder;
    this.#chroot = options.chroot ?? null;
    this.#sources = options.sources;
    this.version = run([...this.#prefix, "apt-get", "--version"]).stdout.split(" ")[1] ?? "?";
    const folders = ["etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d"];
    const more = ["var/lib/dpkg", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial"];
    for (const one of [...folders, ...more])
      mkdirSync(join(this.#folder, one), { recursive: true });
    writeFileSync(join(this.#folder, "etc/apt/sources.list"), `${options.sources.join("\n")}\n`);
    writeFileSync(join(this.#folder, "var/lib/dpkg/status"), options.status);
  }

  /** Fetches the indexes; throws with apt's words when that fails. Always with the apt of this machine. */
  update(): void {
    const { status, stderr } = run(["apt-get", ...settings(this.#folder), "update", "-qq"]);
    if (status !== 0) throw new Error(`apt-get update failed: ${stderr}`);
  }

  /** Takes the indexes that another root has fetched, so that a run can be done again with the same ones. */
  takeLists(from: string): void {
    const names = readdirSync(from).filter((name) => /_(?:InRelease|Packages)$/.test(name));
    for (const name of names) {
      copyFileSync(join(from, name), join(this.#folder, "var/lib/apt/lists", name));
    }
  }

  /** The `Packages` files, in the order of the sources. */
  readIndexes(): readonly Buffer[] {
    const lists = join(this.#folder, "var/lib/apt/lists");
    const files = readdirSync(lists).filter((name) => name.endsWith("_Packages"));
    return this.#sources.map((source) => {
      const [address = "", suite = ""] = source
        .replace(/\[[^\]]*\] /, "")
        .split(" ")
        .slice(1);
      const host = address.replace(/^[a-z]+:\/*/, "").replace(/\/$/, "");
      const start = `${host.replaceAll("/", "_")}_${suite === "./" ? "" : `dists_${suite}_`}`;
      const found = files.find((name) => name.replace(/^_/, "").startsWith(start));
      if (found === undefined) throw new Error(`No index for ${source} among ${files.join(", ")}`);
      return readFileSync(join(lists, found));
    });
  }

  get #prefix(): readonly string[] {
    return this.#chroot === null ? [] : ["chroot", this.#chroot];
  }

  simulate(names: readonly string[]): Simulated {
    const inside = this.#folder.slice(this.#chroot?.length ?? 0);
    const action = ["install", "-s", "-y", "--no-install-recommends", ...names];
    const ran = run([...this.#prefix, "apt-get", ...settings(inside), ...action]);
    const message = `${ran.stdout}${ran.stderr}`;
    if (ran.status !== 0) return { kind: "refused", message };
    return { kind: "done", message, actions: ran.stdout.split("\n").flatMap(readAction).sort() };
  }
}

function settings(folder: string): readonly string[] {
  const values = [
    `Dir=${folder}`,
    `Dir::State::status=${folder}/var/lib/dpkg/status`,
    // Images switch both off; without them every simulation reads the whole index.
    "Dir::Cache::pkgcache=pkgcache.bin",
    "Dir::Cache::srcpkgcache=srcpkgcache.bin",
    "APT::Architecture=amd64",
    "APT::Architectures=amd64",
    "APT::Sandbox::User=root",
    "Acquire::Languages=none",
    "Acquire::GzipIndexes=false",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
  ];
  return values.flatMap((value) => ["-o", value]);
}

function readAction(line: string): readonly string[] {
  const [verb, name = "", ...rest] = line.split(" ");
  if (verb === "Remv") return [`Remv ${name}`];
  const version = rest.find((word) => word.startsWith("("));
  return verb === "Inst" && version !== undefined ? [`Inst ${name} ${version.slice(1)}`] : [];
}

function run(command: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const [program = "", ...args] = command;
  const env = { ...process.env, LC_ALL: "C" };
  const ran = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, env });
  if (ran.error !== undefined) throw ran.error;
  return ran;
}
