/** Bytes of each unit. Source: find(1), -size. */
const units: Readonly<Record<string, number>> = {
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
};

/**
 * `10M` is as big, `+10M` bigger, `-10M` smaller: sizes are rounded up to whole units first, so `-1M` is an empty file. `c`
 * bytes, `k`, `M`, `G` powers of 1024, `b` and no letter blocks of 512 bytes. Null when the text has another form.
 * Source: find(1), -size.
 */
export function parseSizeTest(text: string): ((sizeBytes: number) => boolean) | null {
  const [, sign = "", digits = "", letter = "b"] =
    /^([+=-]?)(\d{1,15})([cwbkMG]?)$/.exec(text) ?? [];
  const unit = units[letter === "" ? "b" : letter];
  if (digits === "" || unit === undefined) return null;
  const wanted = Number(digits);
  return (sizeBytes) => {
    const found = Math.ceil(sizeBytes / unit);
    if (sign === "+") return found > wanted;
    return sign === "-" ? found < wanted : found === wanted;
  };
}
