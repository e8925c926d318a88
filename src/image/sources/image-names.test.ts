import { describe, expect, it } from "vitest";
import { describeFailure } from "../../report/failure-words.ts";
import { chooseByName } from "./image-names.ts";

/** Images as `IDENTITY=NAME,NAME`; what is asked for; the identities chosen, or how the refusal ends. */
const rows: readonly (readonly [images: string, tag: string | null, chosen: string])[] = [
  ["", null, ""],
  ["", "one", ""],
  ["x=", null, "x"],
  ["x=one", null, "x"],
  ["x=one,two", "two", "x"],
  ["x=one y=two", "two", "y"],
  ["x=one y=two", null, "one image alone; name it with :TAG in here: … one, two"],
  ["x=one y=two", "three", "image three in here: … one, two"],
  // Two names of one image are one image.
  ["x=one x=two", null, "x"],
  ["x=one x=two", "two", "x"],
  // The platforms of an image have its name.
  ["x=one y=one", null, "x y"],
  ["x=one y=one z=two", "one", "x y"],
  ["x= y=", null, "x y"],
  // The end of a name does, a whole name does better.
  ["x=example.org/a/one:1", "1", "x"],
  ["x=example.org/a/one:1", "one:1", "x"],
  ["x=example.org/a/one:1", "ne:1", "image ne:1 in here: … example.org/a/one:1"],
  ["x=a/one:1 y=one:1", "one:1", "y"],
  ["x=1,a:1 y=1,b:1", "1", "one image alone; name it with :TAG in here: … 1, a:1, b:1"],
  ["x=1,a:1 y=1,b:1", "b:1", "y"],
  ["x=a:1 y=b:1", "1", "one image alone; name it with :TAG in here: … a:1, b:1"],
];

describe("chooseByName()", () => {
  it.each(rows)("of %j by %j gives %j", (text, tag, expected) => {
    const images = text
      .split(" ")
      .filter((part) => part !== "")
      .map((part) => {
        const [identity = "", names = ""] = part.split("=");
        return { identity, names: names.split(",").filter((name) => name !== "") };
      });
    const result = chooseByName(images, { tag, where: "here", hint: ":TAG" });
    const got = result.ok
      ? result.value.map(({ identity }) => identity).join(" ")
      : describeFailure(result.failure)
          .replace("Cannot find ", "")
          .replace("there is none, the nearest:", "…");
    expect(got).toBe(expected);
  });
});
