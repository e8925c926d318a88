import { textLines } from "../text-lines.ts";

/** One instruction of a Dockerfile with its lines joined; what stands in its heredocs is left out. */
export interface Instruction {
  /** Upper case: `FROM`. */
  readonly name: string;
  /** All behind it, spaces around it cut. */
  readonly rest: string;
}

/** Source: BuildKit frontend/dockerfile/parser/parser.go, reHeredoc; `<<<` is the shell's own. */
const heredoc = /(?<!<)<<(?!<)(-?)(['"]?)([A-Za-z_][A-Za-z0-9_.]*)\2/g;
const withHeredocs = /^(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\b/i;

/**
 * The instructions of a Dockerfile in order. Comments and empty lines are left out, also inside an instruction that goes
 * on; the escape directive counts. Source: BuildKit frontend/dockerfile/parser (parser.go, directives.go).
 */
export function readInstructions(text: string): readonly Instruction[] {
  const lines = [...textLines(Buffer.from(text.replace(/^\u{feff}/u, "")))].map((one) => one.text);
  const goesOn = escapeOf(lines) === "`" ? /`[ \t]*$/ : /\\[ \t]*$/;
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length;) {
    const parts: string[] = [];
    let isOpen = true;
    for (; isOpen && at < lines.length; at++) {
      const line = lines[at] ?? "";
      if (/^\s*(?:#.*)?$/.test(line)) {
        if (parts.length === 0) isOpen = false;
        continue;
      }
      isOpen = goesOn.test(line);
      parts.push(line.replace(goesOn, ""));
    }
    const joined = parts.join("").trim();
    const [, name = "", rest = ""] = /^(\S+)\s*([^]*)$/.exec(joined) ?? [];
    if (name !== "") found.push({ name: name.toUpperCase(), rest });
    if (withHeredocs.test(joined)) at = behindHeredocs(lines, at, joined);
  }
  return found;
}

/** Directives are comments of the form `# name=value` before anything else. */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    const [, name, value] = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
    if (name === undefined) break;
    if (name.toLowerCase() === "escape") return value ?? "\\";
  }
  return "\\";
}

/** Index of the line behind the bodies; a heredoc that nothing ends takes the rest. */
function behindHeredocs(lines: readonly string[], start: number, instruction: string): number {
  let at = start;
  for (const [, dash, , word = ""] of instruction.matchAll(heredoc)) {
    const isEnd = (line: string): boolean =>
      (dash === "-" ? line.replace(/^\t+/, "") : line) === word;
    while (at < lines.length && !isEnd(lines[at] ?? "")) at++;
    at++;
  }
  return at;
}
