import type { OptionSpec } from "./arguments.ts";

/** The help of one command. */
export interface HelpText {
  /** Without `Usage:`, one line each. */
  readonly usage: readonly string[];
  readonly about: string;
  readonly options: readonly OptionSpec[];
  /** Command line and what it does. */
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Further paragraphs: what a target is, exit codes. */
  readonly more?: readonly string[];
}

const maxColumns = 100;

/** Renders help for a terminal of that many columns. Ends in a line end. */
export function renderHelp(help: HelpText, columns: number): string {
  const width = Math.min(columns, maxColumns);
  const rows = help.options.map((option) => [labelOf(option), option.help] as const);
  const left = Math.min(Math.max(...rows.map(([label]) => label.length)), 24);
  const blocks = [
    help.usage.map((line, index) => `${index === 0 ? "Usage: " : "       "}${line}`).join("\n"),
    wrap(help.about, width, "").join("\n"),
    ["Options:", ...rows.flatMap((row) => optionLines(row, left, width))].join("\n"),
    ...(help.more ?? []).map((text) => wrap(text, width, "").join("\n")),
    [
      "Examples:",
      ...help.examples.flatMap(([command, what]) => [`  ${command}`, `      ${what}`]),
    ].join("\n"),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function labelOf({ name, short, value }: OptionSpec): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function optionLines(
  [label, text]: readonly [string, string],
  left: number,
  width: number,
): readonly string[] {
  const indent = " ".repeat(left + 4);
  const [first = "", ...rest] = wrap(text, width - indent.length, "");
  const start = `  ${label}`;
  const head =
    label.length > left ? [start, `${indent}${first}`] : [`${start.padEnd(left + 4)}${first}`];
  return [...head, ...rest.map((line) => `${indent}${line}`)];
}

/** Breaks at blanks; a word longer than the width stays whole. */
export function wrap(text: string, width: number, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && indent.length + longer.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return [...lines, indent + line];
}
