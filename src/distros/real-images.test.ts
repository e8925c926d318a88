import { openSync, readFileSync, readSync, closeSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findTestImages, testImage, withoutImages } from "../../test/images.ts";
import type { BlobLayer } from "../image/image.ts";
import { mergeLayers } from "../image/merge.ts";
import { readLayer } from "../image/read-layer.ts";
import type { Rootfs } from "../image/rootfs.ts";
import { describeRootfs } from "./describe-rootfs.ts";
import { installedPackages } from "./installed-packages.ts";
import { indexOwnership } from "./ownership.ts";

const title = findTestImages() === null ? ` (${withoutImages})` : "";

/**
 * Counts as the package managers give them, run in each root: `dpkg-query -W`, `dpkg -L`, `dpkg -S`; `apk info -L`,
 * `apk info --who-owns`; `rpm -qa`, `rpm -ql`, `rpm -qf`. `owned` counts files and links that are there. Of distroless
 * images, which have no manager, they are counted by hand in status.d. Debian 13 has 10 links of update-alternatives (awk, nawk,
 * pager, rmt, which, and each in /etc/alternatives), which `dpkg -S` does not know of.
 */
const images = [
  ["alpine-minirootfs-3.20.3-x86_64.tar.gz", "apk", 14, 107, 410],
  ["alpine-minirootfs-3.18.9-x86_64.tar.gz", "apk", 15, 110, 414],
  ["debian-12-slim-amd64.oci.tar", "dpkg", 88, 8029, 3230],
  ["debian-13-slim-amd64.oci.tar", "dpkg", 78, 6613, 2390],
  ["almalinux-9-docker-aarch64-micro-20231124.tar.xz", "rpm", 22, 19_929, 2347],
  ["distroless-static-debian12-amd64.oci.tar", "dpkg", 4, null, null],
  ["distroless-python3-debian13-amd64.oci.tar", "dpkg", 37, null, null],
  ["oci-busybox-1.38.0-glibc-amd64.tar", "none", 0, 0, 0],
] as const;

describe.skipIf(findTestImages() === null)(`packages of real images${title}`, () => {
  it.each(images)("%s", async (name, manager, packageCount, fileCount, ownedCount) => {
    const rootfs = await openRootfs(name);
    const found = installedPackages(rootfs);
    expect(found.problems).toEqual([]);
    expect(found.manager).toBe(manager);
    expect(found.packages.length).toBe(packageCount);
    const files = found.packages.flatMap((one) => one.files);
    expect(fileCount ?? files.length).toBe(files.length);
    const ownership = indexOwnership(rootfs, found);
    const owned = [...rootfs.paths()].filter(
      (path) => rootfs.lookup(path)?.entry.type !== "directory" && ownership.ownerOf(path) !== null,
    );
    expect(ownedCount ?? owned.length).toBe(owned.length);
  });

  const descriptions = [
    ["alpine-minirootfs-3.20.3-x86_64.tar.gz", "alpine 3.20.3 apk /bin/busybox"],
    ["debian-12-slim-amd64.oci.tar", "debian 12 apt-get /usr/bin/dash"],
    ["almalinux-9-docker-aarch64-micro-20231124.tar.xz", "almalinux 9.3 - /usr/bin/bash"],
    ["distroless-static-debian12-amd64.oci.tar", "debian 12 - -"],
    ["oci-busybox-1.38.0-glibc-amd64.tar", "- - - /bin/sh"],
  ] as const;
  it.each(descriptions)("%s is %s", async (name, expected) => {
    const { distro, packageManager, shell } = describeRootfs(await openRootfs(name));
    const words = [distro?.id, distro?.version, packageManager, shell?.realPath];
    expect(words.map((word) => word ?? "-").join(" ")).toBe(expected);
  });
});

async function openRootfs(name: string): Promise<Rootfs> {
  const file = testImage(name);
  const layers = name.includes("oci") ? layersOfOci(file) : [wholeLayer(file)];
  const readings = await Promise.all(
    layers.map((layer) => readLayer(layer, { only: new Set(["packages", "texts"]) })),
  );
  const facts = readings.map((reading) => {
    if (!reading.ok) throw new Error(JSON.stringify(reading.failure));
    return reading.value.facts;
  });
  return mergeLayers(facts, { get: () => null });
}

function wholeLayer(file: string): BlobLayer {
  return toLayer(file, 0, statSync(file).size);
}

function toLayer(file: string, offsetBytes: number, lengthBytes: number): BlobLayer {
  const descriptor = openSync(file, "r");
  const magic = Buffer.alloc(4);
  readSync(descriptor, magic, 0, 4, offsetBytes);
  closeSync(descriptor);
  const compression = magic.readUInt16BE(0) === 0x1f8b ? "gzip" : magic[0] === 0xfd ? "xz" : "none";
  const unknown = { digest: null, diffId: null, mediaType: null } as const;
  return { kind: "blob", file, offsetBytes, lengthBytes, compression, ...unknown };
}

/** The layers of the only image in an OCI archive; enough of tar and OCI for the archives of this test. */
function layersOfOci(file: string): readonly BlobLayer[] {
  const bytes = readFileSync(file);
  const members = new Map<string, { offset: number; length: number }>();
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const name = bytes.toString("latin1", at, at + 100).replace(/\0.*$/s, "");
    const length = Number.parseInt(bytes.toString("latin1", at + 124, at + 135), 8);
    members.set(name.replace(/^\.\//, ""), { offset: at + 512, length });
    at += 512 + Math.ceil(length / 512) * 512;
  }
  const member = (name: string): { offset: number; length: number } => {
    const found = members.get(name);
    if (found === undefined) throw new Error(`${file} has no ${name}`);
    return found;
  };
  const json = (name: string): Descriptors => {
    const { offset, length } = member(name);
    return JSON.parse(bytes.toString("utf8", offset, offset + length));
  };
  let manifest = json("index.json");
  while (manifest.manifests?.[0] !== undefined)
    manifest = json(blobName(manifest.manifests[0].digest));
  return (manifest.layers ?? []).map(({ digest }) => {
    const { offset, length } = member(blobName(digest));
    return toLayer(file, offset, length);
  });
}

function blobName(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

interface Descriptors {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly layers?: readonly { readonly digest: string }[];
}
