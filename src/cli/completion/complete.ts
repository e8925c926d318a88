import type { CommandWords, OptionSpec, WordKind } from "../arguments.ts";

/** One word that could stand there. */
export interface Proposal {
  readonly value: string;
  /** What it is, in a few words; empty when the word says it. */
  readonly about: string;
  /** More follows in the same word: `oci:`, a folder. */
  readonly goesOn?: boolean;
}

/** Where words come from that are not known beforehand. Each gives what it can have soon, and nothing where that fails. */
export interface WordSources {
  bases(): readonly Proposal[];
  /** Names of images in engines, and of registries that were asked before. */
  imageNames(): Promise<readonly string[]>;
  /** Paths of the image that start so. */
  imagePaths(reference: string, prefix: string): Promise<readonly string[]>;
}

/** The verbs, each with what it is for; `load` gives what completion knows of one. */
export interface Verbs {
  readonly names: readonly Proposal[];
  load(verb: string): Promise<CommandWords | null>;
}

/** What could stand for the last of the words, which may be empty; `words` are those behind `fromage`. Sorted as they are asked for. */
export async function complete(
  words: readonly string[],
  verbs: Verbs,
  sources: WordSources,
): Promise<readonly Proposal[]> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const [verb, ...rest] = before;
  if (verb === undefined) {
    const references = await propose("reference", { current, reference: null, sources });
    return [...startingWith(current, verbs.names), ...(current === "" ? [] : references)];
  }
  if (verb === "help") return startingWith(current, verbs.names);
  // `fromage TARGET …` is `fromage choose TARGET …`.
  const known = await verbs.load(verb);
  const command = known ?? (await verbs.load("choose"));
  if (command === null) return [];
  return completeIn(command, known === null ? before : rest, { current, sources });
}

interface Place {
  readonly current: string;
  readonly sources: WordSources;
}

async function completeIn(
  command: CommandWords,
  before: readonly string[],
  { current, sources }: Place,
): Promise<readonly Proposal[]> {
  const { subcommands } = command;
  if (subcommands !== undefined) {
    const [name, ...rest] = before;
    const inside = name === undefined ? undefined : subcommands[name];
    if (inside !== undefined) return completeIn(inside, rest, { current, sources });
    const names = Object.keys(subcommands).map((value) => ({ value, about: "" }));
    if (before.length === 0) return startingWith(current, [...names, ...flags(command, current)]);
  }
  const { positionals, open, isEnded } = sortOut(before, command.options);
  const ask = { reference: positionals[0] ?? null, sources };
  if (open !== null) return propose(kindOf(open), { ...ask, current });
  const equals = /^(--[^=]+=)(.*)$/s.exec(current);
  if (equals !== null && !isEnded) {
    const [, name = "", value = ""] = equals;
    const option = command.options.find((one) => `--${one.name}=` === name);
    const found = await propose(option === undefined ? [] : kindOf(option), {
      ...ask,
      current: value,
    });
    return found.map((one) => ({ ...one, value: `${name}${one.value}` }));
  }
  if (current.startsWith("-") && !isEnded) return startingWith(current, flags(command, current));
  const kind = command.positionals[positionals.length] ?? command.positionals.at(-1) ?? [];
  return propose(kind, { ...ask, current });
}

/** What stands before: words without an option, and the option whose value comes next. */
function sortOut(
  before: readonly string[],
  options: readonly OptionSpec[],
): {
  readonly positionals: readonly string[];
  readonly open: OptionSpec | null;
  readonly isEnded: boolean;
} {
  const positionals: string[] = [];
  let open: OptionSpec | null = null;
  let isEnded = false;
  for (const word of before) {
    if (open !== null) open = null;
    else if (isEnded || !word.startsWith("-")) positionals.push(word);
    else if (word === "--") isEnded = true;
    else {
      const option = options.find(
        ({ name, short }) => word === `--${name}` || word === `-${short}`,
      );
      open = option?.value === undefined ? null : option;
    }
  }
  return { positionals, open, isEnded };
}

/** Options that mean the same in every command. */
const kinds: Readonly<Record<string, WordKind>> = {
  base: "base",
  "base-is": "base",
  platform: "platform",
  config: "file",
  "cache-dir": "file",
};

function kindOf({ name, kind }: OptionSpec): WordKind {
  return kind ?? kinds[name] ?? [];
}

function flags({ options }: CommandWords, current: string): readonly Proposal[] {
  if (!current.startsWith("-")) return [];
  return options.map(({ name, help }) => ({ value: `--${name}`, about: firstClause(help) }));
}

function firstClause(help: string): string {
  const [clause = ""] = help.split(/[;:.(]/);
  return clause.trim();
}

const platforms =
  "linux/amd64 linux/arm64 linux/arm/v7 linux/386 linux/ppc64le linux/riscv64 linux/s390x";

const schemes: readonly (readonly [scheme: string, about: string])[] = [
  ["archive:", "docker save"],
  ["base:", "a base of the catalogue"],
  ["docker:", "an image of an engine"],
  ["oci-archive:", "an OCI layout in a tar file"],
  ["oci:", "an OCI layout"],
  ["registry:", "an image of a registry"],
  ["rootfs:", "a root filesystem"],
];

async function propose(
  kind: WordKind,
  { current, reference, sources }: Place & { readonly reference: string | null },
): Promise<readonly Proposal[]> {
  if (kind === "file") return [];
  if (kind === "platform") return startingWith(current, platforms.split(" ").map(word));
  if (kind === "image-path") {
    if (reference === null) return [];
    const paths = await sources.imagePaths(reference, current);
    return paths.map((value) => ({ value, about: "", goesOn: value.endsWith("/") }));
  }
  if (kind === "reference" || kind === "base") return references(current, kind, sources);
  return startingWith(current, kind.map(word));
}

function word(value: string): Proposal {
  return { value, about: "" };
}

async function references(
  current: string,
  kind: "reference" | "base",
  sources: WordSources,
): Promise<readonly Proposal[]> {
  const bases = sources.bases();
  const prefixed = bases.map((base) => ({ ...base, value: `base:${base.value}` }));
  // A path: the shell completes it.
  if (/^(?:[./~]|rootfs:|oci:|oci-archive:|archive:)/.test(current)) return [];
  const names = (await sources.imageNames()).flatMap((name) => [
    word(name),
    word(`docker:${name}`),
  ]);
  const openings = schemes.map(([value, about]) => ({ value, about, goesOn: true }));
  return startingWith(current, [
    ...(kind === "base" ? bases : []),
    ...(current.startsWith("base:") ? prefixed : []),
    ...names.filter(({ value }) => current.startsWith("docker:") || !value.startsWith("docker:")),
    ...openings.filter(({ value }) => !current.startsWith(value)),
  ]);
}

function startingWith(prefix: string, proposals: readonly Proposal[]): readonly Proposal[] {
  return proposals.filter(({ value }) => value.startsWith(prefix));
}
