import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  expectFailure,
  newFolder,
  open,
  serve,
  type Asking,
} from "../../../test/engine/open-scripted.ts";
import {
  bytes,
  cutOff,
  inspect,
  json,
  oneImage,
  serveScript,
  serveText,
  socketEngine,
  version,
  type Answer,
  type Script,
} from "../../../test/engine/scripted-engine.ts";
import type { MadeImage } from "../../../test/made-images.ts";
import type { Failure } from "../../model/failure.ts";
import { contractImage } from "../sources/contract.ts";
import { engineTimeouts, makeTransport } from "./engine-transport.ts";

let image: MadeImage = { tars: [] };
beforeAll(async () => {
  image = await contractImage();
});

const silent: Answer = () => undefined;

/** A script, what is asked, and the failure of opening. */
const wrongAnswers: readonly [string, () => Script, Asking, Failure["kind"], RegExp][] = [
  ["no such name", () => oneImage(image, silent), { name: "ap:1" }, "not-found", /nearest: app:1/],
  [
    "another tag",
    () => oneImage(image, silent),
    { name: "docker.io/library/app:edge-2026" },
    "not-found",
    /nearest: app:1/,
  ],
  [
    "a name that is none is not sent",
    () => oneImage(image, silent),
    { name: "../../containers/json?all=1" },
    "not-found",
    /there is none/,
  ],
  [
    "another platform",
    () => oneImage(image, silent),
    { platforms: [{ os: "linux", architecture: "arm64" }] },
    "not-found",
    /platform linux\/arm64 in app:1 in Docker at .*: there is none, the nearest: linux\/amd64/,
  ],
  ["a version that is none", () => [[/./, json({})]], {}, "malformed", /which version of the API/],
  ["no JSON", () => [[/./, bytes(Buffer.from("<html>"))]], {}, "malformed", /it is not JSON/],
  ["no engine", () => [[/./, json({}, 404)]], {}, "unsupported", /the engine answered 404/],
  [
    "a proxy that says no",
    () => [[/./, json({ message: "not for you" }, 403)]],
    {},
    "denied",
    /answered 403: not for you/,
  ],
  [
    "an engine in trouble",
    () => [
      [/version/, version],
      [/./, json({ message: "panic" }, 500)],
    ],
    {},
    "unreachable",
    /app:1 in Docker at .*answered 500: panic/,
  ],
  ["no id", () => wrongInspect({ Id: "../x" }), {}, "malformed", /no id that is a digest/],
  ["no layers", () => wrongInspect({ RootFS: {} }), {}, "malformed", /no list of layers/],
  [
    "a layer that is no digest",
    () => wrongInspect({ RootFS: { Type: "layers", Layers: ["x"] } }),
    {},
    "malformed",
    /no list of layers/,
  ],
  ["an Env that is none", () => wrongInspect({ Config: { Env: "x" } }), {}, "malformed", /Env/],
  [
    "an answer that is cut off",
    () => [
      [/version/, version],
      [/./, cutOff(Buffer.alloc(5000, 32), 1000)],
    ],
    {},
    "unreachable",
    /broke the connection off/,
  ],
  [
    "an engine that does not answer",
    () => [
      [/version/, version],
      [/./, silent],
    ],
    { timeouts: { idleMs: 50 } },
    "unreachable",
    /it does not answer/,
  ],
];

function wrongInspect(fields: object): Script {
  const answer = json({ ...inspect(image), ...fields });
  return [[/\/images\/app:1\/json$/, answer], ...oneImage(image, silent)];
}

describe("an engine that answers something else", () => {
  it.each(wrongAnswers)("%s", async (_, script, asking, kind, words) => {
    const { found, asked } = await serve(script());
    expectFailure(await open(found, asking), kind, words);
    expect(asked.filter((path) => path.includes("containers"))).toEqual([]);
  });

  it("nothing of HTTP", async () => {
    const engine = await serveText(newFolder(), "220 mail.example ESMTP\r\n");
    onTestFinished(() => engine.close());
    expectFailure(await open(engine.found), "malformed", /as HTTP/);
  });

  it("a socket that is not there", async () => {
    const found = socketEngine(join(newFolder(), "none.sock"));
    expectFailure(await open(found), "unreachable", /^Cannot reach unix:\/\/.*: there is no such/);
  });

  it("a socket that nobody listens at any more", async () => {
    const { found, close } = await serveScript(newFolder(), []);
    await close();
    expectFailure(
      await open(found),
      "unreachable",
      /^Cannot reach unix:\/\/.*: (?:nothing|there is no)/,
    );
  });

  it("a socket without permission", async () => {
    const { found } = await serve(oneImage(image, silent));
    const path = found.text.slice("unix://".length);
    const transport = await makeTransport(
      { kind: "socket", path },
      { ...found, timeouts: engineTimeouts },
    );
    const error = Object.assign(new Error("connect EACCES"), { code: "EACCES" });
    const failure = transport.failureOf(error, { what: found.text, signal: undefined });
    expectFailure(
      { ok: false, failure },
      "denied",
      /^Cannot open unix:.* closed to this user; join/,
    );
  });

  it("a signal that has fired", async () => {
    const { found } = await serve(oneImage(image, silent));
    expectFailure(await open(found, { signal: AbortSignal.abort() }), "cancelled", /interrupted/);
  });
});
