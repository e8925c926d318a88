import { isJsonObject, objectAt, textsByName, type JsonObject } from "../../sources/json.ts";
import type { Credential } from "../credentials.ts";
import { problem, type Parsed, type TextProblem } from "../settings/text-problem.ts";
import { parseJsonObject } from "../settings/parse-json-object.ts";

/** What a Docker config.json or a containers-auth.json says of credentials. */
export interface AuthFile {
  /** By key as written: a host, an address, a host with a path. Entries that hold nothing are left out. */
  readonly entries: ReadonlyMap<string, AuthEntry>;
  /** `credHelpers`: names of helpers by key. */
  readonly helpers: ReadonlyMap<string, string>;
  /** `credsStore`: the helper that is asked for everything else. */
  readonly store: string | null;
}

/** An entry that is wrong stays in its place: a worse one must not be taken for it. `reason` says nothing of its values. */
export type AuthEntry = Credential | { readonly kind: "broken"; readonly reason: string };

export const emptyAuthFile: AuthFile = { entries: new Map(), helpers: new Map(), store: null };

/** Whether the text may stand behind `docker-credential-`. It becomes a part of a path. */
export function isHelperName(text: string): boolean {
  return /^[\w.-]+$/.test(text);
}

/**
 * Reads such a file:
 *
 *     { "auths": { "quay.io": { "auth": "dXNlcjpwYXNzd29yZA==" } },
 *       "credHelpers": { "registry.example": "pass" }, "credsStore": "secretservice" }
 *
 * Null when it is no JSON. No problem repeats a value. Source: docker/cli v29, cli/config/configfile and types.AuthConfig; containers-auth.json(5).
 */
export function parseAuthFile(text: string): Parsed<AuthFile | null> {
  // `touch` made it, or a login that failed. Source: docker/cli v29, LoadFromReader takes an empty file for none.
  if (text.trim() === "") return { value: emptyAuthFile, problems: [] };
  const { value: top, problems } = parseJsonObject(text);
  if (top === null) return { value: null, problems };
  const wrong: TextProblem[] = [];
  for (const name of ["auths", "credHelpers"]) {
    const value = top[name];
    const isAbsent = value === undefined || value === null;
    if (!isAbsent && !isJsonObject(value)) wrong.push(problem(`${name} must be an object`));
  }
  const entries = readEntries(objectAt(top, "auths"), wrong);
  const helpers = readHelpers(top, wrong);
  const store = typeof top["credsStore"] === "string" ? top["credsStore"] : "";
  if (store !== "" && !isHelperName(store))
    wrong.push(problem("credsStore is no name of a helper"));
  return {
    value: { entries, helpers, store: isHelperName(store) ? store : null },
    problems: wrong,
  };
}

function readEntries(auths: JsonObject, wrong: TextProblem[]): ReadonlyMap<string, AuthEntry> {
  const entries = new Map<string, AuthEntry>();
  for (const [key, entry] of Object.entries(auths)) {
    const read = isJsonObject(entry) ? readEntry(entry) : "is no object";
    if (typeof read === "string") {
      const reason = `auths ${JSON.stringify(showKey(key))} ${read}`;
      wrong.push(problem(reason));
      entries.set(key, { kind: "broken", reason });
    } else if (read !== null) {
      entries.set(key, read);
    }
  }
  return entries;
}

/** Null: `{}`, which `docker login` leaves behind where a helper keeps the rest. A text says what is wrong. */
function readEntry(entry: JsonObject): Credential | string | null {
  const field = (name: string): string => {
    const value = entry[name];
    return typeof value === "string" ? value : "";
  };
  // Docker takes the strongest first: source docker/cli v29 and moby v29, NewAuthConfig in registry/auth.
  if (field("registrytoken") !== "") return { kind: "bearer", token: field("registrytoken") };
  if (field("identitytoken") !== "")
    return { kind: "identity-token", token: field("identitytoken") };
  if (field("auth") !== "") return decodeAuth(field("auth"));
  const [username, password] = [field("username"), field("password")];
  return username === "" ? null : { kind: "password", username, password };
}

/** `USER:PASSWORD` in base64; the first colon divides, NULs at the password's ends are padding. */
function decodeAuth(auth: string): Credential | string {
  const bare = auth.replace(/[\r\n]/g, "");
  if (bare.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(bare))
    return "has an auth that is not base64";
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(bare, "base64"),
    );
  } catch {
    return "has an auth that is not UTF-8";
  }
  const colon = text.indexOf(":");
  if (colon <= 0) return "has an auth that is not USER:PASSWORD";
  const password = text.slice(colon + 1).replace(/^\0+|\0+$/g, "");
  return { kind: "password", username: text.slice(0, colon), password };
}

function readHelpers(top: JsonObject, wrong: TextProblem[]): ReadonlyMap<string, string> {
  const helpers = Object.entries(textsByName(top, "credHelpers"));
  const bad = helpers.filter(([, name]) => name !== "" && !isHelperName(name));
  for (const [key] of bad) {
    wrong.push(problem(`credHelpers ${JSON.stringify(showKey(key))} is no name of a helper`));
  }
  return new Map(helpers.filter(([, name]) => name === "" || isHelperName(name)));
}

/** A key without what could be a user and password in it, and of bounded length. */
export function showKey(key: string): string {
  return key.replace(/^(\w+:\/\/)?[^/]*@/, "$1").slice(0, 300);
}
