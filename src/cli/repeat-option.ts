import type { OptionSpec } from "./arguments.ts";

/**
 * Lets an option be followed by several values: `TARGET --base A B` becomes `TARGET --base A --base B`. Only behind the
 * target, so that `--base A TARGET` stays what it says. Nothing behind `--` is touched.
 */
export function repeatOption(
  args: readonly string[],
  { name, short }: OptionSpec,
  options: readonly OptionSpec[],
): readonly string[] {
  const names = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
  const takesValue = (word: string): boolean =>
    options.some(
      (option) =>
        option.value !== undefined && (word === `--${option.name}` || word === `-${option.short}`),
    );
  const repeated: string[] = [];
  let hasTarget = false;
  let isBehind = false;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--") return [...repeated, ...args.slice(at)];
    if (word.startsWith("-") && word !== "-") {
      repeated.push(word);
      isBehind = names.some((one) => word === one || word.startsWith(`${one}=`));
      if (takesValue(word)) repeated.push(...args.slice(++at, at + 1));
    } else if (isBehind && hasTarget) repeated.push(`--${name}`, word);
    else {
      repeated.push(word);
      hasTarget = true;
      isBehind = false;
    }
  }
  return repeated;
}
