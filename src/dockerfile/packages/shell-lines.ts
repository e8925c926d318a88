/** Words of one line at most, about: longer ones are continued. */
const lineLength = 96;

/** `RUN a && b`, one command a line. Commands are this program's own text and names that were looked at before. */
export function runLines(commands: readonly string[]): readonly string[] {
  const lines = commands.flatMap((command, at) => {
    const isLast = at === commands.length - 1;
    const start = at === 0 ? "RUN " : "    ";
    return wrap(`${start}${command}${isLast ? "" : " &&"}`);
  });
  return lines.map((line, at) => (at === lines.length - 1 ? line : `${line} \\`));
}

/** Only between words of what is a list of names; other commands have no space to give. */
function wrap(line: string): readonly string[] {
  if (line.length <= lineLength || /['"$|;]/.test(line)) return [line];
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(/(?<=\S) /)) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && longer.length > lineLength) {
      lines.push(current);
      current = `      ${word}`;
    } else {
      current = longer;
    }
  }
  return [...lines, current];
}
