/** Bytes as people read them: `28.0 MB` (MB = 10^6), `812 B`; unknown is `?`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return "?";
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  // 999.95 would be printed as 1000.0.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit] ?? ""}`;
}

/** `1 file`, `3 files`; for words that take an s. */
export function count(amount: number, word: string): string {
  return `${amount} ${word}${amount === 1 ? "" : "s"}`;
}

/** The first few and how many more: `a, b, c and 4 more`. `total` where the list itself was cut short. */
export function firstFew(
  names: readonly string[],
  max: number,
  total: number = names.length,
): string {
  const shown = names.slice(0, max);
  const more = total - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}
