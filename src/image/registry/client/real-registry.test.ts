import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTar, MadeLayout, sha256, type MadeDescriptor } from "../../../../test/made-images.ts";
import {
  openRegistryClient,
  testEndpoint,
  type OpenClientOptions,
} from "../../../../test/open-registry-client.ts";
import { Repository } from "../../../../test/registry/push-image.ts";
import {
  owner,
  reader,
  startRegistry,
  type Registry,
  type RegistryOptions,
} from "../../../../test/registry/registry.ts";
import { withoutBed } from "../../../../test/registry/run-command.ts";
import type { Result } from "../../../model/failure.ts";
import type { Credential } from "../credentials.ts";

const missing = withoutBed();

const password: Credential = { kind: "password", ...owner };
const wrong: Credential = { kind: "password", username: "owner", password: "SECRET-wrong" };

function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

async function makeLayout() {
  const layout = new MadeLayout();
  const tar = await makeTar([["etc/motd", "hello\n".repeat(50_000)]]);
  const image = layout.image({ tars: [tar], compression: "none" });
  return { layout, image, layer: sha256(tar), layerBytes: tar.byteLength };
}

const kinds: readonly RegistryOptions[] = [
  { auth: "none", tls: false },
  { auth: "htpasswd", tls: true },
  { auth: "token", tls: true },
];

