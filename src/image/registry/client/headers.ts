/** Names in lower case, as Node gives them. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The first value; null when there is none. */
export function headerOf(headers: Headers, name: string): string | null {
  const value = headers[name];
  return (typeof value === "string" ? value : value?.[0]) ?? null;
}

/** All lines of one header as a list of one line. Source: RFC 9110 5.3. */
export function joinedHeader(headers: Headers, name: string): string {
  const value = headers[name] ?? "";
  return typeof value === "string" ? value : value.join(", ");
}

/** A whole number that stands there; null for anything else. */
export function countOf(headers: Headers, name: string): number | null {
  const text = headerOf(headers, name);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** `application/json` of `application/json; charset=utf-8`, in lower case; empty when it is not said. */
export function mediaTypeOf(headers: Headers): string {
  const [type = ""] = (headerOf(headers, "content-type") ?? "").split(";");
  return type.trim().toLowerCase();
}

/** What `Content-Range: bytes 10-99/100` says; null parts are `*` or not there. Source: RFC 9110 14.4. */
export interface ContentRange {
  readonly firstByte: number | null;
  readonly totalBytes: number | null;
}

export function contentRangeOf(headers: Headers): ContentRange {
  const text = headerOf(headers, "content-range") ?? "";
  const [, first, total] = /^bytes (?:(\d{1,15})-\d{1,15}|\*)\/(\d{1,15}|\*)$/.exec(text) ?? [];
  const toCount = (digits: string | undefined): number | null =>
    digits === undefined || digits === "*" ? null : Number(digits);
  return { firstByte: toCount(first), totalBytes: toCount(total) };
}
