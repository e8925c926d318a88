/** What shells do by themselves, whatever lies in PATH under that name. Source: POSIX XCU 1.6, 2.14; dash(1), ash. */
const builtIn: ReadonlySet<string> = new Set(
  (
    ". : [ alias bg break case cd command continue echo esac eval exec exit export false fg for getopts hash jobs " +
    "kill local printf pwd read readonly return set shift source test times trap true type ulimit umask unalias " +
    "unset wait"
  ).split(" "),
);

/** Before a command, and no command. */
const lead = /^(?:!|\{|exec|command|then|else|elif|do|if|while|until|\w+=\S*)$/;

/**
 * First words of the simple commands of a shell text, as far as they stand there plainly: no expansions and quotes are
 * followed, and no built-in commands are given. `cd /x && exec server -p 80` gives `server`.
 */
export function commandsOf(text: string): readonly string[] {
  return text.split(/[;&|()\n]+/).flatMap((part) => {
    const words = part.trim().split(/\s+/);
    const command = words.find((word) => !lead.test(word));
    const isPlain = command !== undefined && /^[\w./+-]+$/.test(command);
    return isPlain && !builtIn.has(command) ? [command] : [];
  });
}
