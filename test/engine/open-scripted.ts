import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { connectEngine } from "../../src/image/engine/engine-client.ts";
import type { EngineTimeouts } from "../../src/image/engine/engine-transport.ts";
import type { FoundEngine } from "../../src/image/engine/find-engines.ts";
import { openEngineImages } from "../../src/image/engine/open-engine-images.ts";
import type { Image } from "../../src/image/image.ts";
import type { Failure, Result } from "../../src/model/failure.ts";
import { describeFailure } from "../../src/report/failure-words.ts";
import { serveScript, type Script, type ScriptedEngine } from "./scripted-engine.ts";

/** An empty folder that goes away with the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fromage-engine-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A scripted engine that ends with the test. */
export async function serve(script: Script): Promise<ScriptedEngine> {
  const engine = await serveScript(newFolder(), script);
  onTestFinished(() => engine.close());
  return engine;
}

/** What is asked of an engine; `app:1` and the machine's own platform where nothing is said. */
export interface Asking {
  readonly name?: string;
  readonly platforms?: Image["platform"][];
  readonly temporaryFolder?: string;
  readonly signal?: AbortSignal;
  readonly timeouts?: Partial<EngineTimeouts>;
}

/** Says hello and opens the image. */
export async function open(
  found: FoundEngine,
  { name = "app:1", platforms = [], timeouts = {}, signal, temporaryFolder }: Asking = {},
): Promise<Result<readonly Image[]>> {
  const client = await connectEngine(found, { timeouts });
  if (!client.ok) return client;
  onTestFinished(() => client.value.close());
  return openEngineImages(name, {
    client: client.value,
    reference: `docker:${name}`,
    platforms,
    temporaryFolder: temporaryFolder ?? join(newFolder(), "temporary"),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The one image that is opened, or the test fails with why not. */
export async function openOne(found: FoundEngine, asking: Asking = {}): Promise<Image> {
  const opened = await open(found, asking);
  if (!opened.ok) expect.fail(describeFailure(opened.failure));
  const [one] = opened.value;
  if (one === undefined || opened.value.length > 1) expect.fail("not one image");
  return one;
}

/** It was not opened, for that reason in these words. */
export function expectFailure(
  result: Result<readonly Image[]>,
  kind: Failure["kind"],
  words: RegExp,
): void {
  if (result.ok) expect.fail("it was opened");
  expect([result.failure.kind, describeFailure(result.failure)]).toEqual([
    kind,
    expect.stringMatching(words),
  ]);
}
