/**
 * Order of library names: digits count as numbers and come after everything else. Negative when `a` comes first. Source: glibc
 * sysdeps/generic/dl-cache.h, _dl_cache_libcmp (elf/dl-cache.c).
 */
export function compareLibraryNames(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length) {
    const [isNumberA, isNumberB] = [isDigit(a, i), isDigit(b, j)];
    if (isNumberA !== isNumberB) return isNumberA ? 1 : -1;
    if (isNumberA) {
      const [endA, endB] = [endOfNumber(a, i), endOfNumber(b, j)];
      const difference = Number(a.slice(i, endA)) - Number(b.slice(j, endB));
      if (difference !== 0) return difference;
      [i, j] = [endA, endB];
      continue;
    }
    const difference = a.charCodeAt(i) - (j < b.length ? b.charCodeAt(j) : 0);
    if (difference !== 0) return difference;
    i++;
    j++;
  }
  return j < b.length ? -1 : 0;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

function endOfNumber(text: string, start: number): number {
  let end = start;
  while (isDigit(text, end)) end++;
  return end;
}
