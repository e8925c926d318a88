import { FormatError } from "../format-error.ts";
import { readInstructions, type Instruction } from "./instructions.ts";

/** What the image of a Dockerfile stands on, as the file says it. */
export type FinalBase =
  /** `reference` as FROM names it, arguments put in; `platform` of `--platform`, null where there is none. */
  | { readonly kind: "image"; readonly reference: string; readonly platform: string | null }
  | { readonly kind: "scratch" }
  /** It hangs on what is not in the file: an argument without a value; or on a stage that is not in it. */
  | { readonly kind: "unknown"; readonly what: string };

export interface FinalBaseOptions {
  /** Name or number of the stage that is built; null: the last one. */
  readonly target?: string | null;
  readonly buildArgs?: Readonly<Record<string, string>>;
}

interface Stage {
  readonly name: string | null;
  /** Null: an argument without a value is in it. */
  readonly from: string | null;
  readonly written: string;
  readonly platform: string | null;
}

/**
 * Follows the stages of a Dockerfile from the one that is built down to an image: `FROM` of another stage leads on, what
 * is copied from one does not count. Arguments count when they stand before the first FROM, as for builders. Throws a
 * FormatError for a text without FROM.
 *
 *     ARG TAG=12-slim
 *     FROM golang AS build
 *     FROM --platform=$TARGETPLATFORM debian:${TAG}
 *     COPY --from=build /app /app
 *
 * Sources: Dockerfile reference, FROM and ARG; BuildKit frontend/dockerfile/instructions/parse.go, parseFrom.
 */
export function finalBase(text: string, options: FinalBaseOptions = {}): FinalBase {
  const stages = readStages(readInstructions(text), options.buildArgs ?? {});
  const { target = null } = options;
  let at = target === null ? stages.length - 1 : findStage(stages, target, stages.length);
  if (at < 0) return { kind: "unknown", what: `stage ${target ?? ""}` };
  let platform: string | null = null;
  // Each step leads to an earlier stage, so this ends.
  for (;;) {
    const stage = stages[at];
    if (stage === undefined) throw new FormatError("Dockerfile", "it has no FROM");
    platform = stage.platform ?? platform;
    const { from, written } = stage;
    if (from === null || from === "") return { kind: "unknown", what: written };
    const earlier = findNamed(stages, from, at);
    if (earlier < 0) {
      return from === "scratch"
        ? { kind: "scratch" }
        : { kind: "image", reference: from, platform };
    }
    at = earlier;
  }
}

function readStages(
  instructions: readonly Instruction[],
  buildArgs: Readonly<Record<string, string>>,
): readonly Stage[] {
  const given = new Map(Object.entries(buildArgs));
  const values = new Map<string, string>();
  const stages: Stage[] = [];
  for (const { name, rest } of instructions) {
    if (name === "ARG" && stages.length === 0) {
      for (const [key, value] of readArguments(rest)) {
        const known = given.get(key) ?? (value === null ? null : expand(value, values));
        if (known !== null) values.set(key, known);
      }
    }
    if (name === "FROM") stages.push(readFrom(rest, values));
  }
  if (stages.length === 0) throw new FormatError("Dockerfile", "it has no FROM");
  return stages;
}

function readFrom(rest: string, values: ReadonlyMap<string, string>): Stage {
  const words = rest.split(/\s+/);
  const flags = words.filter((word) => word.startsWith("--"));
  const [written = "", as = "", name = null] = words.filter((word) => !word.startsWith("--"));
  const platform = flags
    .find((flag) => flag.startsWith("--platform="))
    ?.slice("--platform=".length);
  return {
    name: as.toUpperCase() === "AS" ? (name?.toLowerCase() ?? null) : null,
    from: expand(unquote(written), values),
    written,
    platform: platform === undefined ? null : expand(unquote(platform), values),
  };
}

/** `NAME`, `NAME=value`, several in one line; null where no value stands. */
function readArguments(rest: string): readonly (readonly [string, string | null])[] {
  const words = rest.match(/(?:[^\s"']|"(?:\\.|[^"\\])*"|'[^']*')+/g) ?? [];
  return words.map((word) => {
    const equals = word.indexOf("=");
    return equals < 0 ? [word, null] : [word.slice(0, equals), unquote(word.slice(equals + 1))];
  });
}

const unquote = (text: string): string => text.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, "$1$2");

const variable = /\$(?:\{([A-Za-z_]\w*)(?:(:?[-+])([^{}]*))?\}|([A-Za-z_]\w*))/g;

/** Null where an argument without a value is in it, or a form of the shell that is not read here. */
function expand(text: string, values: ReadonlyMap<string, string>): string | null {
  let isWhole = true;
  const expanded = text.replace(variable, (...matched: (string | undefined)[]) => {
    const [, braced, operator, word = "", plain] = matched;
    const name = braced ?? plain ?? "";
    const value = values.get(name);
    // With a colon an empty value counts as none.
    const isSet = value !== undefined && (value !== "" || operator?.startsWith(":") !== true);
    if (operator?.endsWith("-") === true) return isSet ? value : word;
    if (operator?.endsWith("+") === true) return isSet ? word : "";
    if (value === undefined) isWhole = false;
    return value ?? "";
  });
  return isWhole && !expanded.includes("$") ? expanded : null;
}

function findStage(stages: readonly Stage[], target: string, before: number): number {
  const named = findNamed(stages, target, before);
  if (named >= 0) return named;
  const number = /^\d{1,4}$/.test(target) ? Number(target) : -1;
  return number < before ? number : -1;
}

/** Of several with one name the last before. Stage names have no case. */
function findNamed(stages: readonly Stage[], name: string, before: number): number {
  return stages.slice(0, before).findLastIndex((stage) => stage.name === name.toLowerCase());
}
