import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractImage } from "../../src/image/sources/contract.ts";
import { ask, basic } from "./ask.ts";
import { Repository } from "./push-image.ts";
import { ociImage } from "./registry-images.ts";
import { authorize, reader, startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";

const missing = withoutBed();

type Answer = Readonly<Partial<Record<"token" | "access_token", string>>>;

function parseAnswer(body: Buffer): Answer {
  return JSON.parse(body.toString());
}

describe.skipIf(missing !== null)(`the token server${missing ?? ""}`, () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry({ auth: "token", tls: false, anonymousPull: true });
    const { layout, root } = ociImage(await contractImage());
    await (await Repository.open(registry, "team/app")).put(layout, root, ["one"]);
  });
  afterAll(() => registry.stop());

  const manifest = "/v2/team/app/manifests/one";
  function tokens(): NonNullable<Registry["tokens"]> {
    if (registry.tokens === null) throw new Error("the registry has no token server");
    return registry.tokens;
  }
  const query = (scope: string): string =>
    new URLSearchParams({ service: tokens().service, scope }).toString();
  const pull = "repository:team/app:pull";

  async function statusWith(token: string, method = "GET", path = manifest): Promise<number> {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: "application/vnd.oci.image.manifest.v1+json",
    };
    return (await ask({ url: registry.url + path, method, headers })).status;
  }
  async function get(scope: string, headers: Record<string, string> = {}): Promise<Answer> {
    const { body } = await ask({ url: `${tokens().realm}?${query(scope)}`, headers });
    return parseAnswer(body);
  }

  it("lets who has no name pull and nothing else", async () => {
    const { token = "", access_token } = await get("repository:team/app:pull,push");
    expect(access_token).toBe(token);
    expect(await statusWith(token)).toBe(200);
    expect(await statusWith(token, "POST", "/v2/team/app/blobs/uploads/")).toBe(401);
    expect(await statusWith(token, "GET", "/v2/team/other/tags/list")).toBe(401);
  });

  it("cuts the scope of a reader down", async () => {
    const headers = { authorization: basic(reader.username, reader.password) };
    const { token = "" } = await get("repository:team/app:pull,push", headers);
    expect(await statusWith(token)).toBe(200);
    expect(await statusWith(token, "POST", "/v2/team/app/blobs/uploads/")).toBe(401);
    expect(tokens().requests.at(-1)).toEqual({
      method: "GET",
      service: tokens().service,
      scopes: ["repository:team/app:pull,push"],
      user: "reader",
      grant: "basic",
    });
  });

  it("exchanges a refresh token by POST", async () => {
    const post = (refreshToken: string): ReturnType<typeof ask> =>
      ask({
        url: tokens().realm,
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: `${query(pull)}&grant_type=refresh_token&client_id=bed&refresh_token=${refreshToken}`,
      });
    const { access_token = "" } = parseAnswer((await post(reader.refreshToken)).body);
    expect(await statusWith(access_token)).toBe(200);
    expect((await post("wrong")).status).toBe(401);
  });

  it.each([
    ["the past", { skewSeconds: -3600 }, 401],
    ["the future", { skewSeconds: 3600 }, 401],
    ["a short life", { lifetimeSeconds: 5, saysSeconds: undefined }, 200],
    ["a certificate", { keyName: "x5c" }, 200],
    ["no access", { fault: { kind: "no-access" } }, 401],
  ] as const)("gives tokens of %s", async (_, behaviour, status) => {
    tokens().behave(behaviour);
    try {
      const { token = "" } = await get(pull);
      expect(await statusWith(token)).toBe(status);
    } finally {
      tokens().behave({
        skewSeconds: 0,
        lifetimeSeconds: 300,
        saysSeconds: null,
        keyName: "kid",
        fault: null,
      });
    }
  });

  it("answers wrongly as often as it is told", async () => {
    tokens().behave({ fault: { kind: "answer", status: 503, body: "down", times: 1 } });
    const url = `${tokens().realm}?${query(pull)}`;
    expect((await ask({ url })).status).toBe(503);
    expect((await ask({ url })).status).toBe(200);
    tokens().behave({ fault: { kind: "reset" } });
    await expect(ask({ url })).rejects.toThrow(/socket hang up|ECONNRESET/);
    tokens().behave({ fault: null });
    expect(await authorize(registry, "team/app")).toHaveProperty("authorization");
  });
});
