import { runCommand } from "../../src/cli/run-command.ts";
import type { CliIo } from "../../src/cli/io.ts";

/** What one command line came to. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A test that would ask another machine fails at once, and says so: nothing listens there. */
const noNetwork = {
  http_proxy: "http://127.0.0.1:1",
  https_proxy: "http://127.0.0.1:1",
  no_proxy: "127.0.0.1,localhost",
};

/** Runs a command line in this process, on 2026-11-25, with the user's folders below `cwd` and no other machine to be reached. */
export async function run(
  args: readonly string[],
  cwd: string,
  io: Partial<CliIo> = {},
): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await runCommand(args, {
    stdout: { write: (text) => void (out += text) },
    writeBytes: (bytes) => {
      out += Buffer.from(bytes).toString();
      return Promise.resolve();
    },
    stderr: { write: (text) => void (err += text) },
    env: { ...noNetwork, XDG_DATA_HOME: `${cwd}/.data`, XDG_CACHE_HOME: `${cwd}/.cache` },
    cwd,
    isTerminal: false,
    isErrorTerminal: false,
    columns: 80,
    signal: new AbortController().signal,
    now: () => new Date("2026-11-25T12:00:00Z"),
    ...io,
  });
  return { code, out, err };
}

/** As it is kept: what was typed and what came, without a path of this machine. */
export function transcript(typed: string, { code, out, err }: Ran, cwd: string): string {
  const shown = typed.replaceAll("\n", "\\n").replaceAll("\u001b", "\\x1b");
  const blocks = [`$ fromage ${shown}`.trimEnd(), out, err === "" ? "" : `stderr:\n${err}`];
  const text = `${blocks.map((block) => block.trimEnd()).join("\n")}\nexit code: ${code}\n`;
  return text.replaceAll(cwd, "CWD");
}
