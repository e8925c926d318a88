import fc, { type Arbitrary } from "fast-check";
import { makeElf } from "../../made-images.ts";
import { makeHeader, padded } from "../tar-bytes.ts";
import { pathName } from "./words.ts";

/** Names that lie over each other, and those that readers look for. */
const name = fc.oneof(
  fc.constantFrom("a", "a/b", "a/b/c", "lib", "lib/x", "usr/lib/x", "a/.wh.b", ".wh.a", "a/.wh.c"),
  fc.constantFrom("a/.wh..wh..opq", "lib/.wh..wh..opq", ".wh..wh..opq", ".wh..wh.aufs"),
  fc.constantFrom("etc/passwd", "etc/os-release", "etc/ld.so.cache", "lib/apk/db/installed"),
  fc.constantFrom("var/lib/dpkg/status", "var/lib/dpkg/info/a.list", "var/lib/rpm/rpmdb.sqlite"),
  pathName,
);
const content = fc.oneof(
  fc.nat({ max: 3 }).map(makeElf),
  fc
    .constantFrom("P:a\nV:1\n\n", "Package: a\nVersion: 1\n", "ID=x\n", "#!/bin/sh\n", "")
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }),
);
const member = fc
  .tuple(name, fc.constantFrom(...Array.from("00000555221")), content, name)
  .map(([path, typeFlag, bytes, target]) => {
    const stored = typeFlag === "0" ? bytes : new Uint8Array(0);
    const linkName = typeFlag === "2" && target.length % 2 === 0 ? `/${target}` : target;
    const header = { name: path, typeFlag, sizeBytes: stored.byteLength, linkName };
    return Buffer.concat([makeHeader(header), padded(stored)]);
  });
/** A layer with few members as a tar archive. */
export const madeLayer: Arbitrary<Buffer> = fc
  .oneof(
    { weight: 40, arbitrary: fc.array(member, { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(member, { maxLength: 24 }) },
  )
  .map((members) => Buffer.concat([...members, Buffer.alloc(1024)]));
