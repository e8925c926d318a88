import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { createRemote } from "../../src/image/remote/create-remote.ts";
import {
  contractImage,
  seeImage,
  testSource,
  type Medium,
} from "../../src/image/sources/contract.ts";
import { openImages } from "../../src/image/sources/open-images.ts";
import type { RemoteSources } from "../../src/image/sources/remote-sources.ts";
import { describeFailure } from "../../src/report/failure-words.ts";
import type { MadeImage } from "../made-images.ts";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";
import { Repository } from "./push-image.ts";
import { dockerImage, nestedIndex, ociImage, type MadeRoot } from "./registry-images.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";

const missing = withoutBed();
let registry: Registry;
/** Lets all pass and sees what is asked. */
let proxy: FaultProxy;
let scratch = "";
let count = 0;

beforeAll(async () => {
  if (missing !== null) return;
  scratch = mkdtempSync(join(tmpdir(), "fromage-contract-"));
  registry = await startRegistry({ auth: "none", tls: false });
  proxy = await startFaultProxy({ target: registry });
});
afterAll(async () => {
  if (missing !== null) return;
  await proxy.stop();
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = join(scratch, `${count++}`);
  mkdirSync(folder);
  return folder;
}

interface Keeping {
  readonly keepsBlobs: boolean;
  readonly isOffline?: boolean;
}

/** As the program makes it, with a home and a cache of its own. */
function openRemote(folder: string, { keepsBlobs, isOffline = false }: Keeping): RemoteSources {
  return createRemote({
    env: {},
    home: folder,
    userId: null,
    cacheFolder: join(folder, "cache"),
    maxBlobBytes: keepsBlobs ? 2 ** 30 : 0,
    temporaryFolder: join(folder, "temporary"),
    isOffline,
    overrides: { mirrors: {}, insecure: [], authorities: [], source: "the test" },
    insecureByProject: [],
    userAgent: "fromage/test",
    onNotice: (notice) => expect.fail(describeFailure(notice)),
  });
}

const images: readonly (readonly [
  tag: string,
  title: string,
  make: (image: MadeImage) => MadeRoot,
])[] = [
  ["gzip", "OCI", ociImage],
  ["zstd", "OCI, layers zstd", (image) => ociImage({ ...image, compression: "zstd" })],
  ["plain", "OCI, layers none", (image) => ociImage({ ...image, compression: "none" })],
  ["docker", "Docker's schema 2", dockerImage],
  ["nested", "an index in an index with attestation", nestedIndex],
];

/** Pushes the image and, where asked, reads it once as an earlier run did. */
async function push(row: (typeof images)[number]): Promise<string> {
  const [tag, , make] = row;
  const { layout, root } = make(await contractImage());
  await (await Repository.open(registry, "team/contract")).put(layout, root, [tag]);
  return `registry:${proxy.host}/team/contract:${tag}`;
}

async function readBefore(reference: string, cwd: string): Promise<void> {
  const remote = openRemote(cwd, { keepsBlobs: true });
  const options = { cwd, platforms: [], temporaryFolder: join(cwd, "temporary"), remote };
  const opened = await openImages(reference, options);
  if (!opened.ok) expect.fail(describeFailure(opened.failure));
  for (const image of opened.value) expect((await seeImage(image)).failures).toEqual([]);
  await remote.close();
}

function media(row: (typeof images)[number]): readonly Medium[] {
  const [, title] = row;
  const common = { skip: missing, keepsImage: true, isRecognised: true };
  const asked = (pattern: RegExp): number =>
    proxy.requests.filter(({ path }) => pattern.test(path)).length;
  const again = async (folder: string): Promise<string> => {
    const reference = await push(row);
    await readBefore(reference, folder);
    proxy.use([]);
    return reference;
  };
  return [
    {
      ...common,
      name: `registry, ${title}`,
      make: () => push(row),
      remote: (folder) => openRemote(folder, { keepsBlobs: false }),
    },
    {
      ...common,
      name: `registry, ${title}, blobs are kept`,
      make: () => push(row),
      remote: (folder) => openRemote(folder, { keepsBlobs: true }),
    },
    {
      ...common,
      name: `registry, ${title}, the second time`,
      make: again,
      remote: (folder) => openRemote(folder, { keepsBlobs: true }),
      // The tag is asked for again, and nothing else.
      afterwards: () => expect([asked(/\/manifests\//), asked(/^/)]).toEqual([1, 1]),
    },
    {
      ...common,
      name: `registry, ${title}, offline afterwards`,
      make: again,
      remote: (folder) => openRemote(folder, { keepsBlobs: true, isOffline: true }),
      afterwards: ({ origin }) => {
        expect(asked(/^/)).toBe(0);
        expect(origin).toMatch(/, as it was on \d{4}-\d\d-\d\d$/);
      },
    },
  ];
}

describe("a registry gives the same image as every other medium", () => {
  for (const medium of images.flatMap(media)) testSource(medium, newFolder);
});
