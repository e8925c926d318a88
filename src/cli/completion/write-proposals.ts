import type { Proposal } from "./complete.ts";
import type { Shell } from "./scripts.ts";

/**
 * Proposals as the shell's script reads them: one line each, `value` or `value TAB about`, and `:nospace` when the only one goes on.
 * Bash replaces what stands behind the last colon or equals sign of the word, so it gets that part alone.
 */
export function writeProposals(
  proposals: readonly Proposal[],
  shell: Shell,
  current: string,
): string {
  const breakAt = Math.max(current.lastIndexOf(":"), current.lastIndexOf("=")) + 1;
  const sound = proposals.filter(({ value }) => isPlain(value));
  const lines = sound.map(({ value, about }) => {
    if (shell === "bash") return value.slice(breakAt);
    return about === "" ? value : `${value}\t${about.replace(/[\0-\x1f\x7f]/g, " ")}`;
  });
  const [only] = sound;
  const goesOn = sound.length === 1 && only?.goesOn === true;
  return [...lines, ...(goesOn ? [":nospace"] : [])].map((line) => `${line}\n`).join("");
}

/** A name from an image with control characters in it is not put onto a command line, nor one that reads as a mark. */
function isPlain(value: string): boolean {
  return !/[\0-\x1f\x7f]/.test(value) && value !== ":nospace";
}
