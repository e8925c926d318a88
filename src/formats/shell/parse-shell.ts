import type { FormatError } from "../format-error.ts";
import { Scanner } from "./scanner.ts";
import type { Body, Node, SimpleCommand, Word } from "./tree.ts";

/** Longest script that is read, in characters; those of packages have some kilobytes. */
const maxLength = 1024 * 1024;
/** Compounds in each other. */
const maxDepth = 50;

const assignmentPattern = /^[A-Za-z_][A-Za-z0-9_]*=/;
/** `>`, `2>>`, `<&`, `<<-` … Source: POSIX 2.7. */
const redirectPattern = /\d*(<<-?|<&|>&|<>|>>|>\||<|>)/y;
/** What ends a list of commands. */
const closers = new Set(["then", "do", "done", "fi", "elif", "else", "esac", "}"]);

/**
 * Reads a script for `sh` into commands. Words are not expanded, here-documents are passed over. What shells have beyond POSIX
 * (arrays, `[[`, process substitution) is not read. Throws FormatError for it, for broken syntax, and for what is longer
 * or deeper than any sound script. Source: POSIX Shell Command Language, 2.10.
 */
export function parseShell(text: string): Body {
  const parser = new Parser(new Scanner(text));
  if (text.length > maxLength) throw parser.fail(`it is longer than ${maxLength} characters`);
  return parser.script();
}

