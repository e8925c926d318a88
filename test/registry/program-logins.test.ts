import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contractImage } from "../../src/image/sources/contract.ts";
import { runProgram, type Ended } from "./program.ts";
import { Repository } from "./push-image.ts";
import { ociImage } from "./registry-images.ts";
import { owner, startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";
import type { TokenBehaviour } from "./token-server.ts";

const missing = withoutBed();

const pair = (password: string): object => ({
  auth: Buffer.from(`${owner.username}:${password}`).toString("base64"),
});

describe.skipIf(missing !== null).each(["htpasswd", "token"] as const)(
  `the program logs in by %s${missing ?? ""}`,
  (auth) => {
    let registry: Registry;
    let scratch = "";
    beforeAll(async () => {
      // One home for all: a new one has no compiled code, which takes seconds.
      scratch = mkdtempSync(join(tmpdir(), "fromage-login-"));
      registry = await startRegistry({ auth, tls: true });
      const { layout, root } = ociImage(await contractImage());
      await (await Repository.open(registry, "team/app")).put(layout, root, ["one"]);
    });
    afterAll(async () => {
      await registry.stop();
      rmSync(scratch, { recursive: true, force: true });
    });
    beforeEach(() => {
      rmSync(join(scratch, "home/.docker"), { recursive: true, force: true });
      registry.tokens?.behave({ fault: null, skewSeconds: 0, field: "both" });
    });

    /** As `docker login` keeps it. */
    function keep(entry: object): void {
      const folder = join(scratch, "home/.docker");
      mkdirSync(folder, { recursive: true });
      const text = JSON.stringify({ auths: { [registry.host]: entry } });
      writeFileSync(join(folder, "config.json"), text);
    }
    async function list(): Promise<Ended> {
      const reference = `registry:${registry.host}/team/app:one`;
      const ended = await runProgram(scratch, "ls", "--no-cache", reference, "/etc");
      const said = ended.stdout + ended.stderr;
      for (const secret of [owner.password, owner.refreshToken, "wrong-secret"]) {
        expect(said).not.toContain(secret);
        expect(said).not.toContain(Buffer.from(`${owner.username}:${secret}`).toString("base64"));
      }
      return ended;
    }
    const found = { status: 0, stdout: "os-release\n", stderr: "" };

    it("with the login that Docker keeps", async () => {
      keep(pair(owner.password));
      expect(await list()).toEqual(found);
    });

    it("and says that it has none, or a wrong one", async () => {
      expect(await list()).toMatchObject({ status: 3, stdout: "" });
      keep(pair("wrong-secret"));
      const wrong = await list();
      expect(wrong).toMatchObject({ status: 3, stdout: "" });
      expect(wrong.stderr).toMatch(/config\.json/);
    });

    if (auth === "htpasswd") return;

    it("with a refresh token", async () => {
      keep({ identitytoken: owner.refreshToken });
      expect(await list()).toEqual(found);
      expect(registry.tokens?.requests.at(-1)).toMatchObject({
        method: "POST",
        grant: "refresh_token",
        user: owner.username,
        scopes: ["repository:team/app:pull"],
      });
    });

    const behaviours: readonly (readonly [
      name: string,
      behaviour: Partial<TokenBehaviour>,
      expected: "found" | RegExp,
    ])[] = [
      ["access_token alone", { field: "access_token" }, "found"],
      ["503 once", { fault: { kind: "answer", status: 503, body: "", times: 1 } }, "found"],
      ["no access", { fault: { kind: "no-access" } }, /private|denied|refuses/],
      ["tokens of yesterday", { skewSeconds: -86_400 }, /private|denied|refuses/],
      ["no JSON", { fault: { kind: "answer", status: 200, body: "<html>" } }, /no token/],
    ];
    it.each(behaviours)("though the token server gives %s", async (_, behaviour, expected) => {
      keep(pair(owner.password));
      registry.tokens?.behave(behaviour);
      const before = registry.tokens?.requests.length ?? 0;
      const ended = await list();
      if (expected === "found") expect(ended).toEqual(found);
      else {
        expect(ended).toMatchObject({ status: 3, stdout: "" });
        expect(ended.stderr).toMatch(expected);
      }
      // Asked again, but not for ever.
      expect((registry.tokens?.requests.length ?? 0) - before).toBeLessThanOrEqual(3);
    });
  },
);
