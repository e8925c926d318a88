/** `2026-05-13T02:21:49Z` as `2026-05-13 02:21` in UTC; text that is no time of ISO 8601 stays as it is. */
export function isoMinute(text: string): string {
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return text;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  return date.toISOString().slice(0, 16).replace("T", " ");
}
