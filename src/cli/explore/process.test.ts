import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTar, MadeLayout } from "../../../test/made-images.ts";

const folder = mkdtempSync(join(tmpdir(), "explore-process-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const temporary = join(folder, "temporary");
const launcher = join(import.meta.dirname, "../../../bin/fromage.js");
const env = { PATH: process.env["PATH"], HOME: folder, TMPDIR: temporary, LC_ALL: "C.UTF-8" };

beforeAll(async () => {
  mkdirSync(temporary);
  mkdirSync(join(folder, "root"));
  const stray = Buffer.concat([Buffer.from(join(folder, "root/")), Buffer.of(0x64, 0xe9)]);
  mkdirSync(stray);
  writeFileSync(Buffer.concat([stray, Buffer.from("/new\nline")]), "odd");
  writeFileSync(join(folder, "root/big"), Buffer.alloc(20 * 1024 * 1024, "line\n"));
  writeFileSync(join(folder, "root/evil"), `${"a".repeat(60)}!\n`);
  writeFileSync(join(folder, "root/binary"), Buffer.from("\x7fELF\x1b[2J"));
  writeFileSync(join(folder, "root/text"), "text\n");
  const layout = new MadeLayout();
  const images = await Promise.all(
    ["amd64", "arm64"].map(async (architecture) => {
      const tars = [await makeTar([[`only-${architecture}`, architecture]])];
      const platform = { os: "linux", architecture };
      return { ...layout.image({ tars, architecture }), platform };
    }),
  );
  layout.finish([layout.index(images)]).writeTo(join(folder, "two"));
});

interface Ended {
  readonly code: number | null;
  readonly out: Buffer;
  readonly err: string;
}

/** Runs the real program; `onOutput` sees what it wrote so far on either. */
function start(
  args: readonly string[],
  onOutput: (child: ReturnType<typeof spawn>, written: string) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [launcher, ...args], { cwd: folder, env });
  const out: Buffer[] = [];
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out.push(chunk);
    onOutput(child, chunk.toString());
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
    onOutput(child, err);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out: Buffer.concat(out), err }));
  });
}

/** Ctrl-C once the process is busy with nothing but the expression: it has used much more than all before takes. */
async function interruptLater({ pid }: ReturnType<typeof spawn>): Promise<void> {
  if (pid === undefined) throw new Error("the process did not start");
  const hundredths = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return Number(fields[11]);
  };
  for (const busy = hundredths() + 50; hundredths() < busy;) await setImmediate();
  process.kill(pid, "SIGINT");
}

/** What a shell of the POSIX locale prints for a line; `fromage` is the program. */
function shell(line: string): Ended {
  const script = `fromage() { '${process.execPath}' '${launcher}' "$@"; }; ${line}`;
  const ran = spawnSync("sh", ["-c", script], { cwd: folder, env });
  return { code: ran.status, out: ran.stdout, err: ran.stderr.toString() };
}

describe("names that are no UTF-8", () => {
  const name = Buffer.from("/d\xe9/new\nline", "latin1");

  it("leave a pipe as their bytes", () => {
    const found = shell("fromage find rootfs:root --name 'new*' -0");
    expect(found.out).toEqual(Buffer.concat([name, Buffer.of(0)]));
    expect(shell("fromage ls rootfs:root / --no-cache").out.includes(Buffer.of(0x64, 0xe9))).toBe(
      true,
    );
  });

  const isLinux = process.platform === "linux";
  it.skipIf(!isLinux)(
    `are taken as they were typed${isLinux ? "" : " (skipped: only Linux tells)"}`,
    () => {
      const line = "fromage find rootfs:root --name 'new*' -0 | xargs -0 sh -c ";
      const cat = `'"$0" "$1" cat rootfs:root "$2"' '${process.execPath}' '${launcher}'`;
      expect(shell(line + cat)).toMatchObject({ code: 0, out: Buffer.from("odd"), err: "" });
    },
  );
});

describe("the process", () => {
  it("ends in silence when nobody reads on, and leaves nothing", async () => {
    const { err } = await start(["cat", "rootfs:root", "/big"], (child) => child.stdout?.destroy());
    expect(err).toBe("");
    expect(readdirSync(temporary)).toEqual([]);
  });

  const isLinux = process.platform === "linux";
  const searching = "is interrupted while it searches, and leaves nothing";
  const whyNot = isLinux ? "" : " (skipped: only Linux tells how long a process ran)";
  it.skipIf(!isLinux)(`${searching}${whyNot}`, async () => {
    const args = ["find", "rootfs:root", "/evil", "--grep", "(a+)+$"];
    let isWaiting = false;
    const ended = await start(args, (child, written) => {
      if (isWaiting || !written.includes("again for 1 file")) return;
      isWaiting = true;
      void interruptLater(child);
    });
    expect(ended).toMatchObject({ code: 130, out: Buffer.alloc(0) });
    expect(ended.err).not.toMatch(/at .*\.ts:\d+/);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.skipIf(!isLinux)(
    `tells of a disk that is full${isLinux ? "" : " (skipped: no /dev/full)"}`,
    () => {
      const ended = shell("fromage ls rootfs:root > /dev/full");
      expect(ended.code).toBe(3);
      expect(ended.err).toMatch(/^Cannot write the answer: ENOSPC[^\n]*\n$/);
    },
  );
});

const hasScript = spawnSync("script", ["--version"]).status === 0;
describe.skipIf(!hasScript)(
  `on a terminal${hasScript ? "" : " (skipped: script is not there)"}`,
  () => {
    /** A real one, of 40 columns. */
    const onTerminal = (line: string): string => {
      const command = `stty cols 40; '${process.execPath}' '${launcher}' ${line}`;
      const args = ["-qec", command, "/dev/null"];
      const terminal = { ...env, TERM: "xterm" };
      const ran = spawnSync("script", args, { cwd: folder, env: terminal, input: "" });
      return ran.stdout.toString().replaceAll("\r\n", "\n");
    };

    it("names fit, have colours and are harmless", () => {
      const out = onTerminal("ls rootfs:root");
      expect(out).toContain("\u001b[01;34md\\xe9\u001b[0m  evil");
      expect(onTerminal("find rootfs:root --name 'new*'")).toContain(String.raw`/d\xe9/new\nline`);
    });

    it("what is no text is refused", () => {
      const out = onTerminal("cat rootfs:root /binary /text");
      expect(out).toContain("Cannot write /binary: it is no text");
      expect(out).toContain("text\n");
      expect(out).not.toContain("\u001b[2J");
      expect(onTerminal("cat rootfs:root /binary --force")).toContain("\u001b[2J");
    });
  },
);

describe("an index of two platforms", () => {
  it.each([
    ["ls oci:two --platform linux/arm64", 0, "only-arm64\n"],
    ["cat oci:two /only-arm64 --platform linux/arm64", 0, "arm64"],
    [
      "ls oci:two --platform linux/amd64 --platform linux/arm64",
      0,
      "linux/amd64:\nonly-amd64\n\nlinux/arm64:\nonly-arm64\n",
    ],
    ["cat oci:two /x --platform linux/amd64 --platform linux/arm64", 2, ""],
    ["ls oci:two --platform linux/s390x", 3, ""],
  ])("%s", (line, code, out) => {
    const ended = shell(`fromage ${line}`);
    expect([ended.code, ended.out.toString()]).toEqual([code, out]);
    expect(ended.err === "").toBe(code === 0);
  });
});
