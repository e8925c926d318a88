import { FormatError } from "../format-error.ts";
import { parseShell } from "../shell/parse-shell.ts";
import { withoutBoilerplate } from "./boilerplate.ts";
import type { ScriptEffects } from "./script-effects.ts";
import { ScriptRun } from "./script-run.ts";
import type { ScriptContext } from "./script-variables.ts";

/** Source: POSIX and Debian policy 10.4: what these scripts are written in. */
const shellPattern =
  /^#![ \t]*\/(?:usr\/)?bin\/(?:env[ \t]+)?(?:sh|dash|bash|ash|busybox[ \t]+sh)(?:[ \t]|$)/;

/**
 * What a maintainer's script does when its package is installed for the first time, found by following its text with what is
 * known: its arguments, literal variables, loops over literal words. A command whose effect or words are not known, or that
 * stands under a condition that is not known, is among `unknown`; nothing is guessed. Never throws. Source: Debian policy, chapter 6.
 */
export function readScript(bytes: Uint8Array, context: ScriptContext): ScriptEffects {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const end = text.indexOf("\n");
  const first = (end < 0 ? text : text.slice(0, end)).trimEnd();
  if (text.trim() === "") return nothing([]);
  if (first.startsWith("#!") && !shellPattern.test(first)) return nothing([first.slice(0, 100)]);
  try {
    const run = new ScriptRun(context);
    run.start(parseShell(withoutBoilerplate(text)));
    return run.effects();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return nothing([`the whole script: ${error.message}`]);
  }
}

function nothing(unknown: readonly string[]): ScriptEffects {
  return { alternatives: [], diversions: [], refreshesLoaderCache: false, unknown };
}
