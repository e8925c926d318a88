const maxColumns = 100;

/** JSON for people: two spaces, a line per property; a list of plain values on one line where it fits. Ends in a line end. */
export function renderJson(value: unknown): string {
  return `${render(value, "", 0)}\n`;
}

/** `usedColumns`: what stands before the value on its line. */
function render(value: unknown, indent: string, usedColumns: number): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const short = `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;
    const isPlain = items.every((item) => typeof item !== "object" || item === null);
    // A comma may follow.
    if (isPlain && usedColumns + short.length < maxColumns) return short;
    if (items.length === 0) return "[]";
    const lines = items.map((item) => inner + render(item, inner, inner.length));
    return `[\n${lines.join(",\n")}\n${indent}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const lines = Object.entries(value).map(([name, property]) => {
    const start = `${inner}${JSON.stringify(name)}: `;
    return start + render(property, inner, start.length);
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n${indent}}`;
}
