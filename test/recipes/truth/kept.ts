import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { workFolder } from "../../truth/work-folder.ts";

const file = (): string => workFolder("recipes", "observations.jsonl");

/** What was observed, by everything that it depends on; kept outside of the checkout's files and between runs. */
export class Observations {
  readonly #known = new Map<string, unknown>();

  constructor(isFresh: boolean) {
    if (isFresh || !existsSync(file())) return;
    for (const line of readFileSync(file(), "utf8").split("\n")) {
      const entry = parseLine(line);
      if (entry !== null) this.#known.set(entry.key, entry.value);
    }
  }

  /** What was observed before under these parts, else what `observe` finds, which is written down. */
  async get<Value>(parts: readonly unknown[], observe: () => Promise<Value>): Promise<Value> {
    const key = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the key holds the kind of the observation, and only this program writes the file
    if (this.#known.has(key)) return this.#known.get(key) as Value;
    const value = await observe();
    this.#known.set(key, value);
    appendFileSync(file(), `${JSON.stringify({ key, value })}\n`);
    return value;
  }
}

/** A cut last line is passed over. */
function parseLine(line: string): { readonly key: string; readonly value: unknown } | null {
  try {
    const entry: unknown = JSON.parse(line);
    const isEntry =
      typeof entry === "object" && entry !== null && "key" in entry && "value" in entry;
    return isEntry && typeof entry.key === "string" ? { key: entry.key, value: entry.value } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
