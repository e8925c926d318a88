import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { missingTools, runTool } from "../command.ts";
import { finishSubject } from "../finish-subject.ts";
import type { SkippedSubject, Subject } from "../subject.ts";
import { workFolder } from "../work-folder.ts";
import type { DrawnFile, DrawnSubject } from "./drawn.ts";

const libraryFolders = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib", "lib"];

/** Tools that fetch and unpack, by where a subject comes from. */
const tools = { npm: ["npm", "tar"], debian: ["apt-get", "dpkg-deb"] } as const;

/** Fetches a drawn subject by the user's own npm or apt, checks every file's sum, lays it out as /app. */
export async function fetchSubject(drawn: DrawnSubject): Promise<Subject | SkippedSubject> {
  const missing = missingTools(tools[drawn.origin]);
  if (missing.length > 0) return { id: drawn.id, reason: `no ${missing.join(", ")} on PATH` };
  const source = createHash("sha256").update(JSON.stringify(drawn)).digest("hex").slice(0, 12);
  const folder = workFolder("subjects", `${drawn.id.replaceAll("/", "+")}-${source}`);
  if (!existsSync(folder)) {
    const part = `${folder}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true });
    try {
      await layOut(drawn, part);
    } catch (error) {
      return { id: drawn.id, reason: error instanceof Error ? error.message : String(error) };
    }
    renameSync(part, folder);
  }
  return finishSubject(drawn, { origin: drawn.origin, folder, source });
}

async function layOut(drawn: DrawnSubject, folder: string): Promise<void> {
  for (const [index, file] of drawn.files.entries()) {
    const path = await fetchFile(drawn.origin, file);
    const found = integrityOf(drawn.origin, path);
    if (found !== file.integrity) {
      throw new Error(
        `Cannot use ${file.name}: ${found} was fetched, ${file.integrity} was expected`,
      );
    }
    if (drawn.origin === "npm") await unpackNpm(path, folder);
    else await unpackDebian(path, { drawn, folder, isProgram: index === 0 });
  }
  // Installers make a package's programs executable; tarballs do not always have the bit.
  chmodSync(join(folder, drawn.program), 0o755);
}

/** Downloads one file into the work folder, or finds it there. Gives its path. */
export async function fetchFile(
  origin: DrawnSubject["origin"],
  file: Omit<DrawnFile, "integrity">,
): Promise<string> {
  const name = `${file.name}@${file.version}`.replaceAll(/[/:]/g, "+");
  const folder = workFolder("downloads", origin, name);
  const present = existsSync(folder) ? readdirSync(folder)[0] : undefined;
  if (present !== undefined) return join(folder, present);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  if (origin === "npm") {
    await runTool(["npm", "pack", "--silent", `${file.name}@${file.version}`], { cwd: part });
  } else {
    await runTool(["apt-get", "download", "-qq", `${file.name}=${file.version}`], { cwd: part });
  }
  renameSync(part, folder);
  const [fetched] = readdirSync(folder);
  if (fetched === undefined) throw new Error(`Cannot fetch ${name}: nothing was written`);
  return join(folder, fetched);
}

/** Sum of a fetched file in the form that `DrawnFile` keeps. */
export function integrityOf(origin: DrawnSubject["origin"], path: string): string {
  const bytes = readFileSync(path);
  if (origin === "npm") return `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  return `sha256-${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Unpacks a tarball of npm's, without its first folder. */
export async function unpackNpm(path: string, folder: string): Promise<void> {
  await runTool(["tar", "-xzf", path, "-C", folder, "--strip-components=1", "--no-same-owner"]);
}

interface DebianPart {
  readonly drawn: DrawnSubject;
  readonly folder: string;
  readonly isProgram: boolean;
}

/** Of a .deb, keeps the one program, or the libraries that lie in its library folders, as /app/lib. */
async function unpackDebian(path: string, { drawn, folder, isProgram }: DebianPart): Promise<void> {
  const whole = join(dirname(folder), `.deb-${basename(folder)}`);
  rmSync(whole, { recursive: true, force: true });
  await runTool(["dpkg-deb", "-x", path, whole]);
  if (isProgram) cpSync(join(whole, drawn.member), join(folder, drawn.program));
  else copyLibraries(whole, join(folder, "lib"));
  rmSync(whole, { recursive: true });
}

function copyLibraries(whole: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const place of libraryFolders) {
    const from = join(whole, place);
    if (!existsSync(from)) continue;
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      if (entry.isDirectory() || !/\.so(\.|$)/.test(entry.name)) continue;
      cpSync(join(from, entry.name), join(folder, entry.name), { verbatimSymlinks: true });
    }
  }
}
