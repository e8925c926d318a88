import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { mixSeeds } from "../../fuzz/random.ts";
import { runTool } from "../../truth/command.ts";
import { finishSubject } from "../../truth/finish-subject.ts";
import type { Subject } from "../../truth/subject.ts";
import { shuffle } from "../../truth/subjects/shuffle.ts";
import { workFolder } from "../../truth/work-folder.ts";
import type { OpenRelease } from "./releases.ts";

/** A program of a package whose dependencies are not there. */
export interface Drawn {
  readonly package: string;
  readonly version: string;
  readonly subject: Subject;
}

/** What was drawn, and how many packages were passed over for want of a program. */
export interface Draw {
  readonly drawn: readonly Drawn[];
  /** Packages that the draw was made from. */
  readonly poolSize: number;
  readonly withoutProgram: number;
}

/** A record of the index, as far as it counts. */
interface IndexRecord {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly sha256: string;
}

/** Sections whose packages have programs of all kinds. Source: the list of sections in Debian policy 2.4. */
export const sections: readonly string[] = [
  ...["database", "electronics", "graphics", "math", "misc", "net", "science", "sound"],
  ...["text", "utils", "video", "web"],
];

/** Of a .deb, in bytes: a bigger one shows nothing more. */
export const maxPackageBytes = 4_000_000;

/** Every base has them, or none: a program that needs nothing else shows nothing of recipes. */
const common = new Set(["libc6", "libgcc-s1", "libstdc++6"]);

/**
 * Draws packages of `main` in an order that the seed alone decides, until `count` of them have an ELF program in /usr/bin;
 * one program each. Of two with the same index the draw is the same.
 */
export async function drawPackages(
  release: OpenRelease,
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<Draw> {
  const pool = readPool(release);
  const drawn: Drawn[] = [];
  let withoutProgram = 0;
  for (const record of shuffle(pool, mixSeeds(seed, Number(release.number)))) {
    if (drawn.length === count) break;
    const folder = await unpack(record);
    const programs = programsOf(folder);
    const program = shuffle(programs, seed)[0];
    if (program === undefined) withoutProgram++;
    else drawn.push(toDrawn(record, folder, program));
  }
  return { drawn, poolSize: pool.length, withoutProgram };
}

function readPool({ slim, codename }: OpenRelease): readonly IndexRecord[] {
  const lists = join(slim.folder, "var/lib/apt/lists");
  const file = readdirSync(lists).find((name) =>
    name.endsWith(`_dists_${codename}_main_binary-amd64_Packages`),
  );
  if (file === undefined) throw new Error(`Cannot draw from ${codename}: apt fetched no index`);
  return readFileSync(join(lists, file), "utf8").split("\n\n").flatMap(readRecord);
}

function readRecord(text: string): readonly IndexRecord[] {
  const field = (name: string): string =>
    new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  const isWanted =
    sections.includes(field("Section")) &&
    field("Architecture") === "amd64" &&
    Number(field("Size")) <= maxPackageBytes &&
    libraryNames(field("Depends")).some((name) => !common.has(name));
  if (!isWanted) return [];
  const [name, version, path] = [field("Package"), field("Version"), field("Filename")];
  return [{ name, version, path, sha256: field("SHA256") }];
}

function libraryNames(depends: string): readonly string[] {
  const names = depends.split(/[,|]/).map((one) => one.trim().split(/[ :(]/)[0] ?? "");
  return names.filter((name) => name.startsWith("lib"));
}

/** The package alone, unpacked as it is; kept between runs. */
async function unpack({ name, version, path, sha256 }: IndexRecord): Promise<string> {
  const folder = workFolder("recipes", "packages", `${name}-${sha256.slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const response = await fetch(`http://deb.debian.org/debian/${path}`);
  if (!response.ok) throw new Error(`Cannot fetch ${name} ${version}: ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) throw new Error(`Cannot use ${name} ${version}: its digest is ${found}`);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  writeFileSync(`${part}.deb`, bytes);
  await runTool(["dpkg-deb", "-x", `${part}.deb`, part]);
  rmSync(`${part}.deb`);
  renameSync(part, folder);
  return folder;
}

/** Names in usr/bin of files that are ELF by their first bytes, sorted. */
function programsOf(folder: string): readonly string[] {
  const place = join(folder, "usr/bin");
  if (!existsSync(place)) return [];
  const files = readdirSync(place, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ name }) => name)
    .filter((name) => isElf(join(place, name)))
    .toSorted();
}

function isElf(path: string): boolean {
  const file = openSync(path, "r");
  const start = Buffer.alloc(4);
  readSync(file, start, 0, 4, 0);
  closeSync(file);
  return start.toString("latin1") === "\x7fELF";
}

function toDrawn({ name, version, sha256 }: IndexRecord, folder: string, program: string): Drawn {
  const plan = {
    id: `${name}/${program}`,
    program: `usr/bin/${program}`,
    args: ["--version"],
    // What it prints is not the question: it came to its own code, or it did not.
    proof: { exitCode: null },
  };
  const subject = finishSubject(plan, { origin: "debian", folder, source: sha256 });
  return { package: name, version, subject };
}
