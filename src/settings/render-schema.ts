import type { Shape } from "./shape.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** The published JSON Schema (draft 2020-12) of a shape, for editors. Ends in a line end. */
export function renderSettingsSchema(shape: Shape): string {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "fromage.yaml@1",
    title: "fromage.yaml",
    ...toSchema(shape),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function toSchema(shape: Shape): JsonSchema {
  const { about: description } = shape;
  switch (shape.kind) {
    case "switch":
      return { description, type: "boolean" };
    case "text":
      return {
        description,
        type: ["string", "number"],
        pattern: shape.pattern.source,
        examples: [shape.example],
      };
    case "list":
      return { description, type: "array", items: toSchema(shape.of) };
    case "fields":
      return {
        description,
        type: "object",
        properties: Object.fromEntries(
          Object.entries(shape.fields).map(([name, field]) => [name, toSchema(field)]),
        ),
        additionalProperties: false,
      };
    case "named":
      return {
        description,
        type: "object",
        propertyNames: { pattern: shape.key.kind === "text" ? shape.key.pattern.source : "" },
        additionalProperties: toSchema(shape.of),
      };
  }
}
