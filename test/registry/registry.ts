import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, basic } from "./ask.ts";
import { makeCertificates, makeTokenSigner, type Certificates } from "./certificates.ts";
import { runCommand, startCommand } from "./run-command.ts";
import { startTokenServer, type TokenServer, type TokenUser } from "./token-server.ts";

export interface Registry {
  /** `127.0.0.1:40123`. */
  readonly host: string;
  /** With its scheme, without a slash at the end. */
  readonly url: string;
  readonly auth: RegistryOptions["auth"];
  /** PEM of the own authority; null where it speaks plain HTTP. */
  readonly authorityFile: string | null;
  /** For others that stand in for it under the same authority; null where it speaks plain HTTP. */
  readonly certificates: Certificates | null;
  /** Of who may pull and push; empty where nobody is asked. */
  readonly username: string;
  readonly password: string;
  /** Where tokens come from; null for another kind of `auth`. */
  readonly tokens: TokenServer | null;
  /** Everything it stores; another registry may be started over it. */
  readonly storageFolder: string;
  /** Ends it and removes its folder. May be called twice. */
  stop(): Promise<void>;
}

export interface RegistryOptions {
  readonly auth: "none" | "htpasswd" | "token";
  readonly tls: boolean;
  /** The storage of another registry, which stays its. */
  readonly storage?: string;
  /** With `auth: "token"`: whether who has no name may pull. */
  readonly anonymousPull?: boolean;
}

/** Who may pull and push. The password holds what tears unquoted header and address writers apart. */
export const owner: TokenUser = {
  username: "owner",
  password: "pass:w0rd/ü",
  refreshToken: "refresh-owner",
  actions: ["pull", "push"],
};

/** Known at the token server, and may pull only. */
export const reader: TokenUser = {
  username: "reader",
  password: "reads",
  refreshToken: "refresh-reader",
  actions: ["pull"],
};

/** Starts Debian's docker-registry on a free port, and its token server where tokens are asked for. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), "fromage-registry-"));
  let tokens: TokenServer | null = null;
  try {
    const certificates = options.tls ? await makeCertificates(folder) : null;
    if (options.auth === "token") tokens = await startTokens(folder, options, certificates);
    const storageFolder = options.storage ?? join(folder, "storage");
    const auth = await authSection(options.auth, folder, tokens);
    const config = registryConfig({ storageFolder, auth, certificates });
    const configFile = join(folder, "config.json");
    writeFileSync(configFile, JSON.stringify(config));
    const listening = /listening on (127\.0\.0\.1:\d+)/;
    const running = await startCommand("docker-registry", ["serve", configFile], listening);
    const host = running.ready[1] ?? "";
    const isOpen = options.auth === "none";
    return {
      host,
      url: `${options.tls ? "https" : "http"}://${host}`,
      auth: options.auth,
      authorityFile: certificates?.authorityFile ?? null,
      certificates,
      username: isOpen ? "" : owner.username,
      password: isOpen ? "" : owner.password,
      tokens,
      storageFolder,
      stop: async () => {
        await Promise.all([running.stop(), tokens?.stop()]);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await tokens?.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startTokens(
  folder: string,
  options: RegistryOptions,
  certificates: Certificates | null,
): Promise<TokenServer> {
  return startTokenServer({
    users: [owner, reader],
    anonymousPull: options.anonymousPull ?? false,
    signer: await makeTokenSigner(folder),
    certificates,
  });
}

async function authSection(
  auth: RegistryOptions["auth"],
  folder: string,
  tokens: TokenServer | null,
): Promise<object> {
  if (tokens !== null) {
    const { realm, service, issuer, signer } = tokens;
    return { token: { realm, service, issuer, rootcertbundle: signer.certificateFile } };
  }
  if (auth !== "htpasswd") return {};
  const path = join(folder, "htpasswd");
  writeFileSync(path, await runCommand("htpasswd", ["-nbB", owner.username, owner.password]));
  return { htpasswd: { realm: "fromage test registry", path } };
}

/** JSON is YAML. Source: distribution 2.8, docs/configuration.md. */
function registryConfig(parts: {
  readonly storageFolder: string;
  readonly auth: object;
  readonly certificates: Certificates | null;
}): object {
  const { storageFolder, auth, certificates } = parts;
  const tls =
    certificates === null
      ? {}
      : { tls: { certificate: certificates.certificateFile, key: certificates.keyFile } };
  return {
    version: "0.1",
    log: { level: "info" },
    storage: {
      filesystem: { rootdirectory: storageFolder },
      delete: { enabled: false },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: "127.0.0.1:0", relativeurls: true, ...tls },
    auth,
    // Manifests with foreign layers and of schema 1 are refused otherwise.
    validation: { manifests: { urls: { allow: ["^https?://"] } } },
    compatibility: { schema1: { enabled: true } },
  };
}

/**
 * The headers that let the owner do something to a repository there: none, Basic, or a token fetched for it.
 * Throws when the token server gives none.
 */
export async function authorize(
  registry: Registry,
  repository: string,
): Promise<Readonly<Record<string, string>>> {
  const { tokens, username, password } = registry;
  if (registry.auth === "none") return {};
  if (tokens === null) return { authorization: basic(username, password) };
  const query = new URLSearchParams({
    service: tokens.service,
    scope: `repository:${repository}:pull,push`,
  });
  const { body } = await ask({
    url: `${tokens.realm}?${query.toString()}`,
    headers: { authorization: basic(username, password) },
    authorityFile: registry.authorityFile,
  });
  const [, token] = /"token":"([^"]+)"/.exec(body.toString()) ?? [];
  if (token === undefined) throw new Error(`Cannot get a token: ${body.toString()}`);
  return { authorization: `Bearer ${token}` };
}
