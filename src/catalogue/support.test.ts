import { describe, expect, it } from "vitest";
import { readShippedSupport } from "./installed-catalogue.ts";
import { findSupport, judgeSupport, parseSupportTable, type SupportTable } from "./support.ts";

const table: SupportTable = {
  schema: "fromage/support@1",
  products: [
    product("alpine-linux", "alpine", { "3.20": { lastDay: "2026-04-01" } }),
    product("debian", "debian", { "12": { lastDay: "2026-07-31", rule: "LTS goes on" } }),
    product("distroless", null, {
      "debian12/static": { lastDay: "2026-09" },
      "debian12/java": { lastDay: "2026-12" },
      "debian12/base-nossl": { lastDay: "2026-02" },
      "debian13/python3": { lastDay: null, rule: "Debian 14 release day + 3 months" },
    }),
    product("rhel", "rhel", { "9": { lastDay: "2032-05-31" } }),
    product("rolling", "rolling", { "1": { lastDay: null } }),
  ],
};

function product(
  name: string,
  distro: string | null,
  cycles: SupportTable["products"][number]["cycles"],
): SupportTable["products"][number] {
  return { product: name, distro, source: "a test", date: "2026-08-22", cycles };
}

const debian12 = { id: "debian", version: "12" };

describe("findSupport", () => {
  const found = [
    [null, { id: "alpine", version: "3.20.3" }, "alpine-linux 3.20 2026-04-02"],
    ["debian:bookworm-slim", debian12, "debian 12 2026-08-01"],
    ["gcr.io/distroless/static-debian12", debian12, "distroless debian12/static 2026-10-01"],
    [
      "gcr.io/distroless/static-debian12:nonroot",
      debian12,
      "distroless debian12/static 2026-10-01",
    ],
    ["gcr.io/distroless/java17-debian12", debian12, "distroless debian12/java 2027-01-01"],
    ["gcr.io/distroless/java-base-debian12", debian12, "distroless debian12/java 2027-01-01"],
    [
      "gcr.io/distroless/base-nossl-debian12",
      debian12,
      "distroless debian12/base-nossl 2026-03-01",
    ],
    ["gcr.io/distroless/python3-debian13", debian12, "distroless debian13/python3 null"],
    ["example.org/ubi9/ubi-micro:9.4", { id: "almalinux", version: "9.3" }, "rhel 9 2032-06-01"],
    [null, { id: "rhel", version: "9.4" }, "rhel 9 2032-06-01"],
  ] as const;
  it.each(found)("of %s, %j: %s", (reference, distro, expected) => {
    const support = findSupport(table, { reference, distro });
    expect(`${support?.product} ${support?.cycle} ${support?.ends}`).toBe(expected);
  });

  const unknown = [
    ["busybox:1.38.0-musl", null],
    // Its own table has no such image: Debian's date would be too late.
    ["gcr.io/distroless/new-debian12", debian12],
    [null, { id: "alpine", version: null }],
    [null, { id: "alpine", version: "3.2" }],
    [null, { id: "alpine", version: "constructor" }],
    [null, { id: "void", version: "1" }],
  ] as const;
  it.each(unknown)("of %s, %j is not known", (reference, distro) => {
    expect(findSupport(table, { reference, distro })).toBeNull();
  });
});

describe("judgeSupport", () => {
  const cases = [
    [{ id: "alpine", version: "3.20" }, null, "2026-04-01", "supported"],
    [{ id: "alpine", version: "3.20" }, null, "2026-04-02", "ended"],
    [debian12, "distroless/static-debian12", "2026-09-30", "supported"],
    [debian12, "distroless/static-debian12", "2026-10-01", "ended"],
    [debian12, "distroless/java21-debian12", "2026-12-31", "supported"],
    [debian12, "distroless/python3-debian13", "2026-11-25", "supported"],
    [debian12, "distroless/python3-debian13", "2027-08-22", "supported"],
    [debian12, "distroless/python3-debian13", "2027-08-23", "unknown"],
    [{ id: "rolling", version: "1" }, null, "2026-08-22", "unknown"],
    [null, "busybox", "2026-11-25", "unknown"],
  ] as const;
  it.each(cases)("%j %s on %s: %s", (distro, reference, asOf, expected) => {
    const support = findSupport(table, { reference, distro });
    expect(judgeSupport({ support, unpackedBytes: 1 }, asOf)).toBe(expected);
  });

  it("has nothing to mend in an empty base", () => {
    expect(judgeSupport({ support: null, unpackedBytes: 0 }, "2099-01-01")).toBe("supported");
  });
});

describe("parseSupportTable", () => {
  it.each(["[]", "null", "{}", '{"schema":"fromage/support@2","products":[]}', "x"])(
    "does not take %s",
    (text) => expect(() => parseSupportTable(text)).toThrow(SyntaxError),
  );

  it("reads what ships: every day is one, every open end has a rule", () => {
    const { products } = readShippedSupport();
    const names = products.map((one) => one.product);
    expect(names).toEqual(names.toSorted());
    for (const { cycles, date } of products) {
      expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      for (const { lastDay, rule } of Object.values(cycles)) {
        if (lastDay === null) expect(rule).toBeTypeOf("string");
        else expect(lastDay).toMatch(/^\d{4}-\d{2}(-\d{2})?$/);
      }
    }
  });
});
