import { OverLimitError } from "../over-limit-error.ts";
import { expandFields, expandWhole, type Lookup } from "../shell/expand.ts";
import type { Body, Node, SimpleCommand, Word } from "../shell/tree.ts";
import type { Diversion } from "./diversions.ts";
import type { AlternativeChoice, ScriptEffects } from "./script-effects.ts";
import { both, either, evaluateTest, not, type TestWorld } from "./script-tests.ts";
import { readAlternativesCall, readDivertCall } from "./script-words.ts";
import { isHarmless } from "./harmless-commands.ts";

/** Whose script it is. */
export interface ScriptContext {
  readonly package: string;
  /** `postinst` is called with `configure`, every other one with `install`. */
  readonly script: string;
  /** Paths of the package, which are there when `postinst` runs. */
  readonly files: readonly string[];
}

/** Whether a command came to true; null when that is not known. */
type Status = boolean | null;

/** How a list ended before its end. */
type Leaving = "exit" | "return" | "loop" | null;

interface Outcome {
  readonly status: Status;
  readonly leaving: Leaving;
}

/** Commands that are followed; sound scripts take some hundreds. */
const maxSteps = 20_000;
/** Calls of functions in each other: each takes stack for its commands too. */
const maxCalls = 20;
/** Statements that are named. */
const maxUnknown = 20;
const maxStatementLength = 100;
/** What no build of an image has. Source: sd_booted(3). */
const neverThere = new Set(["/run/systemd/system"]);

/** Follows one script with what is known of its first run. */
export class ScriptRun {
  readonly #context: ScriptContext;
  readonly #variables = new Map<string, string | null>();
  readonly #functions = new Map<string, Node>();
  readonly #alternatives: AlternativeChoice[] = [];
  readonly #diversions: Diversion[] = [];
  readonly #unknown = new Set<string>();
  readonly #world: TestWorld;
  #arguments: readonly (string | null)[];
  #refreshesLoaderCache = false;
  /** How many conditions that are not known we are under. */
  #doubts = 0;
  /** Under such a condition the script, or the function that is followed, may have ended. */
  #mayBeOver = { script: false, call: false };
  #calls = 0;
  #steps = 0;

