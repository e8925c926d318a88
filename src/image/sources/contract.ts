import { expect, it, onTestFinished } from "vitest";
import { mergeLayers } from "../merge.ts";
import { openImages } from "./open-images.ts";
import { sha256, makeTar, type MadeEntry, type MadeImage } from "../../../test/made-images.ts";
import { joinElfStores } from "../elf-lines.ts";
import type { Image } from "../image.ts";
import { readLayers } from "../read-layers.ts";
import type { RemoteSources } from "./remote-sources.ts";
import { describeFailure } from "../../report/failure-words.ts";
import type { Failure } from "../../model/failure.ts";

/**
 * The tree that every source is shown, in two layers: the upper one deletes a file, empties a folder, overwrites and
 * links. Every folder has an entry, so that the same tree comes out of a folder.
 */
export const contractLayers: readonly (readonly MadeEntry[])[] = [
  [
    ["bin", null],
    ["bin/run", "#!/bin/sh\necho one\n", 0o755],
    ["etc", null],
    ["etc/os-release", "ID=contract\nVERSION_ID=1\n"],
    ["etc/gone", "deleted above\n"],
    ["lib", "-> usr/lib"],
    ["opt", null],
    ["opt/data", null],
    ["opt/data/old", "hidden above\n"],
    ["tmp", null, 0o1777],
    ["usr", null],
    ["usr/lib", null],
    ["usr/lib/libone.so", "no ELF\n"],
    ["var", null],
  ],
  [
    ["bin", null],
    ["bin/run", "#!/bin/sh\necho two\n", 0o700],
    ["bin/same", "=> bin/run", 0o700],
    ["etc", null],
    ["etc/.wh.gone", ""],
    ["opt", null],
    ["opt/data", null],
    ["opt/data/.wh..wh..opq", ""],
    ["opt/data/new", "new\n"],
    ["opt/long", null],
    [`opt/long/${"n".repeat(120)}`, "long name\n"],
    ["opt/long/ünïcode", "-> ../data/new"],
  ],
];

/** The same tree as one layer, without marks. */
export const contractRoot: readonly MadeEntry[] = [
  ...(contractLayers[0] ?? []).filter(
    ([name]) => !["bin", "bin/run", "etc/gone", "opt", "opt/data", "opt/data/old"].includes(name),
  ),
  ...(contractLayers[1] ?? []).filter(([name]) => !name.includes("/.wh.") && name !== "etc"),
].toSorted(([a], [b]) => (a < b ? -1 : 1));

/** `config` of the image that every source is shown. */
export const contractConfig = {
  User: "1000:1000",
  Env: ["PATH=/bin", "LANG=C.UTF-8"],
  Entrypoint: ["/bin/run"],
  Cmd: ["--serve"],
  WorkingDir: "/opt/data",
  Labels: { "org.example.label": "one" },
};

/** Path, type, mode and size or target of every path of the tree, sorted as a rootfs gives them. */
export const contractPaths: readonly string[] = [
  "/",
  "/bin directory 755",
  "/bin/run file 700 19",
  "/bin/same file 700 19",
  "/etc directory 755",
  "/etc/os-release file 644 25",
  "/lib symlink -> usr/lib",
  "/opt directory 755",
  "/opt/data directory 755",
  "/opt/data/new file 644 4",
  "/opt/long directory 755",
  `/opt/long/${"n".repeat(120)} file 644 10`,
  "/opt/long/ünïcode symlink -> ../data/new",
  "/tmp directory 1777",
  "/usr directory 755",
  "/usr/lib directory 755",
  "/usr/lib/libone.so file 644 7",
  "/var directory 755",
];

/** What came of an image that is read whole. */
export interface Seen {
  readonly paths: readonly string[];
  /** First lines of scripts, by path: content came through, not only names. */
  readonly shebangs: Readonly<Record<string, string>>;
  readonly failures: readonly string[];
}

/** Reads all layers of an image and merges them. Layers that fail are in `failures`, in words. */
export async function seeImage(image: Image): Promise<Seen> {
  const results = await readLayers(image.layers, { parallel: 1 });
  const read = results.flatMap((result) => (result.ok ? [result.value] : []));
  const failures: Failure[] = results.flatMap((result) =>
    result.ok ? result.value.facts.failures : [result.failure],
  );
  const rootfs = mergeLayers(
    read.map(({ facts }) => facts),
    joinElfStores(read.map(({ elf }) => elf)),
  );
  const shebangs: Record<string, string> = {};
  const paths: string[] = [];
  for (const path of rootfs.paths()) {
    const line = rootfs.shebang(path)?.line;
    if (line !== undefined) shebangs[path] = line;
    paths.push(describePath(path, rootfs.lookup(path)?.entry));
  }
  return { paths, shebangs, failures: failures.map(describeFailure) };
}

