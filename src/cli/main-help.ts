import { wrap } from "./help.ts";
import { verbs, type Verb } from "./verbs.ts";

const titles: Readonly<Record<Verb["group"], string>> = {
  answers: "Choosing a base",
  looking: "Looking into an image, without running it",
  data: "Data and set-up",
};

/** Where the words begin; longer names have a line of their own. */
const indent = 27;
const columns = 80;

/** What `fromage --help` prints. Made for 80 columns. */
export function mainHelp(): string {
  const groups = Object.entries(titles).map(([group, title]) => {
    const lines = verbs.filter((verb) => verb.group === group).flatMap(describe);
    return [`${title}:`, ...lines].join("\n");
  });
  return `fromage chooses the smallest container base image that an app really starts on.

Usage: fromage TARGET [options]
       fromage COMMAND [options]

${groups.join("\n\n")}

  help COMMAND             options and examples of a command
  --version, -V            the version

Nothing of a target or a base is run. Engines and registries are asked only for
images that are named; with --offline no socket is opened.

Examples:
  fromage ./server
  fromage check ./server --base alpine-3.20 --explain
  fromage ldd oci-archive:image.tar /usr/bin/python3
  fromage ls -l alpine:3.20 /etc
`;
}

function describe({ name, operands, about }: Verb): readonly string[] {
  const label = `  ${name} ${operands}`;
  const words = wrap(about, columns - indent, "");
  const [first = "", ...rest] = words;
  const more = rest.map((line) => `${" ".repeat(indent)}${line}`);
  if (label.length < indent) return [`${label.padEnd(indent)}${first}`, ...more];
  return [label, `${" ".repeat(indent)}${first}`, ...more];
}
