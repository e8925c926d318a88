import { describe, expect, it } from "vitest";
import { fromBytes } from "../../formats/random-access.ts";
import type { FileEntry } from "../layer-facts.ts";
import { textReader } from "./texts.ts";

function entryAt(path: string): FileEntry {
  return { path, type: "file", mode: 0o644, uid: 0, gid: 0, sizeBytes: 0 };
}

describe("textReader wants", () => {
  const rows: readonly [string, boolean][] = [
    ["/etc/os-release", true],
    ["/usr/lib/os-release", true],
    ["/usr/lib/passwd", false],
    ["/etc/ld-musl-x86_64.path", true],
    ["/opt/musl/etc/ld-musl-x86_64.path", true],
    ["/etc/ld.so.conf", true],
    ["/etc/ld.so.conf.d/libc.conf", true],
    ["/etc/ld.so.conf.d/libc.conf.bak", false],
    ["/etc/apt/sources.list", true],
    ["/etc/apt/sources.list.d/debian.sources", true],
    ["/etc/apt/sources.list.d/a.list.save", false],
    ["/etc/apt/preferences.d/pin", true],
    ["/etc/dpkg/dpkg.cfg.d/docker", true],
    ["/etc/apk/repositories", true],
    ["/etc/apk/repositories.d/x.list", true],
    ["/etc/apk/keys/alpine.rsa.pub", true],
    ["/usr/share/apk/keys/alpine.rsa.pub", true],
    ["/usr/share/apk/keys/x86_64/alpine.rsa.pub", false],
    ["/etc/yum.repos.d/ubi.repo", true],
    ["/etc/yum/vars/releasever", true],
    ["/etc/dnf/dnf.conf", true],
    ["/etc/pki/rpm-gpg/RPM-GPG-KEY-redhat-release", true],
    ["/etc/apt/trusted.gpg.d/debian.asc", true],
    ["/usr/share/keyrings/debian-archive-keyring.gpg", true],
    ["/usr/share/keyrings/debian-archive-keyring.txt", false],
    ["/etc/shadow", false],
    ["/home/a/etc/passwd", false],
  ];
  it.each(rows)("%s: %s", (path, wanted) => {
    expect(textReader.wants(entryAt(path), new Uint8Array())).toBe(wanted);
  });
});

describe("textReader keeps", () => {
  const key = "/usr/share/keyrings/a.gpg";
  const rows: readonly [string, string, Buffer, string][] = [
    ["a text as it is", "/etc/passwd", Buffer.from("é\r\n"), "é\r\n"],
    ["a key in armour as it is", key, Buffer.from("-----BEGIN"), "-----BEGIN"],
    ["a key in bytes as base64", key, Buffer.from([0x99, 1, 0xff]), "base64:mQH/"],
    ["the old key ring too", "/etc/apt/trusted.gpg", Buffer.from([0x99]), "base64:mQ=="],
    ["what only looks like one as text", "/etc/passwd", Buffer.from([0x99]), "\ufffd"],
    ["an empty key", key, Buffer.alloc(0), ""],
  ];
  it.each(rows)("%s", (_, path, bytes, text) => {
    expect(textReader.read({ entry: entryAt(path), content: fromBytes(bytes) })).toBe(text);
  });
});
