import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTestImages, testImage } from "../images.ts";

/** What `apk add --simulate` said it would do. */
export interface RealChanges {
  /** `+name-version`, `~name-version` (another version than before), `-name`, sorted; null when it refused. */
  readonly changes: readonly string[] | null;
  /** Everything that it wrote. */
  readonly output: string;
}

/** The roots of images that are unpacked, by name. */
export type ApkRoot = "empty" | "alpine-3.18-x86_64" | "alpine-3.20-x86_64" | "alpine-3.20-aarch64";

const archives: Readonly<Record<Exclude<ApkRoot, "empty">, string>> = {
  "alpine-3.18-x86_64": "alpine-minirootfs-3.18.9-x86_64.tar.gz",
  "alpine-3.20-x86_64": "alpine-minirootfs-3.20.3-x86_64.tar.gz",
  "alpine-3.20-aarch64": "alpine-minirootfs-3.20.3-aarch64.tar.gz",
};

/** Why tests with the real apk are left out; empty when they are not. */
export function whyNoApk(): string {
  const folder = findTestImages();
  if (folder === null)
    return " (skipped: neither FROMAGE_TEST_IMAGES nor ../shared/images is there)";
  const isThere = Object.values(archives).every((file) => existsSync(join(folder, file)));
  if (!isThere) return " (skipped: the Alpine root filesystems are not there)";
  if (process.arch !== "x64" || process.platform !== "linux") return " (skipped: not linux/amd64)";
  return "";
}

/** The apk of an Alpine root filesystem, started by the loader beside it, and roots to try it on. */
export class RealApk {
  readonly folder: string;
  readonly #command: readonly string[];

  /** `command` is another apk than that of Alpine 3.20. */
  constructor(command?: readonly string[]) {
    this.folder = mkdtempSync(join(tmpdir(), "fromage-apk-"));
    for (const [name, file] of Object.entries(archives)) {
      const root = join(this.folder, name);
      mkdirSync(root);
      run("tar", ["-xzf", testImage(file), "-C", root]);
    }
    for (const path of ["etc/apk", "lib/apk/db"]) {
      mkdirSync(join(this.folder, "empty", path), { recursive: true });
    }
    for (const path of ["etc/apk/world", "lib/apk/db/installed"]) {
      writeFileSync(join(this.folder, "empty", path), "");
    }
    const own = join(this.folder, "alpine-3.20-x86_64");
    const libraries = `${own}/lib:${own}/usr/lib`;
    this.#command = command ?? [
      `${own}/lib/ld-musl-x86_64.so.1`,
      ...["--library-path", libraries, `${own}/sbin/apk`],
    ];
  }

  rootOf(name: ApkRoot): string {
    return join(this.folder, name);
  }

  /** Puts an index where apk looks for it; returns the line for /etc/apk/repositories. */
  addRepository(index: string, architecture: string): string {
    const repository = mkdtempSync(join(this.folder, "repository-"));
    mkdirSync(join(repository, architecture));
    cpSync(index, join(repository, architecture, "APKINDEX.tar.gz"));
    return repository;
  }

  /** Status and output of one call. */
  run(args: readonly string[]): { readonly status: number | null; readonly output: string } {
    const [program = "", ...before] = this.#command;
    const done = spawnSync(program, [...before, ...args], { encoding: "utf8" });
    return { status: done.status, output: done.stdout + done.stderr };
  }

  /** `names` on a root, from one repository. */
  simulate(
    place: { readonly root: string; readonly architecture: string; readonly repository: string },
    names: readonly string[],
  ): RealChanges {
    const list = join(this.folder, "repositories");
    writeFileSync(list, `${place.repository}\n`);
    const { status, output } = this.run([
      ...["add", "--simulate", "--allow-untrusted", "--no-network"],
      ...["--root", place.root, "--arch", place.architecture, "--repositories-file", list],
      ...names,
    ]);
    return { changes: status === 0 ? readChanges(output) : null, output };
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** `( 3/12) Installing libpq@edge (15.3-r0)`, `Upgrading musl (1-r0 -> 2-r0)`. */
function readChanges(output: string): readonly string[] {
  const pattern = /^\( *\d+\/\d+\) (\w+) ([^\s@]+)(?:@\S+)? \((?:\S+ -> )?(\S+)\)$/gm;
  const changes = [...output.matchAll(pattern)].map(([, verb = "", name = "", version = ""]) => {
    if (verb === "Purging") return `-${name}`;
    return `${verb === "Installing" ? "+" : "~"}${name}-${version}`;
  });
  return changes.toSorted();
}

function run(program: string, args: readonly string[]): void {
  const done = spawnSync(program, args, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.stderr}`);
}
