/**
 * The words of a command line that is still being typed, as a shell would split it, the last one maybe empty. Quotes and backslashes are
 * taken away; nothing is expanded.
 */
export function splitLine(line: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let isInWord = false;
  let quote: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const letter = line.charAt(at);
    if (quote !== null) {
      if (letter === quote) quote = null;
      else if (letter === "\\" && quote === '"' && isEscaped(line.charAt(at + 1))) {
        word += line.charAt(++at);
      } else word += letter;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      isInWord = true;
    } else if (letter === "\\") {
      word += line.charAt(++at);
      isInWord = true;
    } else if (" \t\n".includes(letter)) {
      if (isInWord) words.push(word);
      [word, isInWord] = ["", false];
    } else {
      word += letter;
      isInWord = true;
    }
  }
  return [...words, word];
}

/** Between double quotes a backslash before any other character stands for itself; at the end of the line more is to come. Source: POSIX 2.2.3. */
function isEscaped(letter: string): boolean {
  return letter === "" || '$`"\\'.includes(letter);
}
