import { parseArgs } from "node:util";

/** One option of a command: how it is typed and what the help says of it. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** Name of the value in the help; absent for a switch. */
  readonly value?: string;
  readonly isMultiple?: boolean;
  readonly help: string;
  /** What its value may be, for completion; absent: nothing is proposed. */
  readonly kind?: WordKind;
}

/** What a word of the command line stands for; a list has all that it may be. */
export type WordKind =
  | "reference"
  | "base"
  | "platform"
  | "file"
  /** A path in the image that the first reference names. */
  | "image-path"
  | readonly string[];

/** What completion knows of a command. */
export interface CommandWords {
  readonly options: readonly OptionSpec[];
  /** What stands without an option before it, in order; the last one may be repeated. */
  readonly positionals: readonly WordKind[];
  /** What its first word may be, each with words of its own. */
  readonly subcommands?: Readonly<Record<string, CommandWords>>;
}

/** What a command takes. */
export interface ArgumentsSpec {
  readonly options: readonly OptionSpec[];
  readonly maxPositionals: number;
}

/** Arguments as they were typed, sorted out. */
export interface ParsedArguments {
  readonly positionals: readonly string[];
  has(name: string): boolean;
  /** The last one counts; null when it was not given. */
  value(name: string): string | null;
  values(name: string): readonly string[];
}

/** Bad usage, in one sentence. The command line turns it into exit code 2. */
export class UsageError extends Error {}

/** Throws UsageError. `--` ends the options. */
export function parseArguments(args: readonly string[], spec: ArgumentsSpec): ParsedArguments {
  const options = Object.fromEntries(
    spec.options.map(({ name, short, value, isMultiple }) => [
      name,
      {
        type: value === undefined ? ("boolean" as const) : ("string" as const),
        multiple: isMultiple === true,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
  const { values, positionals } = parse(args, options);
  if (positionals.length > spec.maxPositionals) {
    const extra = positionals[spec.maxPositionals] ?? "";
    throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  }
  const list = (name: string): readonly string[] => {
    const found = values[name];
    if (typeof found === "string") return [found];
    return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
  };
  // What a variable of a script did not hold.
  if (positionals.includes("")) throw new UsageError("an argument is empty");
  const empty = spec.options.find(({ name }) => list(name).includes(""));
  if (empty !== undefined) throw new UsageError(`--${empty.name} is empty`);
  return {
    positionals,
    has: (name) => values[name] === true,
    value: (name) => list(name).at(-1) ?? null,
    values: list,
  };
}

type ParseOptions = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>;

function parse(
  args: readonly string[],
  options: ParseOptions,
): {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      strict: true,
    });
    return { values, positionals };
  } catch (error) {
    // Node says which argument it is; only its hint at `--` is left out.
    if (error instanceof TypeError && "code" in error) {
      const [sentence = error.message] = error.message.split(". ");
      throw new UsageError(sentence.charAt(0).toLowerCase() + sentence.slice(1));
    }
    throw error;
  }
}
