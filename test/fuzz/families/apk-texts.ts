import fc from "fast-check";
import { parseApkDependencies, parseApkProvides } from "../../../src/formats/apk/dependency.ts";
import { parseApkIndex } from "../../../src/formats/apk/package-index.ts";
import { parsePackageInfo } from "../../../src/formats/apk/package-info.ts";
import { parseApkRepositories } from "../../../src/formats/apk/repositories.ts";
import { compareApkVersions, isApkVersion } from "../../../src/formats/versions/apk.ts";
import type { Family } from "../family.ts";
import { lines, oddLine, textBytes } from "./words.ts";

const version = fc.constantFrom(..."1 1.2.3-r0 1.0_rc1 1a 1.8.28p1 1~ab 01.02 x 1..2".split(" "));
const relation = fc
  .tuple(
    fc.constantFrom("", "!"),
    fc.constantFrom("a", "so:libc.so", "cmd:sh", "/bin/sh", "b@edge", "[]"),
    fc.constantFrom("", "=", "<", ">=", "~", "><"),
    version,
  )
  .map((parts) => parts.join(""));
const letterLine = fc
  .tuple(
    fc.constantFrom(...Array.from("PVADpikCSIorqsf"), "x"),
    fc.constantFrom(":", ":", ""),
    fc.oneof(relation, version, fc.constantFrom("-1", "99999999999999999999", "[]", "")),
  )
  .map((parts) => parts.join(""));
const infoLine = fc
  .tuple(
    fc.constantFrom("pkgname", "pkgver", "depend", "provides", "datahash", "# x", "size"),
    fc.constantFrom(" = ", "=", " "),
    fc.oneof(relation, fc.constant("a".repeat(64))),
  )
  .map((parts) => parts.join(""));
const repositoryLine = fc.constantFrom(
  "https://a/v3.20/main",
  "@edge https://a/edge",
  "/srv/apk",
  "set x=${x}${x}",
  "set -default y=https://b",
  "v2 ${y}/${APK_ARCH} main community",
  "ndx https://a/APKINDEX.tar.gz",
  "v3",
  "# c",
);

/** Indexes, `.PKGINFO`, lists of repositories, relations and versions: the same text is given to all of them. */
export const apkTexts: Family = {
  name: "apk-texts",
  usualBytes: 2048,
  made: textBytes(lines(fc.oneof(letterLine, infoLine, repositoryLine, fc.constant(""), oddLine))),
  read(input) {
    const text = Buffer.from(input).toString();
    const { dependencies, broken } = parseApkDependencies(text);
    const words = text.split(/\s+/).slice(0, 50);
    const order = words.toSorted(compareApkVersions);
    const back = order.toReversed().toSorted((a, b) => -compareApkVersions(a, b));
    return [
      parseApkIndex(input),
      parsePackageInfo(input),
      parseApkRepositories(text, "x86_64"),
      [dependencies.length, broken.length, parseApkProvides(text).length],
      [words.filter((word) => isApkVersion(word)).length, order.length === back.length],
    ];
  },
  // An address that is filled in may be as long as a path, a thousand times.
  maxOutput: (inputBytes) => 5 * 1024 * 1024 + 120 * inputBytes,
};
