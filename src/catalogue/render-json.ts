const maxColumns = 100;

/** JSON for people: two spaces, a line per property; a list of plain values on one line where it fits. Ends in a line end. */
export function renderJson(value: unknown): string {
  return `${render(value, "", 0)}\n`;
}

/** `usedColumns`: what else stands on the line of the value: before it, and a comma behind it. */
function render(value: unknown, indent: string, usedColumns: number): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const short = `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;
    const isPlain = items.every((item) => typeof item !== "object" || item === null);
    if (isPlain && usedColumns + short.length <= maxColumns) return short;
    const lines = items.map((item, index) => {
      const comma = index + 1 < items.length ? "," : "";
      return inner + render(item, inner, inner.length + comma.length) + comma;
    });
    return `[\n${lines.join("\n")}\n${indent}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const properties: readonly (readonly [string, unknown])[] = Object.entries(value);
  const lines = properties.map(([name, property], index) => {
    const start = `${inner}${JSON.stringify(name)}: `;
    const comma = index + 1 < properties.length ? "," : "";
    return start + render(property, inner, start.length + comma.length) + comma;
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
}