describe.skipIf(missing !== null).each(kinds)(
  `a real registry with auth $auth and TLS $tls${missing ?? ""}`,
  (options) => {
    const folder = mkdtempSync(join(tmpdir(), "fromage-client-"));
    let registry: Registry;
    let made: Awaited<ReturnType<typeof makeLayout>>;
    let image: MadeDescriptor;

    // What there is to be seen at this kind of registry.
    const itLogs = options.auth === "none" ? null : it;
    const itTokens = options.auth === "token" ? it : null;
    const [itTls, itPlain] = options.tls ? [it, null] : [null, it];

    const open = (credential: Credential | null, more: Partial<OpenClientOptions> = {}) => {
      const authorities =
        registry.authorityFile === null ? [] : [readFileSync(registry.authorityFile, "utf8")];
      const transport = { http: options.tls ? "never" : "only", authorities } as const;
      const endpoints = [testEndpoint(registry.host, { transport })];
      const credentials = credential === null ? {} : { [registry.host]: credential };
      return openRegistryClient({ endpoints, credentials, ...more });
    };

    beforeAll(async () => {
      registry = await startRegistry(options);
      made = await makeLayout();
      ({ image } = made);
      const repository = await Repository.open(registry, "team/app");
      await repository.put(made.layout, image, ["1.0", "1.1", "latest"]);
    });
    afterAll(async () => {
      rmSync(folder, { recursive: true, force: true });
      await registry.stop();
    });

    it("gives tags, manifests, configs, layers and what is attached", async () => {
      const { client, connections, clock } = open(password);
      const { digest, mediaType, size: sizeBytes } = image;
      expect(await client.resolve("1.0")).toEqual({
        ok: true,
        value: { digest, mediaType, sizeBytes },
      });
      expect(valueOf(await client.resolve(digest)).digest).toBe(digest);
      const manifest = valueOf(await client.manifest("latest"));
      expect(sha256(manifest.bytes)).toBe(digest);
      expect(valueOf(await client.manifest(digest)).bytes).toEqual(manifest.bytes);
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- it was made above
      const { config } = JSON.parse(manifest.bytes.toString()) as { config: MadeDescriptor };
      const bytes = valueOf(await client.blob({ digest: config.digest, sizeBytes: config.size }));
      expect(sha256(bytes)).toBe(config.digest);
      const tags = valueOf(await client.tags(10));
      expect([tags.tags, tags.isWhole]).toEqual([["1.0", "1.1", "latest"], true]);
      expect(await client.referrers(digest)).toEqual({ ok: true, value: [] });

      const file = join(folder, "layer");
      const layer = { digest: made.layer, sizeBytes: made.layerBytes, mediaType: "" };
      const begun = valueOf(await client.download(layer, file));
      expect(begun.layer).toMatchObject({ compression: "none", lengthBytes: made.layerBytes });
      expect(await begun.whole).toEqual({ ok: true, value: null });
      expect(sha256(readFileSync(file))).toBe(made.layer);
      expect(clock.sleeps).toEqual([]);
      await connections.close();
    });

    it("names the tags that are like one that is not there", async () => {
      const { client, connections } = open(password);
      expect(await client.resolve("1.2")).toEqual({
        ok: false,
        failure: {
          kind: "not-found",
          what: "app:1.2",
          where: registry.host,
          near: ["app:1.0", "app:1.1"],
        },
      });
      const other = await client.manifest(sha256("other"));
      expect(other).toMatchObject({ ok: false, failure: { kind: "not-found", near: [] } });
      await connections.close();
    });

    itLogs?.each([
      ["without a login", null, /asked without a login: none is known for it/],
      ["with a wrong login", wrong, /asked with the login from the test/],
    ])("refuses %s", async (_, credential, reason) => {
      const { client, connections } = open(credential);
      for (const result of [await client.resolve("1.0"), await client.manifest("1.0")]) {
        expect(result).toMatchObject({
          ok: false,
          failure: { kind: "denied", reason: expect.stringMatching(reason) },
        });
        expect(JSON.stringify(result)).not.toMatch(/SECRET|owner/);
      }
      await connections.close();
    });

    itTokens?.("takes an identity token", async () => {
      const identity: Credential = { kind: "identity-token", token: reader.refreshToken };
      const { client, connections } = open(identity);
      expect(valueOf(await client.resolve("1.0")).digest).toBe(image.digest);
      expect(registry.tokens?.requests.at(-1)).toMatchObject({
        method: "POST",
        grant: "refresh_token",
        scopes: ["repository:team/app:pull"],
      });
      await connections.close();
    });

    itTokens?.("asks once for a token that many wait for", async () => {
      const { client, connections, lookups } = open(password);
      const before = registry.tokens?.requests.length ?? 0;
      const all = await Promise.all(["1.0", "1.1", "latest"].map((tag) => client.resolve(tag)));
      expect(all.map((one) => valueOf(one).digest)).toEqual(all.map(() => image.digest));
      await client.manifest("1.0");
      expect((registry.tokens?.requests.length ?? 0) - before).toBe(1);
      expect(lookups).toEqual([registry.host]);
      await connections.close();
    });

    itTokens?.("does not mind a token server's wrong clock", async () => {
      registry.tokens?.behave({ skewSeconds: -20, lifetimeSeconds: 40 });
      const { client, connections, clock } = open(password);
      const before = registry.tokens?.requests.length ?? 0;
      valueOf(await client.resolve("1.0"));
      valueOf(await client.resolve("1.0"));
      clock.nowMs += 3_600_000;
      valueOf(await client.resolve("1.0"));
      expect((registry.tokens?.requests.length ?? 0) - before).toBe(2);
      registry.tokens?.behave({ skewSeconds: 0, lifetimeSeconds: 300 });
      await connections.close();
    });

    itTls?.("says whose certificate it does not know", async () => {
      const endpoints = [testEndpoint(registry.host, { transport: { http: "never" } })];
      const { client, connections } = openRegistryClient({ endpoints });
      const reason = expect.stringMatching(/authority .*not known.*certs\.d/);
      const failure = { kind: "unreachable", what: "app:1.0", where: registry.host, reason };
      expect(await client.resolve("1.0")).toEqual({ ok: false, failure });
      await connections.close();
    });

    itPlain?.("says that it speaks no TLS, unless it may be asked by http", async () => {
      for (const http of ["never", "fallback"] as const) {
        const endpoints = [testEndpoint(registry.host, { transport: { http } })];
        const { client, connections } = openRegistryClient({ endpoints });
        const result = await client.resolve("1.0");
        const reason = expect.stringMatching(/speaks plain HTTP, not TLS/);
        if (http === "fallback") expect(valueOf(result).digest).toBe(image.digest);
        else expect(result).toMatchObject({ failure: { kind: "unreachable", reason } });
        await connections.close();
      }
    });
  },
);
