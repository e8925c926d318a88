/** Orders `1.2.4` and `1.2.10`; what follows a dash (a git suffix) does not count. */
export function compareMuslVersions(a: string, b: string): number {
  const numbers = (text: string): number[] => (text.split("-")[0] ?? "").split(".").map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let at = 0; at < 3; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