  constructor(context: ScriptContext) {
    this.#context = context;
    const isPostinst = context.script === "postinst";
    this.#arguments = isPostinst ? ["configure", ""] : ["install"];
    const files = new Set(isPostinst ? context.files : []);
    this.#world = {
      exists: (path) => (neverThere.has(path) ? false : files.has(path) ? true : null),
    };
    this.#variables.set("DPKG_ROOT", "");
    this.#variables.set("DPKG_MAINTSCRIPT_PACKAGE", context.package);
    this.#variables.set("DPKG_MAINTSCRIPT_NAME", context.script);
  }

  start(script: Body): void {
    this.#list(script);
  }

  effects(): ScriptEffects {
    return {
      alternatives: this.#alternatives,
      diversions: this.#diversions,
      refreshesLoaderCache: this.#refreshesLoaderCache,
      unknown: [...this.#unknown],
    };
  }

  readonly #lookup: Lookup = (name) => {
    if (name === "#") return String(this.#arguments.length);
    // All of them are one word only where they are quoted with `*`; see `#fields` for the other way.
    if (name === "@" || name === "*") return null;
    if (/^[1-9]$/.test(name)) return this.#arguments[Number(name) - 1];
    // A variable that nobody set may come from outside: only the arguments are known not to be there.
    return this.#variables.has(name) ? this.#variables.get(name) : null;
  };

  #list(body: Body): Outcome {
    let status: Status = true;
    for (const node of body) {
      const done = this.#node(node);
      if (done.leaving !== null) return done;
      status = done.status;
    }
    return { status, leaving: null };
  }

  get #isInDoubt(): boolean {
    return this.#doubts > 0 || this.#mayBeOver.script || this.#mayBeOver.call;
  }

  /** Where it is not known whether this is run: it leaves no list for certain, but all that follows is in doubt then. */
  #maybe(run: () => Outcome): void {
    this.#doubts++;
    const { leaving } = run();
    this.#doubts--;
    if (leaving === "exit") this.#mayBeOver.script = true;
    if (leaving === "return") this.#mayBeOver.call = true;
  }

  #node(node: Node): Outcome {
    if (++this.#steps > maxSteps) {
      throw new OverLimitError("shell", {
        budget: "commands of one script",
        limit: maxSteps,
        unit: "entries",
      });
    }
    switch (node.kind) {
      case "command":
        return this.#command(node);
      case "pipeline":
        return this.#pipeline(node.parts, node.isNegated);
      case "and-or":
        return this.#andOr(node.parts, node.operators);
      case "if":
        return this.#if(node.branches, node.otherwise);
      case "case":
        return this.#case(node);
      case "for":
        return this.#for(node);
      case "while":
        return this.#while(node.condition, node.body);
      case "group":
        return this.#group(node);
      case "function":
        this.#functions.set(node.name, node.body);
        return done(true);
    }
  }

  #group({ isSubshell, body, writesTo }: Extract<Node, { readonly kind: "group" }>): Outcome {
    for (const word of writesTo) this.#written(word);
    const before = isSubshell ? new Map(this.#variables) : null;
    const { status, leaving } = this.#list(body);
    if (before === null) return { status, leaving };
    for (const name of this.#variables.keys()) this.#variables.set(name, before.get(name) ?? null);
    return done(leaving === null ? status : null);
  }

  #pipeline(parts: readonly Node[], isNegated: boolean): Outcome {
    let last: Outcome = done(true);
    for (const part of parts) last = this.#node(part);
    const leaving = parts.length > 1 ? null : last.leaving;
    return { status: isNegated ? not(last.status) : last.status, leaving };
  }

  #andOr(parts: readonly Node[], operators: readonly ("&&" | "||")[]): Outcome {
    let status: Status = true;
    for (const [index, part] of parts.entries()) {
      const operator = operators[index - 1];
      const isRun = operator === undefined ? true : operator === "&&" ? status : not(status);
      if (isRun === false) continue;
      if (isRun === null) {
        this.#maybe(() => this.#node(part));
        status = null;
        continue;
      }
      const { status: own, leaving } = this.#node(part);
      if (leaving !== null) return { status: own, leaving };
      if (operator === undefined) status = own;
      else status = operator === "&&" ? both(status, own) : either(status, own);
    }
    return done(status);
  }

  #if(
    branches: readonly { readonly condition: Body; readonly body: Body }[],
    otherwise: Body,
  ): Outcome {
    let isCertain = true;
    for (const { condition, body } of branches) {
      const asked = this.#list(condition);
      if (asked.leaving !== null) return asked;
      if (asked.status === false) continue;
      if (asked.status === true && isCertain) return this.#list(body);
      isCertain = false;
      this.#maybe(() => this.#list(body));
      if (asked.status === true) return done(null);
    }
    if (isCertain) return this.#list(otherwise);
    this.#maybe(() => this.#list(otherwise));
    return done(null);
  }

  #case({ word, items }: Extract<Node, { readonly kind: "case" }>): Outcome {
    const value = expandWhole(word, this.#lookup);
    let isCertain = value !== null;
    for (const { patterns, body } of items) {
      const matches = patterns.map((pattern) => this.#matches(value, pattern));
      const match = matches.reduce<Status>(either, false);
      if (match === false) continue;
      if (match === true && isCertain) return this.#list(body);
      isCertain = false;
      this.#maybe(() => this.#list(body));
    }
    return done(isCertain ? true : null);
  }

  #matches(value: string | null, pattern: Word): Status {
    const written = expandWhole(pattern, this.#lookup);
    if (written === "*") return true;
    if (value === null || written === null) return null;
    return /[*?[]/.test(written) ? null : value === written;
  }

  #for({ name, words, body }: Extract<Node, { readonly kind: "for" }>): Outcome {
    const expanded = words?.map((word) => expandFields(word, this.#lookup)) ?? [null];
    for (const fields of expanded) {
      if (fields === null) {
        this.#variables.set(name, null);
        this.#maybe(() => this.#list(body));
        continue;
      }
      for (const value of fields) {
        this.#variables.set(name, value);
        const { leaving } = this.#list(body);
        if (leaving === "exit" || leaving === "return") return { status: null, leaving };
        // `break` and `continue` are not told apart: what comes of the others is in doubt.
        if (leaving === "loop") return done(null);
      }
    }
    return done(null);
  }

  #while(condition: Body, body: Body): Outcome {
    this.#maybe(() => this.#list(condition));
    this.#maybe(() => this.#list(body));
    return done(null);
  }

  #command(command: SimpleCommand): Outcome {
    for (const word of command.writesTo) this.#written(word, command);
    if (command.words.length === 0) {
      for (const { name, value } of command.assignments) {
        const known = this.#isInDoubt ? null : expandWhole(value, this.#lookup);
        this.#variables.set(name, known);
      }
      return done(null);
    }
    const words = command.words.flatMap((word) => this.#fields(word));
    const [name, ...args] = words;
    if (name === undefined) return done(true);
    const body = name === null ? undefined : this.#functions.get(name);
    if (body !== undefined) return this.#call(body, args);
    return this.#builtin(name, args, command);
  }

  /** What a command gets of a word; one that is not known stays one place in the list. */
  #fields(word: Word): readonly (string | null)[] {
    const [only] = word.parts;
    const isAll = word.parts.length === 1 && only?.kind === "variable" && only.name === "@";
    return isAll && only.operation === null
      ? this.#arguments
      : (expandFields(word, this.#lookup) ?? [null]);
  }

  #call(body: Node, args: readonly (string | null)[]): Outcome {
    if (this.#calls >= maxCalls) {
      const budget = "functions in each other";
      throw new OverLimitError("shell", { budget, limit: maxCalls, unit: "levels" });
    }
    const [before, mayBeOver] = [this.#arguments, this.#mayBeOver.call];
    this.#arguments = args;
    this.#calls++;
    const { status, leaving } = this.#node(body);
    this.#calls--;
    this.#arguments = before;
    this.#mayBeOver.call = mayBeOver;
    return { status, leaving: leaving === "return" ? null : leaving };
  }

  #builtin(name: string | null, args: readonly (string | null)[], command: SimpleCommand): Outcome {
    switch (name) {
      case "exit":
        return { status: true, leaving: "exit" };
      case "return":
        return {
          status: args[0] === "0" ? true : args[0] === "1" ? false : null,
          leaving: "return",
        };
      case "break":
      case "continue":
        return { status: true, leaving: "loop" };
      case "true":
      case ":":
        return done(true);
      case "false":
        return done(false);
      case "test":
        return done(evaluateTest(args, this.#world));
      case "[":
        return done(evaluateTest(args.slice(0, -1), this.#world));
      case "dpkg":
        return done(this.#dpkg(args, command));
      case "ldconfig":
      case "/sbin/ldconfig":
        this.#refreshesLoaderCache = true;
        return done(true);
      case "update-alternatives":
      case "/usr/sbin/update-alternatives":
      case "/usr/bin/update-alternatives":
        return done(this.#take(readKnown(args, readAlternativesCall), this.#alternatives, command));
      case "dpkg-divert": {
        const read = (known: readonly string[]): ReturnType<typeof readDivertCall> =>
          readDivertCall(known, this.#context.package);
        return done(this.#take(readKnown(args, read), this.#diversions, command));
      }
      default:
        return this.#other(name, args, command);
    }
  }

  #other(name: string | null, args: readonly (string | null)[], command: SimpleCommand): Outcome {
    const assigned = ["local", "export", "readonly", "read", "unset", "getopts"];
    if (name !== null && assigned.includes(name)) {
      for (const arg of args) {
        const [variable = "", ...value] = (arg ?? "").split("=");
        const known =
          arg === null || value.length === 0 || this.#isInDoubt ? null : value.join("=");
        this.#variables.set(variable, known);
      }
      return done(null);
    }
    // What debconf answers is not known, and goes into RET.
    if (name?.startsWith("db_") === true) this.#variables.set("RET", null);
    if (name === "shift") this.#arguments = this.#arguments.slice(1);
    if (name === "set" && args.includes("--")) this.#arguments = args.map(() => null);
    if (name === null || !isHarmless(name, args)) this.#note(command.text);
    return done(null);
  }

  /** A first installation has no version to compare with: none is later than it. */
  #dpkg(args: readonly (string | null)[], command: SimpleCommand): Status {
    const [option, a, operator] = args;
    if (option !== "--compare-versions") {
      if (!isHarmless("dpkg", args)) this.#note(command.text);
      return null;
    }
    if (a !== "" || typeof operator !== "string") return null;
    if (/^(?:lt-nl|le-nl|gt|ge|gt-nl|eq|>>|>=)$/.test(operator)) return operator === "gt-nl";
    return /^(?:lt|le|ne|<<|<=|<)$/.test(operator) ? true : null;
  }

  #take<Effect>(
    call: Effect | "nothing" | null,
    effects: Effect[],
    command: SimpleCommand,
  ): Status {
    if (call === "nothing") return null;
    if (call === null || this.#isInDoubt) this.#note(command.text);
    else effects.push(call);
    return true;
  }

  #written(word: Word, command?: SimpleCommand): void {
    const target = expandWhole(word, this.#lookup);
    if (target === null) this.#note(command?.text ?? "output of a group of commands");
    // What is left behind in these is not looked at by programs.
    else if (!/^\/(?:dev|tmp|var\/log|run)\//.test(target))
      this.#note(command?.text ?? `> ${target}`);
  }

  #note(statement: string): void {
    if (this.#unknown.size >= maxUnknown) return;
    const isLong = statement.length > maxStatementLength;
    this.#unknown.add(isLong ? `${statement.slice(0, maxStatementLength)}…` : statement);
  }
}

function done(status: Status): Outcome {
  return { status, leaving: null };
}

function readKnown<Effect>(
  args: readonly (string | null)[],
  read: (known: readonly string[]) => Effect | "nothing" | null,
): Effect | "nothing" | null {
  const known = args.filter((arg) => arg !== null);
  if (known.length === args.length) return read(known);
  // Which of them is asked about or removed does not matter.
  return known.some((one) => read([one]) === "nothing") ? "nothing" : null;
}
