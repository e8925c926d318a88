import type { ServerResponse } from "node:http";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  startFileServer,
  type FileServer,
  type Served,
} from "../../../test/repositories/file-server.ts";
import type { Digest } from "../../model/digest.ts";
import type { Result } from "../../model/failure.ts";
import type { FetchedFile, FileRequest } from "../access.ts";
import { openRepositoryAccess, type AccessOptions, type OpenedAccess } from "./open-access.ts";

let work = "";
let server: FileServer;
let now = new Date("2026-11-25T12:00:00Z");
const opened: OpenedAccess[] = [];

beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), "fromage-access-"));
  mkdirSync(join(work, "run"));
  now = new Date("2026-11-25T12:00:00Z");
  server = await startFileServer(new Map<string, Served>([["/a", "one"]]));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((access) => access.close()));
  await server.close();
  rmSync(work, { recursive: true, force: true });
});

/** No pause is waited for. */
const clock = {
  now: () => now.getTime(),
  sleep: () => Promise.resolve(),
  random: () => 0,
};

function open(options: Partial<AccessOptions> = {}): OpenedAccess {
  const access = openRepositoryAccess({
    env: {},
    cacheFolder: join(work, "cache"),
    temporaryFolder: join(work, "run"),
    isOffline: false,
    userAgent: "fromage/test",
    authorities: [],
    now: () => now,
    clock,
    ...options,
  });
  opened.push(access);
  return access;
}

const sumOf = (text: string): Digest => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const hour = { maxAgeMs: 3_600_000 };

function ask(path: string, request: Partial<FileRequest> = {}): FileRequest {
  const url = path.includes(":") ? path : `${server.root}${path}`;
  return { url, kind: hour, digest: null, maxBytes: 1000, ...request };
}

function contentOf(result: Result<FetchedFile>): string {
  return result.ok ? readFileSync(result.value.file, "utf8") : result.failure.kind;
}

describe("a fetched file", () => {
  it.each<readonly [string, Partial<FileRequest>, string]>([
    ["without a digest", {}, "one"],
    ["with its sha256", { digest: sumOf("one"), kind: "fixed" }, "one"],
    [
      "with its sha512",
      { digest: `sha512:${createHash("sha512").update("one").digest("hex")}`, kind: "fixed" },
      "one",
    ],
    ["with another digest", { digest: sumOf("two"), kind: "fixed" }, "malformed"],
    ["as long as is allowed", { maxBytes: 3 }, "one"],
    ["longer than is allowed", { maxBytes: 2 }, "over-limit"],
  ])("%s is what it must be", async (_name, request, expected) => {
    expect(contentOf(await open().fetch(ask("/a", request)))).toBe(expected);
  });

  it.each<readonly [string, Served, string]>([
    ["404", { status: 404 }, "not-found"],
    ["410", { status: 410 }, "not-found"],
    ["401", { status: 401 }, "denied"],
    ["403", { status: 403 }, "denied"],
    ["500", { status: 500 }, "unreachable"],
    ["503 again and again", { status: 503 }, "unreachable"],
    ["206 to no range", { status: 206 }, "unreachable"],
    ["a way to a file", { status: 302, headers: { location: "file:///etc/passwd" } }, "denied"],
    ["a way to ftp", { status: 302, headers: { location: "ftp://127.0.0.1/a" } }, "denied"],
    ["a way around", { status: 302, headers: { location: "/b" } }, "malformed"],
    ["a way to another path", { status: 302, headers: { location: "/a" } }, "one"],
    ["a length that lies", longerThanSaid, "unreachable"],
    ["no end of it", endless, "over-limit"],
  ])("whose server answers %s comes to the right thing", async (_name, served, expected) => {
    server.files.set("/b", served);
    expect(contentOf(await open().fetch(ask("/b")))).toBe(expected);
  });

  it("whose body breaks off is asked for again", async () => {
    let times = 0;
    server.files.set("/b", (_request, response) => {
      times++;
      response.writeHead(200, { "content-length": 3 });
      if (times < 3) response.write("o", () => response.destroy());
      else response.end("one");
    });
    expect([contentOf(await open().fetch(ask("/b"))), times]).toEqual(["one", 3]);
  });

  it("is fetched once where two ask at once", async () => {
    const access = open();
    const both = await Promise.all([access.fetch(ask("/a")), access.fetch(ask("/a"))]);
    expect(both.map(contentOf)).toEqual(["one", "one"]);
    expect(server.log).toEqual(["GET /a 200"]);
  });

  it("that the signal stops is cancelled", async () => {
    const stop = new AbortController();
    server.files.set("/b", (_request, response) => {
      response.write("o");
      stop.abort();
    });
    const fetched = await open({ signal: stop.signal }).fetch(ask("/b"));
    expect(fetched).toMatchObject({ ok: false, failure: { kind: "cancelled" } });
  });

  it("of an address with a login is asked for with it, and it is shown nowhere", async () => {
    let seen: string | undefined;
    server.files.set("/b?key=secret2", (request, response) => {
      seen = request.headers.authorization;
      response.writeHead(403).end();
    });
    const url = server.root.replace("//", "//user:secret1@");
    const fetched = await open().fetch(ask(`${url}/b?key=secret2`));
    expect(seen).toBe(`Basic ${Buffer.from("user:secret1").toString("base64")}`);
    expect(fetched.ok).toBe(false);
    expect(JSON.stringify(fetched)).not.toMatch(/secret/);
  });

  it("keeps its login from another host", async () => {
    let seen: string | undefined = "not asked";
    const other = await startFileServer(
      new Map<string, Served>([
        [
          "/x",
          (request, response) => {
            seen = request.headers.authorization;
            response.end("one");
          },
        ],
      ]),
    );
    try {
      server.files.set("/b", { status: 302, headers: { location: `${other.root}/x` } });
      const url = server.root.replace("//", "//user:secret@");
      expect(contentOf(await open().fetch(ask(`${url}/b`)))).toBe("one");
      expect(seen).toBeUndefined();
    } finally {
      await other.close();
    }
  });
});

