import fc, { type Arbitrary } from "fast-check";

/** Short texts that names, tags and platforms come to, and what is none. */
export const oddText: Arbitrary<string> = fc.oneof(
  fc.constantFrom("linux", "amd64", "arm64", "v8", "constructor", "__proto__", "", "../x", "/"),
  fc.constantFrom("latest", "a:b", "registry.example/a:1", "unknown"),
  fc.string({ maxLength: 10, unit: "binary" }),
);
/** Any JSON, most of it wrong where it stands. */
const oddValue: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, 1e308, -0, "", [], {}, [[]], [null], ["a", 1]),
  fc.jsonValue({ maxDepth: 2 }),
);
/** As it should be, and in one of eight something else. */
export const mostly = (value: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc.oneof({ weight: 7, arbitrary: value }, { weight: 1, arbitrary: oddValue });
/** Any of these fields, each mostly as it should be. */
export const fields = (model: Record<string, Arbitrary<unknown>>): Arbitrary<unknown> =>
  fc.record(
    Object.fromEntries(Object.entries(model).map(([name, value]) => [name, mostly(value)])),
    { requiredKeys: [] },
  );
export const list = (item: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc.array(mostly(item), { maxLength: 4 });
