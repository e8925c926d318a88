import { join } from "node:path";
import { withBudgets } from "../../model/budgets.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { OpenImages } from "../image.ts";
import { folderBlobs } from "../sources/blobs.ts";
import { openRoots } from "../sources/oci-layout.ts";
import type { RemoteRequest } from "../sources/remote-sources.ts";
import { closedStore, type ContainerdName, type ContainerdStore } from "./containerd-images.ts";
import { isEngineName, nearNames, wholeName } from "./image-spelling.ts";

/** Below the root of containerd; its blobs stand as in an OCI layout. */
const contentPath = "io.containerd.content.v1.content";

export interface ContainerdRequest extends RemoteRequest {
  readonly store: ContainerdStore;
  /** The one that is looked into first; null: `default`, that of Kubernetes, that of Docker, the others. */
  readonly namespace: string | null;
}

/**
 * Opens an image of containerd's content store, by a name or digest, whole or shortened as Docker does it. Blobs that this user
 * may not read are `denied`; an image of which containerd kept only the unpacked files is `unsupported`.
 */
export function openContainerdImages(name: string, request: ContainerdRequest): OpenImages {
  const { store, reference, platforms, signal } = request;
  const { root, names } = store;
  const where = `containerd at ${root}`;
  if (signal?.aborted === true) return failed({ kind: "cancelled", what: name, where });
  const found = findName(name, names, { where, namespace: request.namespace });
  if (!found.ok) return found;
  const { name: whole, namespace, target } = found.value;
  const content = folderBlobs(join(root, contentPath), withBudgets(request.budgets));
  const blobs = { ...content, name: where };
  const layout = { reference, source: "containerd", tag: null, options: { platforms } } as const;
  const images = openRoots([target], blobs, layout);
  if (!images.ok) return failed(explain(images.failure, name));
  const origin = `${where}, namespace ${namespace}`;
  const isName = !whole.startsWith("sha256:");
  return success(
    images.value.map((image) => ({ ...image, origin, ...(isName ? { name: whole } : {}) })),
  );
}

interface Place {
  readonly where: string;
  readonly namespace: string | null;
}

function findName(
  name: string,
  names: readonly ContainerdName[],
  { where, namespace }: Place,
): Result<ContainerdName> {
  const known = names.filter((one) => !one.name.startsWith("sha256:"));
  const near = (): readonly string[] =>
    nearNames(
      name,
      known.map((one) => one.name),
    );
  if (!isEngineName(name)) return failed({ kind: "not-found", what: name, where, near: near() });
  const ordered = names.toSorted(
    (a, b) => rank(a.namespace, namespace) - rank(b.namespace, namespace),
  );
  const wanted = new Set([name, wholeName(name)]);
  const named = ordered.find((one) => wanted.has(one.name)) ?? findDigest(name, ordered);
  if (named !== undefined) return success(named);
  const ids = findIds(name, ordered);
  const [first] = ids;
  if (first === undefined) return failed({ kind: "not-found", what: name, where, near: near() });
  if (ids.some(({ target }) => target.digest !== first.target.digest)) {
    const reason = "several images begin with that id";
    return failed({ kind: "unsupported", what: name, where, reason });
  }
  return success(first);
}

function rank(namespace: string, first: string | null): number {
  const order = [...(first === null ? [] : [first]), "default", "k8s.io", "moby"];
  const at = order.indexOf(namespace);
  return at < 0 ? order.length : at;
}

/** `alpine@sha256:…`: any name of that repository that stands for the digest. */
function findDigest(name: string, names: readonly ContainerdName[]): ContainerdName | undefined {
  const [repository, digest] = wholeName(name).split("@");
  const isOf = (one: string): boolean => one.replace(/(?:@.*|:[\w.-]+)$/, "") === repository;
  return digest === undefined
    ? undefined
    : names.find((one) => one.target.digest === digest && isOf(one.name));
}

/** By the start of its manifest's digest, or of its config's, which Kubernetes has names for. */
function findIds(name: string, names: readonly ContainerdName[]): readonly ContainerdName[] {
  const hex = /^(?:sha256:)?([0-9a-f]{6,64})$/.exec(name)?.[1];
  if (hex === undefined) return [];
  const start = `sha256:${hex}`;
  return names.filter((one) => one.target.digest.startsWith(start) || one.name.startsWith(start));
}

function explain(failure: Failure, name: string): Failure {
  if (failure.kind === "denied") return { ...failure, reason: closedStore };
  if (failure.kind !== "not-found" || !failure.what.startsWith("blobs/")) return failure;
  const reason = `containerd no longer has its ${failure.what}: it may keep unpacked layers only (discard_unpacked_layers)`;
  return { kind: "unsupported", what: name, where: failure.where, reason };
}
