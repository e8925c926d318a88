import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { joinElfStores, openElfLines } from "../../image/elf-lines.ts";
import type { ElfStore } from "../../image/layer-facts.ts";
import { mergeLayers, type MergedRootfs } from "../../image/merge.ts";
import { readLayer } from "../../image/read-layer.ts";
import { plainEnvironment } from "../linker.ts";
import type { StartEnvironment } from "../process.ts";

/** Which real loader stands in the root before the recipe runs: this machine's own. */
export type BaseKind = "glibc" | "musl";

/** What really came of starting a program: its exit status, or what kernel and loader said on the way. */
export interface RealOutcome {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

const loaders: Readonly<Record<BaseKind, readonly string[]>> = {
  glibc: ["/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"],
  musl: ["/lib/ld-musl-x86_64.so.1"],
};
const compilers: Readonly<Record<BaseKind, string>> = { glibc: "gcc", musl: "musl-gcc" };

/** Starts a program with execve itself: execvp would give a file of unknown format to a shell. */
const runner = `
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
extern char **environ;
int main(int argc, char **argv) {
  execve(argv[1], argv + 1, environ);
  fprintf(stderr, "execve %s: %s\\n", argv[1], strerror(errno));
  return 126;
}`;

/** What every recipe may use; it runs in the root, `$CC` is the compiler of the base. */
const prelude = `
set -eu
umask 022
place() { mkdir -p "$(dirname "$1")"; }
# so FILE CODE [FLAG...]: a shared library. exe FILE CODE [FLAG...]: a program.
so() { place "$1"; _out=$1 _code=$2; shift 2; printf '%s\\n' "$_code" | "$CC" -x c - -x none -shared -fPIC -o "$_out" "$@"; }
exe() { place "$1"; _out=$1 _code=$2; shift 2
  printf '%s\\n' "$_code" | "$CC" -x c - -x none -o "$_out" -Wl,--no-as-needed -Wl,--unresolved-symbols=ignore-in-shared-libs "$@"; }
# file PATH MODE: a file from standard input.
file() { place "$1"; cat > "$1"; chmod "$2" "$1"; }
# poke FILE OFFSET BYTES: bytes in octal escapes.
poke() { printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
# retag FILE NAME BYTE: the first entry of that name in the dynamic section gets another tag.
retag() { _start=$(readelf -lW "$1" | awk '$1 == "DYNAMIC" { print $2 }')
  _index=$(readelf -dW "$1" | awk -v name="($2)" '/^ *0x/ { n++ } $2 == name { print n - 1; exit }')
  poke "$1" $((_start + 16 * _index)) "$3"; }
`;

/** Why roots cannot be built here for this base; null when they can. */
export function withoutCompiler(base: BaseKind): string | null {
  const tools = [compilers[base], "patchelf", "objcopy"];
  const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  const files = loaders[base].filter((file) => !existsSync(file));
  const all = [...missing, ...files];
  return process.platform === "linux" && process.arch === "x64" && all.length === 0
    ? null
    : `skipped: needs ${all.join(", ") || "Linux on x86-64"}`;
}

/** Why nothing is really run; null when it is. */
export function withoutSandbox(): string | null {
  const tried = spawnSync("bwrap", ["--ro-bind", "/", "/", "--proc", "/proc", "true"]);
  return tried.status === 0 ? null : "not run: bwrap is not there or not permitted";
}

/** Builds small roots from recipes in a temporary folder, reads them, starts their programs for real. */
export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), "fromage-linking-"));
  readonly #bases = new Map<BaseKind, string>();
  readonly #stores: ElfStore[] = [];
  #count = 0;

  /** The folder of a root that the recipe made over the base. Throws with the recipe's own words when it fails. */
  build(base: BaseKind, recipe: string, env: Readonly<Record<string, string>> = {}): string {
    const root = join(this.folder, `root-${this.#count++}`);
    execFileSync("cp", ["-al", this.#base(base), root]);
    const variables = { PATH: process.env["PATH"] ?? "", CC: compilers[base], ROOT: root, ...env };
    const made = spawnSync("sh", ["-c", prelude + recipe], { cwd: root, env: variables });
    if (made.status !== 0) throw new Error(`Cannot build a root: ${made.stderr.toString()}`);
    return root;
  }

  async read(root: string): Promise<MergedRootfs> {
    const known = joinElfStores(this.#stores);
    const layer = { kind: "directory", directory: root, mountPath: "/" } as const;
    const reading = await readLayer(layer, { known });
    if (!reading.ok) throw new Error(`Cannot read ${root}: ${reading.failure.kind}`);
    this.#stores.push(openElfLines(reading.value.elfLines));
    return mergeLayers([reading.value.facts], joinElfStores(this.#stores));
  }

  /** In a sandbox whose root is that folder, read-only. */
  run(
    root: string,
    program: string,
    environment: StartEnvironment = plainEnvironment,
  ): RealOutcome {
    const places = ["--ro-bind", root, "/", "--proc", "/proc"];
    const told = ["--chdir", environment.workingDirectory, "--clearenv", ...settings(environment)];
    return outcomeOf("bwrap", [...places, ...told, "/.run", program]);
  }

  /** As another user without a sandbox: bwrap forbids that a program gains privileges. Needs root. */
  runAs(root: string, program: string, { user, environment }: RunAs): RealOutcome {
    const variables = settings(environment).filter((word) => word !== "--setenv");
    const pairs = variables.flatMap((name, index) =>
      index % 2 === 0 ? [`${name}=${variables[index + 1] ?? ""}`] : [],
    );
    // $ORIGIN of a program is read from /proc.
    const words = ["chroot", `--userspec=${user}`, root, "/.run", program];
    const inside = `mount -t proc proc '${root}/proc' && exec env -i "$@"`;
    return outcomeOf("unshare", ["--mount", "sh", "-c", inside, "sh", ...pairs, ...words]);
  }

  /** Lets other users into the folder. */
  open(): void {
    chmodSync(this.folder, 0o755);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #base(base: BaseKind): string {
    const known = this.#bases.get(base);
    if (known !== undefined) return known;
    const root = join(this.folder, `base-${base}`);
    for (const folder of ["proc", "tmp", "etc", "app", "lib64", "usr/lib"]) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    for (const file of loaders[base]) {
      execFileSync("install", ["-D", "-m", "755", file, join(root, file)]);
    }
    if (base === "glibc") {
      const target = "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";
      execFileSync("ln", ["-s", target, join(root, "lib64/ld-linux-x86-64.so.2")]);
    }
    const source = join(this.folder, "run.c");
    writeFileSync(source, runner);
    execFileSync(compilers[base], ["-static", "-O1", "-s", "-o", join(root, ".run"), source]);
    this.#bases.set(base, root);
    return root;
  }
}

interface RunAs {
  /** `uid:gid`. */
  readonly user: string;
  readonly environment: StartEnvironment;
}

function outcomeOf(command: string, words: readonly string[]): RealOutcome {
  const ran = spawnSync(command, [...words], { timeout: 20_000 });
  return { status: ran.status, signal: ran.signal, stderr: ran.stderr.toString() };
}

function settings(environment: StartEnvironment): readonly string[] {
  const { path, libraryPath, preload, bindNow } = environment;
  const named: [string, string | null][] = [
    ["PATH", path],
    ["LD_LIBRARY_PATH", libraryPath],
    ["LD_PRELOAD", preload],
    ["LD_BIND_NOW", bindNow ? "1" : null],
  ];
  return named.flatMap(([name, value]) => (value === null ? [] : ["--setenv", name, value]));
}

/** Whether a setuid program of another owner gains privileges here: root, and not forbidden to this process. */
export function mayGainPrivileges(): boolean {
  const status = readFileSync("/proc/self/status", "utf8");
  const mayMount = spawnSync("unshare", ["--mount", "true"]).status === 0;
  return process.getuid?.() === 0 && /NoNewPrivs:\s0/.test(status) && mayMount;
}