function longerThanSaid(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { "content-length": 10 });
  response.write("one", () => response.destroy());
}

function endless(_request: unknown, response: ServerResponse): void {
  response.writeHead(200);
  const more = (): void => void response.write("x".repeat(500), more);
  more();
}

describe("a kept file", () => {
  it("of a fixed name is not asked for again, by another run either", async () => {
    const request = ask("/a", { kind: "fixed", digest: sumOf("one") });
    for (let runs = 0; runs < 2; runs++) {
      expect(contentOf(await open().fetch(request))).toBe("one");
    }
    expect(server.log).toEqual(["GET /a 200"]);
  });

  it("that is young enough is not asked for again, an older one is confirmed", async () => {
    await open().fetch(ask("/a"));
    now = new Date("2026-11-25T12:59:00Z");
    await open().fetch(ask("/a"));
    expect(server.log).toEqual(["GET /a 200"]);
    now = new Date("2026-11-25T13:01:00Z");
    const again = await open().fetch(ask("/a"));
    expect(again).toMatchObject({ ok: true, value: { confirmedAt: now.toISOString() } });
    expect(server.log).toEqual(["GET /a 200", "GET /a 304"]);
    now = new Date("2026-11-25T13:30:00Z");
    await open().fetch(ask("/a"));
    expect(server.log).toHaveLength(2);
  });

  it("that changed is fetched anew", async () => {
    await open().fetch(ask("/a"));
    server.files.set("/a", "two");
    now = new Date("2026-11-26T12:00:00Z");
    expect(contentOf(await open().fetch(ask("/a")))).toBe("two");
  });

  it.each<readonly [string, Served | null, string]>([
    ["does not answer", null, "one"],
    ["answers 503", { status: 503 }, "one"],
    ["answers 403", { status: 403 }, "one"],
    ["says that it is gone", { status: 404 }, "not-found"],
  ])("whose server %s stands or falls with it", async (_name, served, expected) => {
    const first = await open().fetch(ask("/a"));
    now = new Date("2026-11-26T12:00:00Z");
    if (served === null) await server.close();
    else server.files.set("/a", served);
    const again = await open().fetch(ask("/a"));
    expect(contentOf(again)).toBe(expected);
    if (again.ok && first.ok) expect(again.value.confirmedAt).toBe(first.value.confirmedAt);
  });

  it("is all that there is offline, whatever its age, and no socket is opened", async () => {
    await open().fetch(ask("/a"));
    now = new Date("2027-11-25T12:00:00Z");
    const access = open({ isOffline: true });
    expect(contentOf(await access.fetch(ask("/a")))).toBe("one");
    expect(contentOf(await access.fetch(ask("/b")))).toBe("unreachable");
    expect(server.log).toEqual(["GET /a 200"]);
  });

  it("that was altered on the disk is fetched anew", async () => {
    const fetched = await open().fetch(ask("/a", { kind: "fixed" }));
    if (fetched.ok) writeFileSync(fetched.value.file, "ONE");
    expect(contentOf(await open().fetch(ask("/a", { kind: "fixed" })))).toBe("one");
    expect(server.log).toHaveLength(2);
  });

  it("that is transient goes with its run", async () => {
    const request = ask("/a", { kind: "fixed", isTransient: true });
    const access = open();
    await access.fetch(request);
    expect(contentOf(await access.fetch(request))).toBe("one");
    await open().fetch(request);
    expect(server.log).toHaveLength(2);
  });

  it("that cannot be kept is used, and that is said", async () => {
    writeFileSync(join(work, "file"), "");
    const access = open({ cacheFolder: join(work, "file") });
    expect(contentOf(await access.fetch(ask("/a")))).toBe("one");
    expect(access.problem).toMatchObject({ what: join(work, "file") });
  });

  it("of a run without a cache leaves nothing there", async () => {
    expect(contentOf(await open({ cacheFolder: null }).fetch(ask("/a")))).toBe("one");
    expect(readdirSync(work)).toEqual(["run"]);
  });
});

describe("a file of this machine", () => {
  it.each<readonly [string, Partial<FileRequest>, string]>([
    ["its digest", { digest: sumOf("here") }, "here"],
    ["another digest", { digest: sumOf("there") }, "malformed"],
    ["too many bytes", { maxBytes: 2 }, "over-limit"],
  ])("with %s comes to the right thing", async (_name, request, expected) => {
    const file = join(work, "a file");
    writeFileSync(file, "here");
    const fetched = await open().fetch(ask(pathToFileURL(file).href, request));
    expect(contentOf(fetched)).toBe(expected);
  });

  it.each([
    ["that is not there", "file:///no/such/file", "not-found"],
    ["that is a folder", "file:///tmp", "unsupported"],
    ["of another machine", "file://host/a", "unsupported"],
    ["of another kind", "ftp://host/a", "unsupported"],
    ["of no address", "a", "unsupported"],
  ])("%s is a failure", async (_name, url, expected) => {
    expect(contentOf(await open().fetch({ ...ask("/a"), url }))).toBe(expected);
  });
});
