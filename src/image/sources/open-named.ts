import { failed, type Failure } from "../../model/failure.ts";
import type { OpenImages } from "../image.ts";
import type { RemoteRequest, RemoteSources } from "./remote-sources.ts";

export interface NamedRequest {
  /** What follows the scheme, or the whole reference. */
  readonly name: string;
  /** Null: nothing was said, and no file of that name is there. */
  readonly source: "docker" | "registry" | null;
  readonly remote: RemoteSources | undefined;
  readonly request: RemoteRequest;
}

/**
 * Opens an image by its name: as its scheme says, else from an engine and, where no engine has it, from its registry. A name
 * without tag, digest and host may be meant as a file as well: it is looked for in engines only.
 */
export async function openNamed(named: NamedRequest): Promise<OpenImages> {
  const { name, source, remote, request } = named;
  const { reference } = request;
  if (source === null && !couldBeName(name)) return failed(notThere(reference));
  if (remote === undefined) return failed(noRemote(reference));
  if (source === "docker") return remote.openEngine(name, request);
  if (source === "registry") return remote.openRegistry(name, request);
  const fromEngine = await remote.openEngine(name, request);
  if (fromEngine.ok || fromEngine.failure.kind === "cancelled") return fromEngine;
  // It is there and cannot be read: another image of that name is not what was asked for.
  if (fromEngine.failure.kind !== "not-found") return fromEngine;
  if (!saysWhere(name)) return failed(nowhere(reference));
  const fromRegistry = await remote.openRegistry(name, request);
  return fromRegistry.ok
    ? fromRegistry
    : failed(joinNear(fromRegistry.failure, fromEngine.failure));
}

/** Names that are alike in the registry, then those in engines. */
function joinNear(failure: Failure, { near }: Extract<Failure, { kind: "not-found" }>): Failure {
  if (failure.kind !== "not-found") return failure;
  return { ...failure, near: [...new Set([...failure.near, ...near])] };
}

/** What an engine could know it by; a path that starts as one, or ends as an archive, is meant as a file. */
function couldBeName(name: string): boolean {
  if (/\.(?:tar|tgz|gz|xz|zst|bz2|zip|json|ya?ml)$/i.test(name)) return false;
  return name.length <= 512 && /^[A-Za-z0-9[][\w.:/@[\]+-]*$/.test(name);
}

/** A tag, a digest, or a host before the first slash: nobody would name a file so. */
function saysWhere(name: string): boolean {
  const [first = ""] = name.split("/");
  const isHost = name.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return isHost || /:[\w.-]+$|@/.test(name);
}

function notThere(reference: string): Failure {
  return { kind: "not-found", what: reference, where: null, near: [] };
}

/** `alpine` alone. */
function nowhere(what: string): Failure {
  const reason = `no file and no image of an engine has that name; ${what}:latest asks its registry too`;
  return { kind: "unsupported", what, where: null, reason };
}

function noRemote(what: string): Failure {
  const reason = "no file of that name is there, and engines and registries are not asked here";
  return { kind: "unsupported", what, where: null, reason };
}
