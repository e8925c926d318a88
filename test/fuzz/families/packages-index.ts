import fc from "fast-check";
import { MentionOrder } from "../../../src/formats/dpkg/mention-order.ts";
import { PackagesIndexParser } from "../../../src/formats/dpkg/packages-index.ts";
import { parseRelations } from "../../../src/formats/dpkg/parse-relations.ts";
import { compareDebVersions, parseDebVersion } from "../../../src/formats/versions/deb.ts";
import type { Family } from "../family.ts";
import { lines, oddLine, textBytes } from "./words.ts";

const relation = fc
  .array(
    fc.constantFrom(
      ...["libc6", "a", "b:any", "(>= 2.34)", "(=1:2-3)", "(<< ", ")", "|", ",", "[amd64]", "<!x>"],
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(" "));
const field = fc.oneof(
  relation,
  fc.constantFrom("libc6", "2.36-9", "amd64", "all", "glibc (2.36-9)", "optional", "yes", "12"),
  oddLine,
);
const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        ...["Package", "Package", "Version", "Architecture", "Source", "Depends", "Provides"],
        ...["Conflicts", "Priority", "Size", "Essential", "Recommends", "SHA256", "Filename"],
      ),
      field,
    )
    .map((parts) => parts.join(": ")),
  fc.constantFrom("", "", "Package: a\nVersion: 1\nArchitecture: all", " continued"),
  oddLine,
);

/** Indexes of packages of Debian in chunks, their relations, and the order of versions. */
export const packagesIndex: Family = {
  name: "packages-index",
  seedFolder: "dpkg",
  usualBytes: 2048,
  made: textBytes(lines(line)),
  read(input) {
    const parser = new PackagesIndexParser({ pin: 500, order: new MentionOrder() });
    const half = input.byteLength >> 1;
    const debs = [
      ...parser.push(input.subarray(0, half)),
      ...parser.push(input.subarray(half)),
      ...parser.end(),
    ];
    const texts = Buffer.from(input).toString("latin1").split("\n");
    return {
      debs,
      problems: parser.problems,
      relations: texts.map((text) => parseRelations(text.slice(text.indexOf(":") + 1))),
      versions: texts.map(parseDebVersion),
      order: [...texts].sort(compareDebVersions),
    };
  },
  maxOutput: (inputBytes) => 64 * 1024 + 600 * inputBytes,
};
