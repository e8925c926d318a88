import { createHash } from "node:crypto";
import { join } from "node:path";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { nearest } from "../../model/nearest.ts";
import { isJsonObject, objectAt, textAt, type JsonObject } from "../sources/json.ts";
import { systemFailure } from "../system-failure.ts";
import { parseEngineAddress, type EngineAddress, type EngineTls } from "./engine-address.ts";
import type { HostFiles } from "./host-files.ts";

/** An engine that a context of Docker's names. */
export interface ContextEngine {
  /** `unix:///home/me/.colima/docker.sock`, as it stands there. */
  readonly host: string;
  readonly address: Result<EngineAddress>;
}

/** `currentContext` of Docker's config.json; null where none is said, or `default`. */
export function readCurrentContext(folder: string, files: HostFiles): Result<string | null> {
  const config = readJsonFile(join(folder, "config.json"), files);
  if (!config.ok) return config;
  const name = config.value === null ? "" : textAt(config.value, "currentContext");
  return success(name === "" || name === "default" ? null : name);
}

/**
 * The engine of a context. A name that is none is `not-found`, with those that are. Source: docker/cli
 * cli/context/store: `contexts/meta/<sha256 of the name>/meta.json`, certificates in `contexts/tls/<the same>/docker`.
 */
export function readContext(name: string, folder: string, files: HostFiles): Result<ContextEngine> {
  const id = createHash("sha256").update(name).digest("hex");
  const file = join(folder, "contexts/meta", id, "meta.json");
  const meta = readJsonFile(file, files);
  if (!meta.ok) return meta;
  if (meta.value === null) {
    const known = listContexts(folder, files);
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
    const read = readTls(certificates, !skips, files);
    if (!read.ok) return read;
    const isUsed = skips || read.value.authority !== null || read.value.client !== null;
    return success(isUsed ? read.value : null);
  };
  return success({ host, address: parseEngineAddress(host, { where: file, tls }) });
}

/** `ca.pem`, `cert.pem` and `key.pem` of a folder, as far as they are there; a certificate has a key. */
export function readTls(folder: string, verifies: boolean, files: HostFiles): Result<EngineTls> {
  try {
    const read = (name: string): string | null => files.readText(join(folder, name));
    const [authority, certificate, key] = [read("ca.pem"), read("cert.pem"), read("key.pem")];
    if ((certificate === null) !== (key === null)) {
      const what = join(folder, certificate === null ? "cert.pem" : "key.pem");
      return failed({ kind: "not-found", what, where: null, near: [] });
    }
    const client = certificate === null || key === null ? null : { certificate, key };
    return success({ verifies, authority, client });
  } catch (error) {
    return failed(systemFailure(error, folder, null));
  }
}

/** Names of contexts; one whose file is broken is passed over: this is for a hint. */
function listContexts(folder: string, files: HostFiles): readonly string[] {
  const meta = join(folder, "contexts/meta");
  const names = listFolder(meta, files).flatMap((id) => {
    const json = readJsonFile(join(meta, id, "meta.json"), files);
    return json.ok && json.value !== null ? [textAt(json.value, "Name")] : [];
  });
  return names.filter((name) => name !== "").toSorted();
}

function listFolder(folder: string, files: HostFiles): readonly string[] {
  try {
    return files.list(folder);
  } catch (error) {
    systemFailure(error, folder, null);
    return [];
  }
}

/** Null when there is no such file. */
function readJsonFile(path: string, files: HostFiles): Result<JsonObject | null> {
  let text: string | null;
  try {
    text = files.readText(path);
  } catch (error) {
    return failed(systemFailure(error, path, null));
  }
  if (text === null) return success(null);
  try {
    const json: unknown = JSON.parse(text);
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
