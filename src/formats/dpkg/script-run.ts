import type { Body, Node, SimpleCommand, Word } from "../shell/tree.ts";
import { EffectLog } from "./effect-log.ts";
import type { ScriptEffects } from "./script-effects.ts";
import {
  both,
  compareWithNothing,
  either,
  evaluateTest,
  not,
  type TestWorld,
} from "./script-tests.ts";
import { isHarmless } from "./harmless-commands.ts";
import { ScriptBudget } from "./script-budget.ts";
import { ScriptVariables, type ScriptContext } from "./script-variables.ts";

/** Whether a command came to true; null when that is not known. */
type Status = boolean | null;

/** How a list ended before its end. */
type Leaving = "exit" | "return" | "loop" | null;

interface Outcome {
  readonly status: Status;
  readonly leaving: Leaving;
}

/** What no build of an image has. Source: sd_booted(3). */
const neverThere = new Set(["/run/systemd/system"]);

/** Follows one script with what is known of its first run. */
export class ScriptRun {
  readonly #context: ScriptContext;
  readonly #variables: ScriptVariables;
  /** Null: of several that it may be. */
  readonly #functions = new Map<string, Node | null>();
  readonly #log = new EffectLog();
  readonly #budget = new ScriptBudget();
  readonly #world: TestWorld;
  /** How many conditions that are not known we are under. */
  #doubts = 0;
  /** Under such a condition the script, or the function that is followed, may have ended. */
  #mayBeOver = { script: false, call: false };

  constructor(context: ScriptContext) {
    this.#context = context;
    this.#variables = new ScriptVariables(context);
    const files = new Set(context.script === "postinst" ? context.files : []);
    this.#world = {
      exists: (path) => (neverThere.has(path) ? false : files.has(path) ? true : null),
    };
  }

  start(script: Body): void {
    this.#list(script);
  }

  effects(): ScriptEffects {
    return this.#log.effects();
  }

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
    this.#budget.step();
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
        this.#functions.set(node.name, this.#isInDoubt ? null : node.body);
        return done(true);
    }
  }

  #group({ isSubshell, body, writesTo }: Extract<Node, { readonly kind: "group" }>): Outcome {
    for (const word of writesTo) this.#written(word, "output of a group of commands");
    const before = isSubshell ? this.#variables.save() : null;
    const { status, leaving } = this.#list(body);
    if (before === null) return { status, leaving };
    this.#variables.restore(before);
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
    const value = this.#variables.whole(word);
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
    const written = this.#variables.whole(pattern);
    if (written === "*") return true;
    if (value === null || written === null) return null;
    return /[*?[]/.test(written) ? null : value === written;
  }

  #for({ name, words, body }: Extract<Node, { readonly kind: "for" }>): Outcome {
    const expanded = words?.map((word) => this.#variables.fields(word)) ?? [null];
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
    for (const word of command.writesTo) this.#written(word, command.text);
    if (command.words.length === 0) {
      for (const { name, value } of command.assignments) {
        const known = this.#isInDoubt ? null : this.#variables.whole(value);
        this.#variables.set(name, known);
      }
      return done(null);
    }
    const words = command.words.flatMap((word) => this.#variables.fields(word) ?? [null]);
    const [written, ...args] = words;
    const name = written?.replace(/^(?:\/usr)?\/s?bin\//, "") ?? written;
    if (name === undefined) return done(true);
    const body = name === null ? undefined : this.#functions.get(name);
    if (body === null) this.#log.note(command.text);
    if (body === null) return done(null);
    if (body !== undefined) return this.#call(body, args);
    return this.#builtin(name, args, command);
  }

  #written(word: Word, text: string): void {
    this.#log.written(this.#variables.whole(word), text);
  }

  #at({ text }: SimpleCommand): { readonly text: string; readonly isInDoubt: boolean } {
    return { text, isInDoubt: this.#isInDoubt };
  }

  #call(body: Node, args: readonly (string | null)[]): Outcome {
    this.#budget.enter();
    const [before, mayBeOver] = [this.#variables.arguments, this.#mayBeOver.call];
    this.#variables.arguments = args;
    const { status, leaving } = this.#node(body);
    this.#budget.leave();
    this.#variables.arguments = before;
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
        if (args[0] === "--compare-versions") return done(compareWithNothing(args));
        return this.#other(name, args, command);
      case "ldconfig":
        this.#log.refreshesLoaderCache = true;
        return done(true);
      case "update-alternatives":
        this.#log.addAlternative(args, this.#at(command));
        return done(true);
      case "dpkg-divert":
        this.#log.addDiversion(args, { ...this.#at(command), package: this.#context.package });
        return done(true);
      default:
        return this.#other(name, args, command);
    }
  }

  #other(name: string | null, args: readonly (string | null)[], command: SimpleCommand): Outcome {
    if (name !== null && this.#variables.apply(name, args, this.#isInDoubt)) return done(null);
    if (name === null || !isHarmless(name, args)) this.#log.note(command.text);
    return done(null);
  }
}

function done(status: Status): Outcome {
  return { status, leaving: null };
}
