import type { SourceKind } from "../image.ts";

/** A reference split at its scheme. `rest` is a path, for `oci` and `oci-archive` with an optional tag behind it. */
export interface ParsedReference {
  /** Null: nothing was said, the content decides. */
  readonly source: Exclude<SourceKind, "path" | "scratch" | "containerd"> | null;
  readonly rest: string;
}

const schemes: ReadonlySet<string> = new Set([
  "oci",
  "oci-archive",
  "archive",
  "rootfs",
  "docker",
  "registry",
]);

/** `oci:DIR[:TAG]`, `rootfs:FILE` and so on; anything else is a path, a colon in it or not. */
export function parseReference(reference: string): ParsedReference {
  const at = reference.indexOf(":");
  const scheme = reference.slice(0, Math.max(at, 0));
  return isScheme(scheme)
    ? { source: scheme, rest: reference.slice(at + 1) }
    : { source: null, rest: reference };
}

function isScheme(scheme: string): scheme is NonNullable<ParsedReference["source"]> {
  return schemes.has(scheme);
}

/**
 * Splits `PATH[:TAG]`: the whole is a path when it exists, else what stands before the last colon that is no part of a
 * folder's name. Source: containers-transports(5), oci and oci-archive.
 */
export function splitTag(
  rest: string,
  exists: (path: string) => boolean,
): { readonly path: string; readonly tag: string | null } {
  if (exists(rest)) return { path: rest, tag: null };
  for (let at = rest.indexOf(":"); at >= 0; at = rest.indexOf(":", at + 1)) {
    const path = rest.slice(0, at);
    if (path !== "" && exists(path)) return { path, tag: rest.slice(at + 1) };
  }
  return { path: rest, tag: null };
}
