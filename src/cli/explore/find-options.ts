import type { OptionSpec } from "../arguments.ts";
import { exploreOptions } from "./explore-options.ts";

/** Options of `find`; all tests must hold. */
export const findOptions: readonly OptionSpec[] = [
  { name: "name", value: "GLOB", isMultiple: true, help: "the name without its folder" },
  {
    name: "iname",
    value: "GLOB",
    isMultiple: true,
    help: "the same, whether letters are large or small",
  },
  {
    name: "path",
    value: "GLOB",
    isMultiple: true,
    help: "the whole path; * stands for slashes too",
  },
  {
    name: "type",
    value: "f,d,l,p,b,c",
    help: "files, directories, links, pipes, block or character devices",
  },
  {
    name: "size",
    value: "[+-]N[ckMG]",
    isMultiple: true,
    help: "as big, bigger (+) or smaller (-), rounded up to the unit as find does; no letter: blocks of 512 bytes",
  },
  {
    name: "perm",
    value: "[-/]MODE",
    isMultiple: true,
    help: "exactly these bits, all of them (-), any of them (/); octal or u=rwx,g+s",
  },
  { name: "user", value: "NAME", help: "owner, by the image's own names or as a number" },
  { name: "group", value: "NAME", help: "group, by the image's own names or as a number" },
  { name: "uid", value: "N", help: "owner as a number" },
  { name: "gid", value: "N", help: "group as a number" },
  { name: "setuid", help: "files with setuid, setgid or a capability" },
  { name: "elf", help: "ELF files: programs and libraries" },
  { name: "soname", value: "GLOB", help: "libraries that call themselves so" },
  { name: "needed", value: "SONAME", help: "ELF files that need this library; a GLOB too" },
  { name: "package", value: "NAME", help: "files of this installed package" },
  { name: "broken-links", help: "links that lead to nothing in the image" },
  { name: "layer", value: "N", help: "files that this layer brought, 0 the bottom" },
  {
    name: "grep",
    value: "REGEX",
    help: "files with a line like this (a JavaScript expression), text or not; reads the layers again",
  },
  { name: "count", short: "c", help: "with --grep, how many lines of each file: PATH:N" },
  { name: "max-depth", value: "N", help: "levels below PATH (default: all)" },
  { name: "long", short: "l", help: "as ls -l has it" },
  { name: "null", short: "0", help: "each path ends in a NUL" },
  ...exploreOptions,
];

/**
 * Joins a value that starts with a hyphen to its option: `--perm -4000` becomes `--perm=-4000`, which is how find(1) is
 * typed.
 */
export function joinFindValues(args: readonly string[]): readonly string[] {
  const taking = new Set(
    findOptions.filter(({ value }) => value !== undefined).map(({ name }) => `--${name}`),
  );
  const joined: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--") return [...joined, ...args.slice(at)];
    const next = args[at + 1];
    const isValue = taking.has(word) && next !== undefined && /^-[^-]/.test(next);
    joined.push(isValue ? `${word}=${next}` : word);
    if (isValue) at++;
  }
  return joined;
}
