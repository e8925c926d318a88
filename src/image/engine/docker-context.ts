import { createHash } from "node:crypto";
import { join } from "node:path";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { nearest } from "../../model/nearest.ts";
import type { Machine } from "../machine/machine.ts";
import { isJsonObject, objectAt, textAt, type JsonObject } from "../sources/json.ts";
import { parseEngineAddress, type EngineAddress, type EngineTls } from "./engine-address.ts";

/** An engine that a context of Docker's names. */
export interface ContextEngine {
  /** `unix:///home/me/.colima/docker.sock`, as it stands there. */
  readonly host: string;
  readonly address: Result<EngineAddress>;
}

/** `currentContext` of Docker's config.json; null where none is said, or `default`. */
export function readCurrentContext(folder: string, machine: Machine): Result<string | null> {
  const config = readJsonFile(join(folder, "config.json"), machine);
  if (!config.ok) return config;
  const name = config.value === null ? "" : textAt(config.value, "currentContext");
  return success(name === "" || name === "default" ? null : name);
}

/**
 * The engine of a context. A name that is none is `not-found`, with those that are. Source: docker/cli
 * cli/context/store: `contexts/meta/<sha256 of the name>/meta.json`, certificates in `contexts/tls/<the same>/docker`.
 */
export function readContext(name: string, folder: string, machine: Machine): Result<ContextEngine> {
  const id = createHash("sha256").update(name).digest("hex");
  const file = join(folder, "contexts/meta", id, "meta.json");
  const meta = readJsonFile(file, machine);
  if (!meta.ok) return meta;
  if (meta.value === null) {
    const known = listContexts(folder, machine);
    const near = nearest(name, known);
    return failed({
      kind: "not-found",
      what: `context ${name}`,
      where: folder,
      near: near.length > 0 ? near : known,
    });
  }
  const endpoint = objectAt(objectAt(meta.value, "Endpoints"), "docker");
  const host = textAt(endpoint, "Host");
  if (host === "") return failed(malformed(file, "it names no host of an engine"));
  const certificates = join(folder, "contexts/tls", id, "docker");
  const skips = endpoint["SkipTLSVerify"] === true;
  const tls = (): Result<EngineTls | null> => {
    const read = readTls(certificates, !skips, machine);
    if (!read.ok) return read;
    const isUsed = skips || read.value.authority !== null || read.value.client !== null;
    return success(isUsed ? read.value : null);
  };
  return success({ host, address: parseEngineAddress(host, { where: file, tls }) });
}

/** `ca.pem`, `cert.pem` and `key.pem` of a folder, as far as they are there; a certificate has a key. */
export function readTls(folder: string, verifies: boolean, machine: Machine): Result<EngineTls> {
  const texts: (string | null)[] = [];
  for (const name of ["ca.pem", "cert.pem", "key.pem"]) {
    const read = machine.readText(join(folder, name));
    if (!read.ok) return read;
    texts.push(read.value?.text ?? null);
  }
  const [authority = null, certificate = null, key = null] = texts;
  if ((certificate === null) !== (key === null)) {
    const what = join(folder, certificate === null ? "cert.pem" : "key.pem");
    return failed({ kind: "not-found", what, where: null, near: [] });
  }
  const client = certificate === null || key === null ? null : { certificate, key };
  return success({ verifies, authority, client });
}

/** Names of contexts; one whose file is broken is passed over: this is for a hint. */
function listContexts(folder: string, machine: Machine): readonly string[] {
  const meta = join(folder, "contexts/meta");
  const ids = machine.list(meta);
  const names = ((ids.ok && ids.value) || []).flatMap((id) => {
    const json = readJsonFile(join(meta, id, "meta.json"), machine);
    return json.ok && json.value !== null ? [textAt(json.value, "Name")] : [];
  });
  return names.filter((name) => name !== "").toSorted();
}

/** Null when there is no such file. */
function readJsonFile(path: string, machine: Machine): Result<JsonObject | null> {
  const read = machine.readText(path);
  if (!read.ok || read.value === null) return read.ok ? success(null) : read;
  try {
    const json: unknown = JSON.parse(read.value.text);
    return isJsonObject(json) ? success(json) : failed(malformed(path, "it is no JSON object"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failed(malformed(path, "it is not JSON"));
  }
}

function malformed(what: string, reason: string): Failure {
  const format = "configuration of Docker";
  return { kind: "malformed", what, where: null, format, reason, offsetBytes: null };
}
