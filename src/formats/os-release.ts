import { textLines } from "./text-lines.ts";

/** The fields of an os-release file that are used. Absent ones are null, lists empty. */
export interface OsRelease {
  /** Lower case, `linux` where the file does not say it. */
  readonly id: string;
  /** Related distributions, nearest first. */
  readonly idLike: readonly string[];
  readonly versionId: string | null;
  readonly prettyName: string | null;
}

const maxChars = 64 * 1024;

/**
 * Reads the text of /etc/os-release, assignments in the quoting of the shell. A line of another form is passed over
 * as the shell would have no name for it; of a name that comes twice the last counts.
 *
 *     ID=debian
 *     VERSION_ID="12"
 *     PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
 *
 * Source: os-release(5).
 */
export function parseOsRelease(text: string): OsRelease {
  const fields = new Map<string, string>();
  for (const line of textLines(Buffer.from(text.slice(0, maxChars)))) {
    const equals = line.text.indexOf("=");
    const name = line.text.slice(0, Math.max(equals, 0)).trim();
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      fields.set(name, unquote(line.text.slice(equals + 1).trim()));
    }
  }
  return {
    id: (fields.get("ID") || "linux").toLowerCase(),
    idLike: (fields.get("ID_LIKE") ?? "").split(/\s+/).filter((id) => id !== ""),
    versionId: fields.get("VERSION_ID") || null,
    prettyName: fields.get("PRETTY_NAME") || null,
  };
}

/** Single quotes take everything as it is; in double quotes a backslash makes `$`, `"`, `\` and a backtick plain. */
function unquote(value: string): string {
  const quote = value.charAt(0);
  if (quote !== '"' && quote !== "'") return value;
  const end = value.lastIndexOf(quote);
  const inner = value.slice(1, end > 0 ? end : undefined);
  return quote === "'" ? inner : inner.replace(/\\([$"\\`])/g, "$1");
}
