/**
 * `node test/truth/subjects/draw.ts`: draws subjects from pool.json by its seed and writes
 * subjects.json with exact versions and sums. Run by hand when the pool changes; needs npm and apt
 * with current lists, on Debian 12.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { runTool } from "../command.ts";
import type { Proof } from "../subject.ts";
import { workFolder } from "../work-folder.ts";
import { fetchFile, integrityOf, unpackNpm } from "./fetch-drawn.ts";
import { readPools } from "./drawn.ts";
import type { DrawnFile, DrawnSubject, Pool, PoolItem } from "./drawn.ts";
import { shuffle } from "./shuffle.ts";

interface PassedOver {
  readonly id: string;
  readonly reason: string;
}

type Draw = (item: PoolItem) => Promise<DrawnSubject | PassedOver>;

async function main(): Promise<void> {
  const pools = readPools();
  const subjects: DrawnSubject[] = [];
  const passedOver: PassedOver[] = [];
  const take = async (pool: Pool, draw: Draw): Promise<void> => {
    let left = pool.count;
    for (const item of shuffle(pool.pool, pools.seed)) {
      if (left === 0) return;
      const result = await draw(item);
      process.stderr.write(`${JSON.stringify(result).slice(0, 150)}\n`);
      if ("reason" in result) passedOver.push(result);
      else subjects.push(result);
      if (!("reason" in result)) left -= 1;
    }
  };
  await take(pools.npm, drawNpm);
  await take(pools.debian, (item) => drawDebian(item, false));
  await take(pools.debianWithLibraries, (item) => drawDebian(item, true));
  const file = join(import.meta.dirname, "subjects.json");
  writeFileSync(file, `${JSON.stringify({ seed: pools.seed, subjects, passedOver }, null, 2)}\n`);
}

async function drawNpm(item: PoolItem): Promise<DrawnSubject | PassedOver> {
  const { name = "", version = "" } = item;
  const id = `npm:${name}`;
  try {
    const path = await fetchFile("npm", { name, version });
    const folder = workFolder("scratch", "drawn");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await unpackNpm(path, folder);
    const program = item.program ?? findProgram(folder);
    if (program === null) return { id, reason: "no executable in the package" };
    const files = [{ name, version, integrity: integrityOf("npm", path) }];
    return { id, origin: "npm", program, member: program, ...startOf(item), files };
  } catch (error) {
    return { id, reason: error instanceof Error ? error.message : String(error) };
  }
}

async function drawDebian(
  item: PoolItem,
  hasLibraries: boolean,
): Promise<DrawnSubject | PassedOver> {
  const { package: name = "", program: member = "" } = item;
  const program = basename(member);
  const id = `deb:${program}${hasLibraries ? "+libraries" : ""}`;
  try {
    const names = [name, ...(hasLibraries ? await librariesOf(name) : [])];
    const files: DrawnFile[] = [];
    for (const one of names) files.push(await candidateOf(one));
    const environment = hasLibraries ? { environment: { LD_LIBRARY_PATH: "/app/lib" } } : {};
    return { id, origin: "debian", program, member, ...startOf(item), ...environment, files };
  } catch (error) {
    return { id, reason: error instanceof Error ? error.message : String(error) };
  }
}

function startOf(item: PoolItem): { readonly args: readonly string[]; readonly proof: Proof } {
  const { args = ["--version"], output = "\\d", exitCode } = item;
  return { args, proof: exitCode === undefined ? { output } : { output, exitCode } };
}

/** The library packages that a package depends on, all the way down, without libc's own. */
async function librariesOf(name: string): Promise<readonly string[]> {
  const options = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"];
  const without = options.map((option) => `--no-${option}`);
  const { stdout } = await runTool(["apt-cache", "depends", "--recurse", ...without, name]);
  const names = stdout
    .split("\n")
    .filter((line) => /^lib|^zlib1g/.test(line) && !line.includes(":"));
  return [...new Set(names)].filter((one) => one !== "libc6" && one !== "libcrypt1").toSorted();
}

async function candidateOf(name: string): Promise<DrawnFile> {
  const { stdout } = await runTool(["apt-cache", "show", "--no-all-versions", name]);
  const version = /^Version: (.+)$/m.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`Cannot find ${name}: apt has no version of it`);
  const path = await fetchFile("debian", { name, version });
  return { name, version, integrity: integrityOf("debian", path) };
}

/** The biggest file that is an ELF program by its name and first bytes; null when there is none. */
function findProgram(folder: string): string | null {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const programs = files.filter(
    (name) => !/\.(node|so)(\.|$)/.test(name) && isElf(join(folder, name)),
  );
  const bySize = programs.toSorted((a, b) => sizeOf(folder, b) - sizeOf(folder, a));
  return bySize[0] ?? null;
}

function sizeOf(folder: string, name: string): number {
  return statSync(join(folder, name)).size;
}

function isElf(path: string): boolean {
  if (!statSync(path).isFile()) return false;
  const file = openSync(path, "r");
  const start = Buffer.alloc(4);
  readSync(file, start, 0, 4, 0);
  closeSync(file);
  return start.toString("latin1") === "\x7fELF";
}

await main();
