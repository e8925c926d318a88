/**
 * Escaping for Dockerfile instructions, so that every builder reads a hostile path back as that path and never as
 * another instruction. Sources: BuildKit frontend/dockerfile/parser (lines, JSON form), frontend/dockerfile/shell/lex.go
 * (ProcessWord runs over the words of COPY, ENV and WORKDIR, also over those of the JSON form), Go path/filepath.Match
 * (sources of COPY are patterns). Tried with docker 20.10, legacy and BuildKit. buildah 1.28 takes a source that it found
 * for a pattern once more, so there a name with `[` or a backslash stops the build; its folder can be copied.
 */

/** Words that mean themselves to every parser. No `-` or `<` at the start: that is a flag or a heredoc. */
const plainWord = /^[A-Za-z0-9_./+@~][A-Za-z0-9_./+@~:,=-]*$/;

/** Characters that would end a line, or that a terminal or a reviewer would not see. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}<>]/gu;

/** An array in JSON, as ENTRYPOINT and CMD take it. Words are not expanded there. */
export function jsonWords(words: readonly string[]): string {
  const quoted = words.map((word) => JSON.stringify(word).replace(invisible, escapeUnits));
  return `[${quoted.join(", ")}]`;
}

/** The words of a COPY: plain where they mean themselves, else in JSON form. The last one is the destination. */
export function copyWords(sources: readonly string[], destination: string): string {
  const patterns = sources.map(escapePattern);
  const words = [...patterns, destination];
  if (words.every((word) => plainWord.test(word))) return words.join(" ");
  return jsonWords(words.map(escapeWord));
}

/** `NAME="value"`; null when ENV cannot hold it: a line break has no escape there, nor has an odd name. */
export function envPair(name: string, value: string): string | null {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) || hasControls(value)) return null;
  return plainWord.test(value) ? `${name}=${value}` : `${name}=${doubleQuoted(value)}`;
}

/** The operand of WORKDIR; null when it cannot hold it. */
export function directoryWord(path: string): string | null {
  if (hasControls(path)) return null;
  return plainWord.test(path) ? path : doubleQuoted(path);
}

/** Whether FROM takes it as it is: a name, a tag, a digest. Source: distribution/reference, the grammar's characters. */
export function isImageName(reference: string): boolean {
  return reference.length <= 512 && /^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/.test(reference);
}

/** Line breaks, control characters that a builder may treat as space, and what reorders the line for who reads it. */
function hasControls(text: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text);
}

/** Inside double quotes only these three are special. Source: lex.go, processDoubleQuote. */
function doubleQuoted(text: string): string {
  return `"${text.replace(/[\\"$]/g, String.raw`\$&`)}"`;
}

/** Outside quotes. Source: lex.go, processStopOn. */
function escapeWord(word: string): string {
  return word.replace(/[\\"'$]/g, String.raw`\$&`);
}

/** As a class of one character, which is a pattern everywhere; a lone `\` is one only beside another pattern. */
function escapePattern(path: string): string {
  return path.replace(/[*?[]/g, "[$&]").replace(/\\/g, String.raw`[\\]`);
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return String.raw`\u` + character.charCodeAt(at).toString(16).padStart(4, "0");
  }).join("");
}
