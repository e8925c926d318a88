const [quote, backslash] = [0x22, 0x5c];

/**
 * Whether lists and objects of a JSON text lie deeper in each other than `maxLevels`, seen without parsing it: text in quotes
 * does not count. Of what is no JSON the answer means nothing. Source: RFC 8259 section 9, "an implementation may set limits".
 */
export function isDeeperThan(json: Uint8Array, maxLevels: number): boolean {
  let level = 0;
  let isText = false;
  for (let at = 0; at < json.byteLength; at++) {
    const byte = json[at];
    if (isText) {
      if (byte === backslash) at++;
      else if (byte === quote) isText = false;
    } else if (byte === quote) isText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++level > maxLevels) return true;
    } else if (byte === 0x5d || byte === 0x7d) level--;
  }
  return false;
}
