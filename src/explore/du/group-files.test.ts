import { describe, expect, it } from "vitest";
import { extensionOf } from "./group-files.ts";

describe("the kind of a file by its name", () => {
  it.each([
    ["/usr/lib/libc.so.6", ".so"],
    ["/usr/lib/libz.so.1.2.13", ".so"],
    ["/usr/lib/x.so", ".so"],
    ["/a/b.py", ".py"],
    ["/a/b.tar.gz", ".gz"],
    ["/a/.bashrc", ""],
    ["/a/.so.1", ""],
    ["/usr/bin/python3.13", ""],
    ["/a/name.", ""],
    ["/a/plain", ""],
    ["/a.d/plain", ""],
    ["/a/x.d41d8cd98f00b204", ""],
  ])("%s is %j", (path, extension) => {
    expect(extensionOf(path)).toBe(extension);
  });
});
