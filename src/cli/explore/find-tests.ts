import { readAccountNames } from "../../explore/account-names.ts";
import type { FileTest } from "../../explore/find/find-files.ts";
import {
  brokenLinkTest,
  elfTest,
  idTest,
  layerTest,
  modeTest,
  nameTest,
  ownerTest,
  pathTest,
  privilegeTest,
  sizeTest,
  typeLetters,
  typeTest,
} from "../../explore/find/file-tests.ts";
import { parseGlob } from "../../explore/find/glob.ts";
import { parseModeTest } from "../../explore/find/mode-test.ts";
import { parseSizeTest } from "../../explore/find/size-test.ts";
import type { View } from "../../explore/open-view.ts";
import { success, type Result } from "../../model/failure.ts";
import { UsageError, type ParsedArguments } from "../arguments.ts";
import { readNumber } from "./explore-options.ts";

/** Tests of names, kinds and sizes: the same for every image. Throws UsageError. */
export function plainTests(args: ParsedArguments): readonly FileTest[] {
  const layer = readNumber(args, "layer", 0);
  const [uid, gid] = [readNumber(args, "uid", 0), readNumber(args, "gid", 0)];
  const types = args.value("type");
  return [
    ...(types === null ? [] : [typeTest(readTypes(types))]),
    ...args.values("name").map((pattern) => nameTest(pattern, false)),
    ...args.values("iname").map((pattern) => nameTest(pattern, true)),
    ...args.values("path").map(pathTest),
    ...args
      .values("size")
      .map((text) => sizeTest(expect(parseSizeTest(text), ["size", text, "+10M"]))),
    ...args
      .values("perm")
      .map((text) => modeTest(expect(parseModeTest(text), ["perm", text, "-4000"]))),
    ...(uid === null ? [] : [idTest("uid", uid)]),
    ...(gid === null ? [] : [idTest("gid", gid)]),
    ...(args.has("setuid") ? [privilegeTest] : []),
    ...(layer === null ? [] : [layerTest(layer)]),
  ];
}

function readTypes(text: string): Parameters<typeof typeTest>[0] {
  const types = text
    .split(",")
    .map((letter) => expect(typeLetters[letter] ?? null, ["type", text, "f,l"]));
  return new Set(types);
}

/** What was read of `--size +10M`, the last argument the option as it was typed and an example. */
function expect<Value>(
  value: Value | null,
  [name, text, example]: readonly [name: string, text: string, example: string],
): Value {
  if (value !== null) return value;
  throw new UsageError(`--${name} is ${JSON.stringify(text)}, expected for example ${example}`);
}

/**
 * Tests that depend on what the image knows: its users, libraries, packages, links. `not-found` for a package that it does
 * not have. Throws UsageError.
 */
export async function viewTests(
  args: ParsedArguments,
  view: View,
): Promise<Result<readonly FileTest[]>> {
  const soname = args.value("soname");
  const needed = args.value("needed");
  const named = args.value("package");
  const matchesSoname = parseGlob(soname ?? "*");
  const matchesNeeded = parseGlob(needed ?? "*");
  const tests: FileTest[] = [...ownerTests(args, view)];
  if (args.has("elf")) tests.push(elfTest(view, () => true));
  if (soname !== null) {
    tests.push(elfTest(view, (facts) => facts.soname !== null && matchesSoname(facts.soname)));
  }
  if (needed !== null) tests.push(elfTest(view, (facts) => facts.needed.some(matchesNeeded)));
  if (args.has("broken-links")) tests.push(brokenLinkTest(view));
  if (named !== null) {
    const { packageTest } = await import("../../explore/find/package-test.ts");
    const test = packageTest(view, named);
    if (!test.ok) return test;
    tests.push(test.value);
  }
  return success(tests);
}

function ownerTests(args: ParsedArguments, { rootfs }: View): readonly FileTest[] {
  return (["user", "group"] as const).flatMap((kind) => {
    const name = args.value(kind);
    if (name === null) return [];
    const test = ownerTest(kind, name, readAccountNames(rootfs));
    if (test !== null) return [test];
    throw new UsageError(`--${kind} is ${JSON.stringify(name)}, which the image does not know`);
  });
}
