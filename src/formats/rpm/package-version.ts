/** Version attributes of a tag in an index: `epoch="0" ver="1.2" rel="3.el9"`. */
type VersionAttributes = Readonly<Record<string, string | undefined>>;

/**
 * `[epoch:]version[-release]` of a tag; null where it has no version. An epoch of 0 is left out: the tools that make
 * indexes write one for every package without any.
 */
export function readVersionAttributes(attributes: VersionAttributes): string | null {
  const { epoch, ver, rel } = attributes;
  if (!ver) return null;
  const start = !epoch || epoch === "0" ? "" : `${epoch}:`;
  return `${start}${ver}${rel ? `-${rel}` : ""}`;
}
