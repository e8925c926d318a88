import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "../registry/run-command.ts";

/** One made package. */
export interface MadeDeb {
  readonly name: string;
  readonly version: string;
  /** Lines of its control file after the usual ones. */
  readonly control: readonly string[];
  /** By absolute path; a text that starts with `-> ` is a link. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Leave its md5sums out, as a package of links alone has none. */
  readonly hasSums: boolean;
}

/** Builds the packages with dpkg-deb and their index, as `deb [trusted=yes] file:FOLDER ./` reads them. */
export async function makeDebRepository(folder: string, debs: readonly MadeDeb[]): Promise<void> {
  const records: string[] = [];
  for (const deb of debs) {
    const work = join(folder, `${deb.name}.work`);
    const control = [
      `Package: ${deb.name}`,
      `Version: ${deb.version}`,
      "Architecture: amd64",
      "Maintainer: Nobody <nobody@example.org>",
      ...deb.control,
      "Description: made for a test",
    ];
    mkdirSync(join(work, "DEBIAN"), { recursive: true });
    writeFileSync(join(work, "DEBIAN/control"), `${control.join("\n")}\n`);
    for (const [path, content] of Object.entries(deb.files)) put(join(work, path), content);
    if (deb.hasSums) writeFileSync(join(work, "DEBIAN/md5sums"), sumsOf(deb));
    const file = `${deb.name}_${deb.version}_amd64.deb`;
    const target = join(folder, file);
    await runCommand("dpkg-deb", ["--root-owner-group", "-Zgzip", "--build", work, target]);
    const sha256 = createHash("sha256").update(readFileSync(target)).digest("hex");
    const size = String(statSync(target).size);
    records.push(
      [...control, `Filename: ./${file}`, `Size: ${size}`, `SHA256: ${sha256}`].join("\n"),
    );
  }
  writeFileSync(join(folder, "Packages"), `${records.join("\n\n")}\n`);
}

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof content === "string" && content.startsWith("-> ")) {
    symlinkSync(content.slice("-> ".length), path);
    return;
  }
  writeFileSync(path, content);
  chmodSync(path, 0o755);
}

function sumsOf({ files }: MadeDeb): string {
  return Object.entries(files)
    .filter(([, content]) => typeof content !== "string" || !content.startsWith("-> "))
    .map(([path, content]) => {
      return `${createHash("md5").update(content).digest("hex")}  ${path.slice(1)}\n`;
    })
    .join("");
}
