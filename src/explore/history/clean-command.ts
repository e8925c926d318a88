/** A command of the config only, as the builder before BuildKit writes it. Source: moby builder/dockerfile/dispatchers.go. */
const configPattern = /^(?:\/bin\/sh -c|cmd \/S \/C) #\(nop\)\s+/;
/** Build arguments before a command: `|2 A=1 B=2 /bin/sh -c …`. Source: moby builder/dockerfile/internals.go. */
const argumentsPattern = /^\|\d+ /;
const shellPattern = /(^|\s)(?:\/bin\/sh -c|cmd \/S \/C) /;

/**
 * The line of a Dockerfile behind a step of the history, as near as it can be told:
 *
 *     /bin/sh -c #(nop)  CMD ["bash"]               CMD ["bash"]
 *     /bin/sh -c apt-get update                     RUN apt-get update
 *     RUN |1 V=2 /bin/sh -c make # buildkit         RUN V=2 make
 *
 * Runs of blanks and line ends are one blank. Text of another kind stays. Pure.
 */
export function cleanCommand(createdBy: string): string {
  const text = createdBy.trim().replace(/ # buildkit$/, "");
  if (configPattern.test(text)) return squeeze(text.replace(configPattern, ""));
  const isRun = text.startsWith("RUN ");
  const command = isRun ? text.slice("RUN ".length) : text;
  const isShell = /^(?:\/bin\/sh -c|cmd \/S \/C) /.test(command);
  if (!isShell && !argumentsPattern.test(command)) return squeeze(text);
  const bare = command.replace(argumentsPattern, "").replace(shellPattern, "$1");
  return squeeze(`RUN ${bare}`);
}

const squeeze = (text: string): string => text.replace(/\s+/g, " ").trim();
