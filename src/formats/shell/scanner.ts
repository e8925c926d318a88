import { FormatError } from "../format-error.ts";
import type { Word, WordPart } from "./tree.ts";

const format = "shell";
/** Ends a word that is not quoted. */
const meta = new Set(["", " ", "\t", "\n", ";", "&", "|", "<", ">", "(", ")"]);
const namePattern = /[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]/y;

/** Goes through the text of a script: blanks, operators and words. Source: POSIX Shell Command Language, 2.2 to 2.6. */
export class Scanner {
  readonly text: string;
  at = 0;
  /** Ends of here-documents whose lines begin after the next line end. */
  readonly #openHereDocuments: { readonly end: string; readonly stripsTabs: boolean }[] = [];

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  fail(reason: string): FormatError {
    return new FormatError(format, reason, this.at);
  }

  /** Passes blanks, continued lines and a comment; stops at a line end. */
  skipBlanks(): void {
    for (;;) {
      const char = this.text[this.at] ?? "";
      if (char === " " || char === "\t" || char === "\r") this.at++;
      else if (char === "\\" && this.text[this.at + 1] === "\n") this.at += 2;
      else if (char === "#") this.at = this.#endOfLine();
      else return;
    }
  }

  /** Passes line ends too, with the here-documents that follow them. */
  skipLines(): void {
    for (;;) {
      this.skipBlanks();
      if (this.text[this.at] !== "\n") return;
      this.at++;
      this.#skipHereDocuments();
    }
  }

  /** Takes exactly this text, if it stands here. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  /** The word at this place, if it is one of plain letters (a keyword may be); not taken. */
  peekPlain(): string {
    const pattern = /[^\s;&|<>()'"\\$`]+/y;
    pattern.lastIndex = this.at;
    const [found = ""] = pattern.exec(this.text) ?? [];
    return meta.has(this.text[this.at + found.length] ?? "") ? found : "";
  }

  /** The lines that follow up to one that is `end` are a here-document. */
  openHereDocument(end: string, stripsTabs: boolean): void {
    this.#openHereDocuments.push({ end, stripsTabs });
  }

  /** The word here; null when none begins here. */
  word(): Word | null {
    const parts: WordPart[] = [];
    const start = this.at;
    while (!meta.has(this.text[this.at] ?? "")) this.#part(parts);
    return this.at === start ? null : { parts };
  }

  #part(parts: WordPart[]): void {
    const char = this.text[this.at];
    if (char === "'") {
      const value = this.#until("'", this.at + 1, "a quote is not closed");
      parts.push({ kind: "text", value, isQuoted: true });
    } else if (char === '"') {
      this.at++;
      this.#quoted(parts);
    } else if (char === "$" || char === "`") this.#expansion(parts, false);
    else if (char === "\\") {
      const value = this.text[this.at + 1] ?? "";
      if (value !== "\n") parts.push({ kind: "text", value, isQuoted: true });
      this.at += 2;
    } else {
      const end = this.#plainEnd();
      parts.push({ kind: "text", value: this.text.slice(this.at, end), isQuoted: false });
      this.at = end;
    }
  }

  #plainEnd(): number {
    let end = this.at;
    while (!meta.has(this.text[end] ?? "") && !"'\"$`\\".includes(this.text[end] ?? "")) end++;
    return end;
  }

  #quoted(parts: WordPart[]): void {
    let value = "";
    const flush = (): void => {
      if (value !== "") parts.push({ kind: "text", value, isQuoted: true });
      value = "";
    };
    // An empty pair of quotes is a word too.
    if (this.text[this.at] === '"') parts.push({ kind: "text", value: "", isQuoted: true });
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined) throw this.fail("a quote is not closed");
      if (char === "$" || char === "`") {
        flush();
        this.#expansion(parts, true);
        continue;
      }
      this.at++;
      if (char === '"') return flush();
      if (char !== "\\") {
        value += char;
        continue;
      }
      const next = this.text[this.at++] ?? "";
      if (next !== "\n") value += '$`"\\'.includes(next) ? next : `\\${next}`;
    }
  }

  #expansion(parts: WordPart[], isQuoted: boolean): void {
    if (this.take("`")) {
      const text = this.#until("`", this.at, "a backquote is not closed");
      parts.push({ kind: "substitution", text, isQuoted });
    } else if (this.text.startsWith("$(", this.at)) {
      const text = this.#nested("(", ")");
      parts.push({ kind: "substitution", text, isQuoted });
    } else if (this.text.startsWith("${", this.at)) {
      const text = this.#nested("{", "}");
      namePattern.lastIndex = 0;
      const [name = ""] = namePattern.exec(text) ?? [];
      const operation = name === "" || name.length < text.length ? text.slice(name.length) : null;
      parts.push({ kind: "variable", name, operation, isQuoted });
    } else {
      namePattern.lastIndex = this.at + 1;
      const [name = ""] = namePattern.exec(this.text) ?? [];
      this.at += 1 + name.length;
      if (name === "") parts.push({ kind: "text", value: "$", isQuoted });
      else parts.push({ kind: "variable", name, operation: null, isQuoted });
    }
  }

  /** What stands between a `$(` or `${` here and where it closes, quotes and further ones in it passed over. */
  #nested(open: string, close: string): string {
    const start = this.at + 2;
    let depth = 1;
    for (let at = start; at < this.text.length; at++) {
      const char = this.text[at];
      if (char === "\\") at++;
      else if (char === "'" || char === '"') {
        const end = closingQuote(this.text, at);
        if (end < 0) break;
        at = end;
      } else if (char === open) depth++;
      else if (char === close && --depth === 0) {
        this.at = at + 1;
        return this.text.slice(start, at);
      }
    }
    throw this.fail("an expansion is not closed");
  }

  #until(end: string, start: number, reason: string): string {
    const found = this.text.indexOf(end, start);
    if (found < 0) throw this.fail(reason);
    this.at = found + 1;
    return this.text.slice(start, found);
  }

  #endOfLine(): number {
    const end = this.text.indexOf("\n", this.at);
    return end < 0 ? this.text.length : end;
  }

  #skipHereDocuments(): void {
    for (let open = this.#openHereDocuments.shift(); open; open = this.#openHereDocuments.shift()) {
      for (let isOver = false; !isOver;) {
        if (this.isAtEnd) throw this.fail("a here-document is not closed");
        const end = this.#endOfLine();
        const line = this.text.slice(this.at, end);
        this.at = end + 1;
        isOver = (open.stripsTabs ? line.replace(/^\t+/, "") : line) === open.end;
      }
    }
  }
}

/** Where the quote that opens at `start` closes; -1 where it does not. */
function closingQuote(text: string, start: number): number {
  const quote = text[start];
  if (quote === "'") return text.indexOf("'", start + 1);
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return -1;
}
