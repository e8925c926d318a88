import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { BlobCache } from "../src/image/cache/blob-cache.ts";

/** Brings blobs into the cache in a folder and reads them back; a process of its own for tests of several at once. */
const [folder = "", temporaryFolder = "", amount = "0"] = process.argv.slice(2);
/** Room for ten; the clock runs so fast that each is soon old enough to go. */
const maxBytes = 10 * 50_000;
let nowMs = Date.now();
const now = (): Date => new Date((nowMs += 60_000));
const cache = new BlobCache({ folder, temporaryFolder, maxBytes, now });
let wrong = 0;
for (let at = 0; at < Number(amount); at++) {
  const bytes = Buffer.alloc(50_000, `blob ${at % 20} `);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}` as const;
  const found = cache.find(digest);
  if (found === null) {
    const draft = cache.begin(digest, bytes.byteLength);
    writeFileSync(draft.file, bytes, { flag: "wx" });
    draft.keep();
  } else if (readIfThere(found.file)?.equals(bytes) === false) wrong++;
}
process.exitCode = wrong === 0 && cache.problem === null ? 0 : 1;

/** With that clock the others may have removed it meanwhile. */
function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}
