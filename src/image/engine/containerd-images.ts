import { closeSync, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { openBolt, type BoltBucket, type BoltDatabase } from "../../formats/bolt/bucket.ts";
import { FormatError } from "../../formats/format-error.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { fromDescriptor } from "../file-window.ts";
import { readDescriptor, type Descriptor } from "../sources/descriptors.ts";
import { systemFailure } from "../system-failure.ts";

/** A name that containerd has for an image. */
export interface ContainerdName {
  readonly namespace: string;
  /** Whole: `docker.io/library/alpine:3.20`; for Kubernetes `sha256:` and the digest of a config too. */
  readonly name: string;
  /** Of the manifest or index. */
  readonly target: Descriptor;
}

/** Below the root of containerd. Source: containerd 1.6 to 2.1, plugins metadata and content/local. */
const metaPath = "io.containerd.metadata.v1.bolt/meta.db";

/** What a user is told who may not read it. */
export const closedStore = "the store of containerd is closed to this user; use sudo";

/** Far more than a node of a cluster has. */
const maxNames = 100_000;
/** How often it is read again because containerd wrote meanwhile. */
const maxAttempts = 20;

/** A content store of containerd as it was when it was opened. */
export interface ContainerdStore {
  /** `/var/lib/containerd`. */
  readonly root: string;
  /** By namespace, then by name. */
  readonly names: readonly ContainerdName[];
}

/**
 * All names of images in a store. Closed to this user is `denied`, none there is `not-found`. containerd itself is not asked, nor stopped from
 * writing. Source: containerd metadata/buckets.go: `v1/NAMESPACE/images/NAME/target` with digest, mediatype and size.
 */
export function openContainerdStore(root: string): Result<ContainerdStore> {
  const names = readContainerdNames(root);
  return names.ok ? success({ root, names: names.value }) : names;
}

function readContainerdNames(root: string): Result<readonly ContainerdName[]> {
  const file = join(root, metaPath);
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, "r");
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const names = readOnce(descriptor, file);
      if (names !== null) return names;
    }
    const reason = "containerd changed it every time it was read";
    return failed({ kind: "unreachable", what: file, where: null, reason });
  } catch (error) {
    const failure = systemFailure(error, file, null);
    return failed(failure.kind === "denied" ? { ...failure, reason: closedStore } : failure);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/**
 * Null when it was written meanwhile. The next transaction leaves alone what this one uses, the second writes over it and is
 * seen only when it is done: nothing that was read is believed, sound or broken, unless this one is still the newest.
 */
function readOnce(descriptor: number, file: string): Result<readonly ContainerdName[]> | null {
  const before = openNow(descriptor, file);
  const names = before.ok ? readNames(before.value.root, file) : before;
  const after = openNow(descriptor, file);
  const isSame =
    before.ok === after.ok &&
    (!before.ok || !after.ok || before.value.transaction === after.value.transaction);
  return isSame ? names : null;
}

/** Through a window of its own: what was read before is not what is there now. */
function openNow(descriptor: number, file: string): Result<BoltDatabase> {
  return attempt(file, () => {
    return success(openBolt(fromDescriptor(descriptor, fstatSync(descriptor).size)));
  });
}

function readNames(root: BoltBucket, file: string): Result<readonly ContainerdName[]> {
  return attempt(file, () => collectNames(root, file));
}

function attempt<Value>(file: string, read: () => Result<Value>): Result<Value> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { format, message: reason, offsetBytes } = error;
    return failed({ kind: "malformed", what: file, where: null, format, reason, offsetBytes });
  }
}

function collectNames(root: BoltBucket, file: string): Result<readonly ContainerdName[]> {
  const names: ContainerdName[] = [];
  const version = root.bucket("v1");
  for (const namespace of version?.entries() ?? []) {
    // Beside the namespaces stands the number of the format.
    if (namespace.kind !== "bucket") continue;
    for (const image of namespace.bucket.bucket("images")?.entries() ?? []) {
      const target = image.kind === "bucket" ? readTarget(image.bucket) : null;
      if (target === null) {
        throw new FormatError("bolt", `The image ${image.key} has no target that is a digest`);
      }
      names.push({ namespace: namespace.key, name: image.key, target });
      if (names.length > maxNames) {
        const [budget, unit, limit] = ["images of containerd", "entries", maxNames] as const;
        return failed({ kind: "over-limit", what: file, where: null, budget, limit, unit });
      }
    }
  }
  return success(names);
}

/** The size is left out: it is a number of Go's own form, and the digest is verified. */
function readTarget(image: BoltBucket): Descriptor | null {
  const fields: Record<string, string> = {};
  for (const entry of image.bucket("target")?.entries() ?? []) {
    if (entry.kind === "value") fields[entry.key] = entry.value.toString("utf8");
  }
  return readDescriptor({ digest: fields["digest"], mediaType: fields["mediatype"] });
}