class Parser {
  readonly #scanner: Scanner;
  #depth = 0;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  fail(reason: string): FormatError {
    return this.#scanner.fail(reason);
  }

  script(): Body {
    const body = this.#list();
    if (!this.#scanner.isAtEnd) throw this.fail("a command ends where none began");
    return body;
  }

  /** Commands up to what cannot begin one. */
  #list(): Body {
    if (++this.#depth > maxDepth) throw this.fail(`commands are more than ${maxDepth} levels deep`);
    const scanner = this.#scanner;
    const nodes: Node[] = [];
    for (;;) {
      scanner.skipLines();
      if (scanner.isAtEnd || ")".includes(scanner.text[scanner.at] ?? "")) break;
      if (scanner.text.startsWith(";;", scanner.at) || closers.has(scanner.peekPlain())) break;
      nodes.push(this.#andOr());
      scanner.skipBlanks();
      if (scanner.text.startsWith(";;", scanner.at)) break;
      if (scanner.take(";") || scanner.take("&") || scanner.text[scanner.at] === "\n") continue;
      break;
    }
    this.#depth--;
    return nodes;
  }

  #andOr(): Node {
    const parts = [this.#pipeline()];
    const operators: ("&&" | "||")[] = [];
    for (;;) {
      this.#scanner.skipBlanks();
      const operator = (["&&", "||"] as const).find((one) => this.#scanner.take(one));
      if (operator === undefined) break;
      operators.push(operator);
      this.#scanner.skipLines();
      parts.push(this.#pipeline());
    }
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : { kind: "and-or", parts, operators };
  }

  #pipeline(): Node {
    const scanner = this.#scanner;
    const isNegated = this.#takeKeyword("!");
    const parts = [this.#command()];
    for (;;) {
      scanner.skipBlanks();
      if (scanner.text.startsWith("||", scanner.at) || !scanner.take("|")) break;
      scanner.skipLines();
      parts.push(this.#command());
    }
    const [only] = parts;
    if (only !== undefined && parts.length === 1 && !isNegated) return only;
    return { kind: "pipeline", isNegated, parts };
  }

  #command(): Node {
    const scanner = this.#scanner;
    if (scanner.take("(")) return this.#group(")");
    if (this.#takeKeyword("{")) return this.#group("}");
    if (this.#takeKeyword("if")) return this.#redirected(this.#if());
    if (this.#takeKeyword("case")) return this.#redirected(this.#case());
    if (this.#takeKeyword("for")) return this.#redirected(this.#for());
    if (this.#takeKeyword("while")) return this.#redirected(this.#while());
    if (this.#takeKeyword("until")) return this.#redirected(this.#while());
    const name = /[A-Za-z_][\w-]*[ \t]*\([ \t]*\)/y;
    name.lastIndex = scanner.at;
    const [head] = name.exec(scanner.text) ?? [];
    if (head === undefined) return this.#simple();
    scanner.at += head.length;
    scanner.skipLines();
    return { kind: "function", name: head.replace(/[ \t(].*$/, ""), body: this.#command() };
  }

  #group(close: ")" | "}"): Node {
    const body = this.#list();
    const isClosed = close === ")" ? this.#scanner.take(")") : this.#takeKeyword("}");
    if (!isClosed) throw this.fail(`"${close}" is missing`);
    const writesTo = this.#redirects();
    return { kind: "group", isSubshell: close === ")", body, writesTo };
  }

  /** A compound whose output goes elsewhere is a group around it. */
  #redirected(node: Node): Node {
    const writesTo = this.#redirects();
    if (writesTo.length === 0) return node;
    return { kind: "group", isSubshell: false, body: [node], writesTo };
  }

  #redirects(): readonly Word[] {
    const writesTo: Word[] = [];
    do this.#scanner.skipBlanks();
    while (this.#redirect(writesTo));
    return writesTo;
  }

  #if(): Node {
    const branches: { condition: Body; body: Body }[] = [];
    do {
      const condition = this.#list();
      this.#expect("then");
      branches.push({ condition, body: this.#list() });
    } while (this.#takeKeyword("elif"));
    const otherwise = this.#takeKeyword("else") ? this.#list() : [];
    this.#expect("fi");
    return { kind: "if", branches, otherwise };
  }

  #case(): Node {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    const word = this.#word();
    scanner.skipLines();
    this.#expect("in");
    const items: { patterns: readonly Word[]; body: Body }[] = [];
    for (;;) {
      scanner.skipLines();
      if (this.#takeKeyword("esac")) break;
      scanner.take("(");
      const patterns: Word[] = [];
      do {
        scanner.skipBlanks();
        patterns.push(this.#word());
        scanner.skipBlanks();
      } while (scanner.take("|"));
      if (!scanner.take(")")) throw this.fail('")" is missing');
      items.push({ patterns, body: this.#list() });
      scanner.take(";;");
    }
    return { kind: "case", word, items };
  }

  #for(): Node {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    const name = scanner.peekPlain();
    scanner.at += name.length;
    scanner.skipLines();
    const words = this.#takeKeyword("in") ? this.#words() : null;
    scanner.skipBlanks();
    scanner.take(";");
    return { kind: "for", name, words, body: this.#doGroup() };
  }

  #words(): readonly Word[] {
    const words: Word[] = [];
    for (;;) {
      this.#scanner.skipBlanks();
      const word = this.#scanner.word();
      if (word === null) return words;
      words.push(word);
    }
  }

  #while(): Node {
    const condition = this.#list();
    return { kind: "while", condition, body: this.#doGroup() };
  }

  #doGroup(): Body {
    this.#scanner.skipLines();
    this.#expect("do");
    const body = this.#list();
    this.#expect("done");
    return body;
  }

  #simple(): SimpleCommand {
    const scanner = this.#scanner;
    const start = scanner.at;
    const [assignments, words, writesTo]: [SimpleCommand["assignments"][number][], Word[], Word[]] =
      [[], [], []];
    for (;;) {
      scanner.skipBlanks();
      if (this.#redirect(writesTo)) continue;
      const wordAt = scanner.at;
      const [written = ""] = assignmentPattern.exec(scanner.text.slice(wordAt, wordAt + 200)) ?? [];
      if (words.length === 0 && written !== "") {
        scanner.at += written.length;
        const value = scanner.word() ?? { parts: [] };
        assignments.push({ name: written.slice(0, -1), value });
        continue;
      }
      const word = scanner.word();
      if (word === null) break;
      words.push(word);
    }
    if (scanner.at === start) throw this.fail("a command is missing");
    const text = scanner.text
      .slice(start, scanner.at)
      .replace(/\\?\s+/g, " ")
      .trim();
    return { kind: "command", assignments, words, writesTo, text };
  }

  /** Takes a redirection; the target goes to `writesTo` when it is a file that is written. */
  #redirect(writesTo: Word[]): boolean {
    const scanner = this.#scanner;
    redirectPattern.lastIndex = scanner.at;
    const [all, operator = ""] = redirectPattern.exec(scanner.text) ?? [];
    if (all === undefined) return false;
    scanner.at += all.length;
    scanner.skipBlanks();
    const target = this.#word();
    if (operator.startsWith("<<")) {
      const end = target.parts.map((part) => (part.kind === "text" ? part.value : "")).join("");
      scanner.openHereDocument(end, operator === "<<-");
    } else if (operator.includes(">") && operator !== ">&") writesTo.push(target);
    return true;
  }

  #word(): Word {
    const word = this.#scanner.word();
    if (word === null) throw this.fail("a word is missing");
    return word;
  }

  #takeKeyword(keyword: string): boolean {
    this.#scanner.skipBlanks();
    if (this.#scanner.peekPlain() !== keyword) return false;
    this.#scanner.at += keyword.length;
    return true;
  }

  #expect(keyword: string): void {
    if (!this.#takeKeyword(keyword)) throw this.fail(`"${keyword}" is missing`);
  }
}
