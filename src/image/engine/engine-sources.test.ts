import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { makeOldDockerSave, type MadeImage } from "../../../test/made-images.ts";
import { makeCertificates, makeTokenSigner } from "../../../test/registry/certificates.ts";
import type { Failure } from "../../model/failure.ts";
import { describeFailure } from "../../report/failure-words.ts";
import type { OpenImages } from "../image.ts";
import { contractImage, contractPaths, seeImage } from "../sources/contract.ts";
import { EngineSources } from "./engine-sources.ts";
import { openMachine } from "../machine/open-machine.ts";
import {
  bytes,
  inspect,
  json,
  oneImage,
  serveScript,
  version,
  type Script,
} from "../../../test/engine/scripted-engine.ts";

let scratch = "";
let count = 0;
let image: MadeImage = { tars: [] };
let script: Script = [];
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-engines-"));
  image = await contractImage();
  script = oneImage(image, bytes(await makeOldDockerSave(image, "app:1")));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function newFolder(): string {
  const folder = join(scratch, `${count++}`);
  mkdirSync(folder);
  return folder;
}

interface Machine {
  readonly sources: EngineSources;
  /** In words. */
  readonly notices: string[];
  readonly open: (reference: string) => Promise<OpenImages>;
}

/** A machine that has only what its environment names, and files of the home folder. */
function machine(env: Readonly<Record<string, string>>, home = scratch): Machine {
  const notices: string[] = [];
  const exists = (): boolean => false;
  const sources = new EngineSources({
    machine: { ...openMachine({ env, home, userId: null }), exists },
    onNotice: (notice) => notices.push(describeFailure(notice)),
  });
  onTestFinished(() => sources.close());
  const open = (reference: string): Promise<OpenImages> =>
    sources.open(reference.replace("docker:", ""), {
      reference,
      platforms: [],
      temporaryFolder: join(scratch, "temporary"),
    });
  return { sources, notices, open };
}

async function serve(answers: Script): Promise<string> {
  const engine = await serveScript(newFolder(), answers);
  onTestFinished(() => engine.close());
  return engine.found.text;
}

function failureOf(opened: OpenImages): Failure {
  return opened.ok ? expect.fail("it was opened") : opened.failure;
}

const empty: Script = [
  [/version/, version],
  [/images\/json$/, json([{ RepoTags: ["ap:1", "docker.io/library/other:2"] }])],
];
const nowhere = "unix:///nowhere/engine.sock";

describe("EngineSources.open()", () => {
  it("takes the first engine that has it, and tells once of one that cannot be asked", async () => {
    const { open, notices } = machine({
      DOCKER_HOST: nowhere,
      CONTAINER_HOST: await serve(script),
    });
    for (const reference of ["app:1", "docker:app:1"]) {
      expect(await open(reference)).toMatchObject({
        ok: true,
        value: [{ name: "app:1", reference }],
      });
    }
    const reason = "there is no such socket; is the engine running";
    expect(notices).toEqual([`Cannot reach ${nowhere}: ${reason}`]);
  });

  it("asks the next when one does not have it", async () => {
    const hosts = { DOCKER_HOST: await serve(empty), CONTAINER_HOST: await serve(script) };
    const { open, notices } = machine(hosts);
    expect(await open("app:1")).toMatchObject({ ok: true });
    expect(notices).toEqual([]);
  });

  it("none has it: not found, with what is alike among all", async () => {
    const hosts = { DOCKER_HOST: await serve(empty), CONTAINER_HOST: await serve(script) };
    expect(failureOf(await machine(hosts).open("app:2"))).toEqual({
      kind: "not-found",
      what: "app:2",
      where: "any engine",
      near: ["ap:1", "app:1"],
    });
  });

  it("one that is there and broken is not looked for elsewhere", async () => {
    const broken: Script = [[/app:1\/json/, json({ ...inspect(image), RootFS: {} })], ...script];
    const hosts = { DOCKER_HOST: await serve(broken), CONTAINER_HOST: await serve(script) };
    expect(failureOf(await machine(hosts).open("app:1")).kind).toBe("malformed");
  });

  it.each([
    ["app:1", "not-found", /^Cannot find app:1: there is none$/],
    ["docker:app:1", "unreachable", /^Cannot reach app:1: no engine was found/],
  ] as const)("%s where there is no engine", async (reference, kind, words) => {
    const failure = failureOf(await machine({}).open(reference));
    expect([failure.kind, describeFailure(failure)]).toEqual([kind, expect.stringMatching(words)]);
  });

  it.each([
    ["app:1", "not-found", 1],
    // It is the failure itself, and need not be told before.
    ["docker:app:1", "unreachable", 0],
  ] as const)("%s where no engine can be asked", async (reference, kind, told) => {
    const { open, notices } = machine({ DOCKER_HOST: nowhere });
    expect(failureOf(await open(reference)).kind).toBe(kind);
    expect(notices).toHaveLength(told);
  });

  it("a context that is not there is no image that is not there", async () => {
    const { open } = machine({ DOCKER_CONTEXT: "far" });
    const failure = failureOf(await open("docker:app:1"));
    expect(describeFailure(failure)).toMatch(/^Cannot reach context far in .*: it is not there$/);
  });

  it("a signal that has fired is the end of it", async () => {
    const { sources } = machine({
      DOCKER_HOST: await serve(empty),
      CONTAINER_HOST: await serve(script),
    });
    const signal = AbortSignal.abort();
    const request = { reference: "app:1", platforms: [], temporaryFolder: scratch };
    const opened = await sources.open("app:1", { ...request, signal });
    expect(failureOf(opened).kind).toBe("cancelled");
    // What was cancelled is not remembered of the engine.
    expect(await sources.open("app:1", request)).toMatchObject({ ok: true });
  });
});

