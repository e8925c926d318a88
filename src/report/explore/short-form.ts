/** Words of a command as a Dockerfile's exec form has them: `["nginx", "-g", "daemon off;"]`; null stays null. */
export function shortForm(words: readonly string[] | null): string | null {
  return words === null ? null : `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;
}