/** The root has an entry in some media only. */
function describePath(
  path: string,
  entry:
    | {
        readonly type: string;
        readonly mode: number;
        readonly sizeBytes: number;
        readonly linkTarget?: string;
      }
    | undefined,
): string {
  if (path === "/" || entry === undefined) return path;
  const mode = entry.mode.toString(8);
  switch (entry.type) {
    case "symlink":
      return `${path} symlink -> ${entry.linkTarget ?? ""}`;
    case "file":
      return `${path} file ${mode} ${entry.sizeBytes}`;
    default:
      return `${path} ${entry.type} ${mode}`;
  }
}

/** The contract's image, for those who make a medium of it. */
export async function contractImage(): Promise<MadeImage> {
  return { tars: await Promise.all(contractLayers.map(makeTar)), config: contractConfig };
}

/** A medium that the suite is run over. */
export interface Medium {
  /** For the name of the test. */
  readonly name: string;
  /** Why it cannot be made here; null when it can. */
  readonly skip: string | null;
  /** Puts it into the empty folder and says how it is called. `scheme:PATH`, relative to the folder. */
  make(folder: string): Promise<string> | string;
  /** Whether it keeps the image's layers and config, or holds the merged tree alone. */
  readonly keepsImage: boolean;
  /** Whether the path alone, without a scheme, says the same. False where a path is taken for something else. */
  readonly isRecognised: boolean;
  /** Engines and registries that the reference is looked up in; asked after `make`, closed by the suite. */
  readonly remote?: (folder: string) => RemoteSources;
  /** Looked at when all of it was read. */
  readonly afterwards?: (image: Image) => void;
}

/** What every source holds to. `folder` gives a new empty folder. */
export function testSource(medium: Medium, newFolder: () => string): void {
  const reason = medium.skip === null ? "" : ` (skipped: ${medium.skip})`;
  it.skipIf(medium.skip !== null)(`${medium.name}${reason}`, async () => {
    const cwd = newFolder();
    const reference = await medium.make(cwd);
    const remote = medium.remote?.(cwd);
    if (remote !== undefined) onTestFinished(() => remote.close());
    const options = {
      platforms: [],
      cwd,
      temporaryFolder: newFolder(),
      ...(remote === undefined ? {} : { remote }),
    };
    const opened = await openImages(reference, options);
    if (!opened.ok) expect.fail(describeFailure(opened.failure));
    const [image, ...others] = opened.value;
    if (image === undefined) expect.fail("no image");
    expect(others).toEqual([]);
    expect(image.reference).toBe(reference);
    await expectContract(image, medium.keepsImage);
    // Only an image that has to be looked for has to say where it was found.
    expect(image.origin !== undefined).toBe(remote !== undefined);
    medium.afterwards?.(image);

    if (!medium.isRecognised) return;
    const plain = await openImages(reference.replace(/^[a-z-]+:|:one$/g, ""), options);
    if (!plain.ok) expect.fail(describeFailure(plain.failure));
    const [same] = plain.value;
    expect(same?.source).toBe(image.source);
    expect(same?.config).toEqual(image.config);
    expect(same?.layers.map(({ kind }) => kind)).toEqual(image.layers.map(({ kind }) => kind));
  });
}

async function expectContract(image: Image, keepsImage: boolean): Promise<void> {
  const seen = await seeImage(image);
  expect(seen.failures).toEqual([]);
  expect(seen.paths).toEqual(contractPaths);
  expect(seen.shebangs["/bin/run"]).toBe("/bin/sh");
  if (!keepsImage) {
    expect(image.config.diffIds).toEqual([]);
    return;
  }
  const { tars } = await contractImage();
  expect(image.config.diffIds).toEqual(tars.map((tar) => sha256(tar)));
  expect(image.layers.map((layer) => (layer.kind === "directory" ? null : layer.diffId))).toEqual(
    image.config.diffIds,
  );
  expect(image.platform).toEqual({ os: "linux", architecture: "amd64" });
  const { User, Env, Entrypoint, Cmd, WorkingDir, Labels } = contractConfig;
  expect(image.config).toMatchObject({
    user: User,
    env: Env,
    entrypoint: Entrypoint,
    cmd: Cmd,
    workingDir: WorkingDir,
    labels: Labels,
  });
}
