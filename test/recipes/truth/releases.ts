import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { testImage } from "../../images.ts";
import { runTool } from "../../truth/command.ts";
import { openRoot, rootSources, type Root } from "../../truth/roots.ts";
import { workFolder } from "../../truth/work-folder.ts";
import { runInside } from "./inside.ts";

/** One release of Debian whose recipes are held against reality. */
export interface Release {
  readonly title: string;
  readonly codename: string;
  readonly number: string;
}

/** A release with the roots that programs are started in, and where its packages come from. */
export interface OpenRelease extends Release {
  /** Debian slim with the sources of the official image and the indexes that its apt fetched. */
  readonly slim: Root;
  /** The same image for the tool, without the indexes: `oci:FOLDER:slim`. */
  readonly slimReference: string;
  readonly cc: Root;
  readonly ccReference: string;
  /** File of the test images. */
  readonly ccFile: string;
  readonly slimFile: string;
  /** Absolute; what apt downloads is kept there. */
  readonly archives: string;
  /** Says which indexes: an observation with others does not count. */
  readonly stamp: string;
}

export const releases: readonly Release[] = [
  { title: "Debian 12", codename: "bookworm", number: "12" },
  { title: "Debian 13", codename: "trixie", number: "13" },
];

/** Mount points of the sandbox and of the installation. */
const mountPoints = ["app", "proc", "dev", "tmp", ".truth", "var/cache/apt/archives"];

/** Unpacks the roots once and lets apt fetch its indexes each time. Rejects with the words of a tool that fails. */
export async function openRelease(release: Release): Promise<OpenRelease> {
  const { codename, number } = release;
  const home = workFolder("recipes", codename);
  const slimFile = `debian-${number}-slim-amd64.oci.tar`;
  const source = rootSources.find(({ id }) => id === `cc-${number}`);
  if (source?.file === undefined || source.file === null) throw new Error(`No cc of ${number}`);
  if (!existsSync(home)) await unpackSlim(home, slimFile, codename);
  const archives = join(home, "archives");
  const folder = join(home, "rootfs");
  copyFileSync("/etc/resolv.conf", join(folder, "etc/resolv.conf"));
  await runInside(folder, archives, ["apt-get", "-qq", ...listOptions, "update"]);
  const environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
  return {
    ...release,
    slim: { id: `slim-${number}`, file: slimFile, archive: null, folder, environment },
    slimReference: `oci:${join(home, "layout")}:slim`,
    slimFile,
    cc: await openRoot(source),
    ccReference: `oci-archive:${testImage(source.file)}`,
    ccFile: source.file,
    archives,
    stamp: stampOf(join(folder, "var/lib/apt/lists")),
  };
}

/** Indexes stay as text, so that they can be read here. */
const listOptions = ["-o", "Acquire::Languages=none", "-o", "Acquire::GzipIndexes=false"];

async function unpackSlim(home: string, file: string, codename: string): Promise<void> {
  const part = `${home}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(join(part, "archives/partial"), { recursive: true });
  mkdirSync(join(part, "more/sources.list.d"), { recursive: true });
  const layout = join(part, "layout");
  await runTool(["skopeo", "copy", "-q", `oci-archive:${testImage(file)}`, `oci:${layout}:slim`]);
  const key = "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg";
  const paragraph = (address: string, suites: string): string =>
    `Types: deb\nURIs: ${address}\nSuites: ${suites}\nComponents: main\n${key}\n`;
  const sources = [
    paragraph("http://deb.debian.org/debian", `${codename} ${codename}-updates`),
    paragraph("http://deb.debian.org/debian-security", `${codename}-security`),
  ];
  const put = async (name: string, text: string, mode: number, target: string): Promise<void> => {
    const from = join(part, "more", name);
    writeFileSync(from, text, { mode });
    await runTool(["umoci", "insert", "--image", `${layout}:slim`, from, target]);
  };
  const listed = "/etc/apt/sources.list.d/debian.sources";
  await put("debian.sources", sources.join("\n"), 0o644, listed);
  await put("sources.list", "", 0o644, "/etc/apt/sources.list");
  // As in the official image: no service of a package is started.
  await put("policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755, "/usr/sbin/policy-rc.d");
  await runTool(["umoci", "unpack", "--image", `${layout}:slim`, join(part, "bundle")]);
  renameSync(join(part, "bundle/rootfs"), join(part, "rootfs"));
  for (const name of mountPoints) mkdirSync(join(part, "rootfs", name), { recursive: true });
  renameSync(part, home);
}

function stampOf(lists: string): string {
  const sum = createHash("sha256");
  const names = readdirSync(lists).filter((name) => name.endsWith("_InRelease"));
  for (const name of names.toSorted()) sum.update(readFileSync(join(lists, name)));
  return sum.digest("hex").slice(0, 12);
}