describe("EngineSources.names()", () => {
  it("gives those of all engines, as people write them, and none of one that is not there", async () => {
    const hosts = { DOCKER_HOST: await serve(empty), CONTAINER_HOST: await serve(script) };
    expect(await machine(hosts).sources.names()).toEqual(["ap:1", "app:1", "other:2"]);
    expect(await machine({ DOCKER_HOST: nowhere }).sources.names()).toEqual([]);
  });
});

const tool = "openssl";
const isWithout = spawnSync(tool, ["version"]).error !== undefined;
describe.skipIf(isWithout)(`an engine over TLS${isWithout ? " (skipped: no openssl)" : ""}`, () => {
  /** Serves the script to whoever shows the client's certificate; the folders are those of DOCKER_CERT_PATH. */
  async function serveTls(): Promise<{ host: string; good: string; stranger: string }> {
    const folder = newFolder();
    const server = await makeCertificates(folder);
    const client = await makeTokenSigner(folder, "client");
    const authority = readFileSync(server.authorityFile);
    const listener = createServer(
      {
        cert: readFileSync(server.certificateFile),
        key: readFileSync(server.keyFile),
        ca: readFileSync(client.certificateFile),
        requestCert: true,
        rejectUnauthorized: true,
      },
      ({ url = "" }, response) => script.find(([path]) => path.test(url))?.[1](response, url),
    );
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      listener.closeAllConnections();
      listener.close();
    });
    const address = listener.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const [good, stranger] = [newFolder(), newFolder()];
    writeFileSync(join(good, "ca.pem"), authority);
    for (const [to, from] of [
      ["cert.pem", client.certificateFile],
      ["key.pem", client.keyFile],
    ] as const) {
      writeFileSync(join(good, to), readFileSync(from));
      writeFileSync(join(stranger, to), readFileSync(from));
    }
    writeFileSync(join(stranger, "ca.pem"), readFileSync(client.certificateFile));
    return { host: `tcp://127.0.0.1:${port ?? 0}`, good, stranger };
  }

  it("is asked with the client's certificate, and refused where its own is not trusted", async () => {
    const { host, good, stranger } = await serveTls();
    const verifying = { DOCKER_HOST: host, DOCKER_TLS_VERIFY: "1" };
    const opened = await machine({ ...verifying, DOCKER_CERT_PATH: good }).open("docker:app:1");
    if (!opened.ok) expect.fail(describeFailure(opened.failure));
    const [one] = opened.value;
    expect(one?.origin).toBe(`Docker at ${host}`);
    if (one !== undefined) expect((await seeImage(one)).paths).toEqual(contractPaths);

    const other = await machine({ ...verifying, DOCKER_CERT_PATH: stranger }).open("docker:app:1");
    expect(describeFailure(failureOf(other))).toMatch(/^Cannot reach tcp:\/\/127.*certificate/);
    const unverified = { DOCKER_HOST: host, DOCKER_TLS: "1", DOCKER_CERT_PATH: stranger };
    expect(await machine(unverified).open("docker:app:1")).toMatchObject({ ok: true });
    const without = { DOCKER_HOST: host, DOCKER_TLS: "1" };
    expect(failureOf(await machine(without, newFolder()).open("docker:app:1")).kind).toBe(
      "unreachable",
    );
  });

  it("a certificate that is none is said without the key", async () => {
    const folder = newFolder();
    for (const name of ["ca.pem", "cert.pem", "key.pem"])
      writeFileSync(join(folder, name), "topsecret");
    const env = {
      DOCKER_HOST: "tcp://127.0.0.1:1",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: folder,
    };
    const failure = failureOf(await machine(env).open("docker:app:1"));
    expect(failure.kind).toBe("unreachable");
    expect(JSON.stringify(failure)).not.toContain("topsecret");
  });
});
