import { readFileSync } from "node:fs";
import { decodeName } from "../formats/tar/name.ts";

/**
 * The words of the command line. Node reads a byte that is no UTF-8 as U+FFFD; the name of a file of an image may have
 * some, and then Linux has what was really typed. Elsewhere they stay as they are. Source: proc_pid_cmdline(5).
 */
export function readWords(
  words: readonly string[],
  commandLine: () => Uint8Array = () => readFileSync("/proc/self/cmdline"),
): readonly string[] {
  if (!words.some((word) => word.includes("\ufffd"))) return words;
  const typed = readTyped(commandLine).slice(-words.length);
  // What was started in another way, with other words behind them, is not what was typed.
  const isSame = words.every((word, at) => asNode(typed[at]) === word);
  return isSame ? typed.map(decodeName) : words;
}

function asNode(word: Uint8Array | undefined): string | null {
  return word === undefined ? null : Buffer.from(word).toString();
}

/** Each word ends in a NUL. Empty where the system does not tell. */
function readTyped(commandLine: () => Uint8Array): readonly Uint8Array[] {
  let bytes: Buffer;
  try {
    bytes = Buffer.from(commandLine());
  } catch {
    return [];
  }
  const words: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const end = bytes.indexOf(0, at);
    const stop = end < 0 ? bytes.byteLength : end;
    words.push(bytes.subarray(at, stop));
    at = stop + 1;
  }
  return words;
}
