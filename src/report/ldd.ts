import type {
  ExecStep,
  LinkedProcess,
  LinkProblem,
  LoadedObject,
  LoadReason,
  NeededLibrary,
  Start,
} from "../linking/process.ts";
import type { Failure } from "../model/failure.ts";
import { count } from "./amounts.ts";
import { clean } from "./clean.ts";
import { placeWords } from "./explain.ts";
import { becauseWords } from "./finding-reasons.ts";
import { describeFinding, pageOf } from "./finding-words.ts";
import { orderFailure, orderProblem, writeJson } from "./json.ts";
import { paint, wrap, type TextOptions } from "./layout.ts";

/** One program and what starting it comes to. */
export interface LddProgram {
  /** As asked. */
  readonly program: string;
  readonly start: Start;
}

/** Places of a missing library that are named without --explain. */
const maxPlaces = 6;
/** Levels that are drawn; below them the line says how deep it is. */
const maxDrawn = 12;

const reasonWords: Readonly<Record<LoadReason, string>> = {
  ...becauseWords,
  program: "the program",
  self: "the loader itself",
};

/** The trees of what is loaded, as `ldd` would print them had it run there. Ends in a line end. */
export function renderLdd(programs: readonly LddProgram[], options: TextOptions): string {
  const blocks = programs.map(({ program, start }) => [
    ...stepLines(program, start.steps, options),
    ...start.processes.flatMap((process) => processLines(process, options)),
    ...problemLines(start.problems, options),
  ]);
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** The scripts on the way to the program. */
function stepLines(
  program: string,
  steps: readonly ExecStep[],
  { color }: TextOptions,
): readonly string[] {
  const scripts = steps.flatMap(({ path, line }) =>
    line === null ? [] : [`  ${clean(path)}: #!${clean(line)}`],
  );
  return [paint(clean(program), "strong", color), ...scripts];
}

function processLines(process: LinkedProcess, options: TextOptions): readonly string[] {
  const { ruleSet, interpreter, libcVersion, objects } = process;
  const [main] = objects;
  const name = main === undefined ? [] : [`  ${clean(main.path)}`];
  if (interpreter === null) {
    const kind = ruleSet === "none" ? "static: no loader" : `no loader is named (${ruleSet})`;
    return [...name, `    ${kind}`];
  }
  const { asked, realPath } = interpreter;
  const behind = realPath === null ? "not found" : clean(realPath);
  const loader = realPath === asked ? clean(asked) : `${clean(asked)} => ${behind}`;
  const libc = `${ruleSet === "unknown" ? "unknown rules" : ruleSet} ${clean(libcVersion ?? "?")}`;
  const roots = objects.filter(({ neededBy, because }) => neededBy === null && because !== "self");
  return [
    ...name,
    `    loader ${loader} (${libc})`,
    ...roots.slice(1).map((object) => `    preloaded ${clean(object.path)}`),
    ...treeLines(roots, options),
  ];
}

interface Branch {
  readonly need: NeededLibrary;
  readonly depth: number;
  readonly isLast: boolean;
  /** What is drawn before the branches of its children. */
  readonly prefix: string;
}

/** Each object in full once; where it is needed again, `(above)`. No recursion: a chain may be thousands deep. */
function treeLines(roots: readonly LoadedObject[], options: TextOptions): readonly string[] {
  const seen = new Set<LoadedObject>(roots);
  const lines: string[] = [];
  const stack: Branch[] = [];
  const push = (needs: readonly NeededLibrary[], depth: number, prefix: string): void => {
    for (const [index, need] of [...needs.entries()].toReversed()) {
      stack.push({ need, depth, prefix, isLast: index === needs.length - 1 });
    }
  };
  push(
    roots.flatMap(({ needs }) => needs),
    1,
    "    ",
  );
  for (let branch = stack.pop(); branch !== undefined; branch = stack.pop()) {
    const { need, depth, isLast, prefix } = branch;
    const { object } = need;
    const isDrawn = depth <= maxDrawn;
    const joint = isDrawn ? (isLast ? "└── " : "├── ") : `(${depth} deep) `;
    const below = isDrawn ? `${prefix}${isLast ? "    " : "│   "}` : prefix;
    const isKnown = object !== null && seen.has(object);
    lines.push(`${prefix}${joint}${needWords(need, isKnown, options)}`);
    if (object === null) lines.push(...searchedLines(need, below, options));
    else if (!isKnown) {
      seen.add(object);
      push(object.needs, depth + 1, below);
    }
  }
  return lines;
}

function needWords(need: NeededLibrary, isKnown: boolean, { color }: TextOptions): string {
  const { soname, object } = need;
  if (object === null) return `${clean(soname)} => ${paint("not found", "bad", color)}`;
  const path = `${clean(soname)} => ${clean(object.path)}`;
  return isKnown ? `${path} (above)` : `${path} (${reasonWords[object.because]})`;
}

function searchedLines(
  { searched }: NeededLibrary,
  prefix: string,
  { explain }: TextOptions,
): readonly string[] {
  const shown = explain ? searched : searched.slice(0, maxPlaces);
  const more = searched.length - shown.length;
  return [
    ...shown.map((place) => `${prefix}  ${placeWords(place)}`),
    ...(more > 0 ? [`${prefix}  ${count(more, "more place")} (--explain)`] : []),
  ];
}

function problemLines(problems: readonly LinkProblem[], options: TextOptions): readonly string[] {
  if (problems.length === 0) return [];
  return [
    "  problems:",
    ...problems.flatMap(({ severity, phase, subject }) => [
      ...wrap(`${severity}: ${describeFinding({ ...subject, phase })}`, options.columns, "    "),
      ...(options.explain ? [`      page ${pageOf(subject.code)}`] : []),
    ]),
  ];
}

export interface LddDocument {
  readonly tool: string;
  /** The image or folder that was looked into. */
  readonly reference: string;
  /** `linux/amd64`; null where it has none. */
  readonly platform: string | null;
  readonly programs: readonly LddProgram[];
  /** What was not read of it; absent: nothing. */
  readonly failures?: readonly Failure[];
}

/** The same as data, schema/ldd@1.json: objects in load order, which name each other by their position. */
export function renderLddJson(document: LddDocument): string {
  const { tool, reference, platform, programs, failures = [] } = document;
  return writeJson({
    schema: "fromage/ldd@1",
    tool,
    reference,
    platform,
    programs: programs.map(({ program, start: { steps, processes, problems } }) => ({
      program,
      steps: steps.map(({ path, realPath, kind, line }) => ({ path, realPath, kind, line })),
      processes: processes.map(processData),
      problems: problems.map(problemData),
    })),
    failures: failures.map(orderFailure),
  });
}

function processData(process: LinkedProcess): object {
  const { ruleSet, interpreter, libcVersion, objects, problems } = process;
  const positions = new Map(objects.map((object, index) => [object, index]));
  const indexOf = (object: LoadedObject | null): number | null =>
    object === null ? null : (positions.get(object) ?? null);
  return {
    ruleSet,
    interpreter:
      interpreter === null ? null : { asked: interpreter.asked, realPath: interpreter.realPath },
    libcVersion,
    objects: objects.map(({ path, realPath, facts, because, neededBy, needs }) => ({
      path,
      realPath,
      soname: facts.soname,
      because,
      neededBy: indexOf(neededBy),
      needs: needs.map(({ soname, object, searched }) => ({
        soname,
        object: indexOf(object),
        searched: searched.map(({ path: place, because: rule, found }) => ({
          path: place,
          because: rule,
          found,
        })),
      })),
    })),
    problems: problems.map(problemData),
  };
}

function problemData({ severity, phase, subject }: LinkProblem): object {
  return orderProblem(severity, phase, subject);
}
