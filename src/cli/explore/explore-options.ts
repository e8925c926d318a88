import type { OptionSpec, ParsedArguments } from "../arguments.ts";
import { clean } from "../../report/clean.ts";
import { UsageError } from "../arguments.ts";
import { sessionOptions } from "../session.ts";

/** Options of every command that looks into an image. `-h` is left to the commands. */
export const exploreOptions: readonly OptionSpec[] = [
  {
    name: "platform",
    value: "OS/ARCH[/VARIANT]",
    isMultiple: true,
    help: "which of the image's platforms; may be given several times (default: this machine's, else the only one)",
  },
  { name: "json", help: "one JSON document; its schema is in schema/" },
  ...sessionOptions,
  { name: "help", help: "this text" },
];

/** What REF may be. */
export const imageHelp =
  "REF: an image by its name, in an engine, then in its registry (docker:NAME, registry:NAME: there only); oci:DIR[:TAG], oci-archive:FILE[:TAG], archive:FILE (docker save), rootfs:DIR, rootfs:FILE.tar[.gz|.xz|.zst], a file of one of these kinds by its path; base:ID of `fromage bases list`.";

/** A number of an option; null when it was not given. Throws UsageError for what is no whole number from `least` on. */
export function readNumber(args: ParsedArguments, name: string, least: number): number | null {
  const text = args.value(name);
  if (text === null) return null;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= least) return number;
  throw new UsageError(
    `--${name} is ${JSON.stringify(text)}, expected a whole number from ${least} on`,
  );
}

/** Of `--layer`, when the image has none so high; `last` is the place of its uppermost. */
export function noSuchLayer(
  index: number,
  { reference, last }: { readonly reference: string; readonly last: number },
): UsageError {
  return new UsageError(
    `--layer is ${index}, the layers of ${clean(reference)} go from 0 to ${last}`,
  );
}
