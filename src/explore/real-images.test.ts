import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isUtf8 } from "node:buffer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../test/cli/run.ts";
import { findTestImages, testImage, withoutImages } from "../../test/images.ts";
import { FactsCache } from "../image/cache/facts-cache.ts";
import { revisions } from "../image/readers/revisions.ts";
import { openViews } from "./open-view.ts";
import { readContents } from "./read-contents.ts";
import { walkFiles } from "./walk-files.ts";

const hasTools = ["umoci", "skopeo", "tar"].every(
  (tool) => spawnSync(tool, ["--version"]).status === 0,
);
const isRoot = process.getuid?.() === 0;
const reason = !isRoot
  ? "skipped: only root can unpack owners and devices"
  : !hasTools
    ? "skipped: umoci, skopeo or tar is not there"
    : findTestImages() === null
      ? withoutImages
      : null;

const folder = mkdtempSync(join(tmpdir(), "explore-real-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);

const sh = (script: string, cwd = folder): void =>
  void execFileSync("sh", ["-ec", script], { cwd, stdio: ["ignore", "ignore", "pipe"] });

/** How an image is given to fromage, and how it is unpacked into the folder `root`, where that is not done yet. */
interface Subject {
  readonly reference: string;
  readonly unpack: string;
}

const unpackOci = (layout: string): string =>
  `umoci unpack --image ${layout} bundle; mv bundle/rootfs root`;

/** Every format, several architectures. */
const subjects: Readonly<Record<string, () => Subject>> = {
  "debian-12-slim, OCI archive": () => fromArchive("debian-12-slim-amd64.oci.tar"),
  "distroless-python3, OCI archive": () => fromArchive("distroless-python3-debian13-amd64.oci.tar"),
  "busybox glibc, OCI archive": () => fromArchive("oci-busybox-1.38.0-glibc-amd64.tar"),
  "busybox musl for arm64, OCI folder": () => {
    const file = testImage("oci-busybox-1.38.0-musl-arm64v8.tar");
    return {
      reference: "oci:layout:x",
      unpack: `skopeo copy oci-archive:${file} oci:layout:x; ${unpackOci("layout:x")}`,
    };
  },
  "distroless-static, docker save": () => {
    const file = testImage("distroless-static-debian13-amd64.oci.tar");
    return {
      reference: "archive:saved.tar",
      unpack: `skopeo copy oci-archive:${file} docker-archive:saved.tar:x/y:z; skopeo copy oci-archive:${file} oci:layout:x; ${unpackOci("layout:x")}`,
    };
  },
  "almalinux micro for arm64, root filesystem under xz": () => {
    const file = testImage("almalinux-9-docker-aarch64-micro-20231124.tar.xz");
    return {
      reference: `rootfs:${file}`,
      unpack: `mkdir root; tar -C root --numeric-owner -xpJf ${file}`,
    };
  },
  "alpine for arm64, root filesystem under gzip": () => {
    const file = testImage("alpine-minirootfs-3.20.3-aarch64.tar.gz");
    return {
      reference: `rootfs:${file}`,
      unpack: `mkdir root; tar -C root --numeric-owner -xpzf ${file}`,
    };
  },
  "alpine, folder": () => {
    const file = testImage("alpine-minirootfs-3.20.3-x86_64.tar.gz");
    return {
      reference: "rootfs:root",
      unpack: `mkdir root; tar -C root --numeric-owner -xpzf ${file}`,
    };
  },
  "an image for s390x of three layers, OCI folder": () => ({
    reference: "oci:layout:x",
    unpack: `${madeImage} ${unpackOci("layout:x")}`,
  }),
};

function fromArchive(name: string): Subject {
  const file = testImage(name);
  return {
    reference: `oci-archive:${file}`,
    unpack: `skopeo copy oci-archive:${file} oci:layout:x; ${unpackOci("layout:x")}`,
  };
}

/** Hard links, special files, special modes, odd names, capabilities, sparse files; then deleted and replaced ones. */
const madeImage = `
umoci init --layout layout; umoci new --image layout:x
umoci config --image layout:x --architecture s390x
umoci unpack --image layout:x made; cd made/rootfs
mkdir -p bin etc/sub tmp 'with space' opaque/below; chmod 1777 tmp
printf program > bin/su; chmod 4755 bin/su; cp bin/su bin/group; chmod 2711 bin/group; chmod 7640 bin/group
ln bin/su bin/second; ln bin/su etc/third; ln -s ../bin/su etc/link; ln -s nowhere etc/broken; ln -s loop etc/loop
mknod etc/null c 1 3; mknod etc/disk b 259 1048575; mkfifo etc/pipe
printf x > "$(printf 'etc/new\\nline')"; printf x > "$(printf 'etc/esc\\033[31m')"; printf x > etc/naïve; printf x > "$(printf 'etc/lat\\344in')"
printf x > etc/.hidden; printf x > 'etc/a,b'; chown 1234:4321 etc/naïve; chown -h 7:8 etc/link
truncate -s 5M etc/sparse; printf end >> etc/sparse; touch -d '2100-02-03 04:05:06 UTC' etc/future
printf gone > etc/gone; printf old > etc/replaced; printf below > opaque/below/x; printf x > opaque/y
cd ../..; umoci repack --image layout:x made
cd made/rootfs; rm etc/gone bin/second; rm -r opaque; mkdir opaque; printf new > opaque/z; rm etc/replaced; mkdir etc/replaced; printf in > etc/replaced/in
cd ../..; umoci repack --refresh-bundle --image layout:x made
cd made/rootfs; printf more > etc/sub/more; ln etc/sub/more etc/sub/again; chmod 700 etc/sub; rm -r opaque; printf file > opaque
cd ../..; umoci repack --refresh-bundle --image layout:x made;`;

/** One line of a long listing; what depends on the disk is left out. */
interface Row {
  readonly mode: string;
  /** Null of a directory: file systems count differently. */
  readonly links: string | null;
  readonly owners: string;
  readonly size: string | null;
  readonly time: string;
  readonly name: string;
}

const line =
  /^([-dlcbp][-rwxsStT]{9})[.+]? +(\d+) +(\d+) +(\d+) +(\d+, +\d+|\d+|-) (\d{4,}-\d\d-\d\d \d\d:\d\d|\? +) (.*)$/su;

/** Blocks of a recursive listing by their headings, in their order; other lines (of names with line ends) as they are. */
function parseListing(text: string): readonly (Row | string)[] {
  return text
    .split("\n")
    .filter((one) => !/^total \d+$/.test(one))
    .flatMap((one): readonly (Row | string)[] => {
      const found = line.exec(one);
      if (found === null) return [one];
      const [, mode = "", links = "", uid, gid, size = "", time = "", name = ""] = found;
      // What lies above the unpacked root is the machine's.
      if (name === "..") return [];
      const isDirectory = mode.startsWith("d");
      return [
        {
          mode,
          links: isDirectory ? null : links,
          owners: `${uid} ${gid}`,
          size: isDirectory ? null : size.replace(/, +/, ", "),
          time: time.trim(),
          name: name.replace(/ \[(?:cap_|capability)[^\]]*\]$/, ""),
        },
      ];
    });
}

/** As names of archives are read. */
const decode = (bytes: Buffer): string =>
  bytes
    .toString("latin1")
    .split("\n")
    .map((one) => Buffer.from(one, "latin1"))
    .map((one) => one.toString(isUtf8(one) ? "utf8" : "latin1"))
    .join("\n");

function realListing(root: string): readonly (Row | string)[] {
  const args = ["-lnaR", "--time-style=+%Y-%m-%d %H:%M", "."];
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const text = decode(execFileSync("ls", args, { cwd: root, env, maxBuffer: 1 << 28 }));
  return parseListing(
    text.replace(/^\.(\/.*)?:$/gm, (_, below: string | undefined) => `${below ?? "/"}:`),
  );
}

/** Options of fromage and what find is asked for the same. */
const sameSearches = [
  [[], "."],
  [["--type", "f,l", "--name", "*[a-m].?*"], ". -type f,l -name '*[a-m].?*'"],
  [["--perm", "-111", "--type", "f"], ". -perm -111 -type f"],
  [["--perm", "/u+s,g+s"], ". -perm /u+s,g+s"],
  [["--size", "+100k", "--type", "f"], ". -size +100k -type f"],
  [["--size", "-2", "--type", "f"], ". -size -2 -type f"],
  [["--path", "*/etc/*", "--max-depth", "2"], ". -maxdepth 2 -path '*/etc/*'"],
  [["--iname", "LIB*", "--uid", "0"], ". -iname 'LIB*' -uid 0"],
  [["--type", "b,c,p,d"], ". -type b,c,p,d"],
] as const;

describe.skipIf(reason !== null)(
  `held against what was unpacked${reason === null ? "" : ` (${reason})`}`,
  () => {
    describe.each(Object.entries(subjects))("%s", (name, subject) => {
      const place = join(folder, name.replace(/\W+/g, "-"));
      const root = join(place, "root");
      let reference = "";
      beforeAll(() => {
        mkdirSync(place);
        const { unpack, reference: own } = subject();
        reference = own;
        sh(unpack, place);
      }, 60_000);

      it("ls -lnaR prints the same", async () => {
        const { code, out, err } = await run(["ls", reference, "/", "-naR"], place);
        expect(code, err).toBe(0);
        const ours = parseListing(out);
        const theirs = realListing(root).map((row, at) => unknownAs(row, ours[at]));
        expect(ours.length).toBeGreaterThan(10);
        expect(ours).toEqual(theirs);
      });

      it("find prints the same paths", async () => {
        // A root filesystem has no digest and is read anew every time.
        const searches = reference.startsWith("rootfs:") ? sameSearches.slice(0, 3) : sameSearches;
        for (const [ours, theirs] of searches) {
          const { code, out } = await run(["find", reference, "/", "-0", ...ours], place);
          expect(code).toBe(0);
          const command = `LC_ALL=C.UTF-8 find ${theirs} -print0`;
          const bytes = execFileSync("sh", ["-c", command], { cwd: root, maxBuffer: 1 << 28 });
          const names = bytes.toString("latin1").split("\0").slice(0, -1);
          const expected = names.map((one) => decode(Buffer.from(one, "latin1")).slice(1) || "/");
          expect(out.split("\0").slice(0, -1).toSorted(), theirs).toEqual(expected.toSorted());
        }
      });

      it("the bytes of all files are the same", async () => {
        const opened = await openViews(reference, {
          cwd: place,
          platforms: [],
          cache: new FactsCache(join(place, ".cache/fromage"), revisions),
          temporaryFolder: join(place, "temporary"),
          catalogue: () => {
            throw new Error("no base was asked for");
          },
        });
        if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
        const [view] = opened.value;
        if (view === undefined) throw new Error("there is no image");
        const start = view.rootfs.resolve("/");
        if (start.kind !== "found") throw new Error("there is no root");
        const files = [
          ...walkFiles(view.rootfs, { ...start, name: "/" }, { maxDepth: null }),
        ].filter(({ node }) => node.entry.type === "file");
        const temporaryFolder = join(place, "temporary");
        const contents = await readContents(
          view,
          files.map(({ node }) => node),
          { temporaryFolder },
        );
        if (!contents.ok) throw new Error(JSON.stringify(contents.failure));
        const different = files.filter(({ path, node }) => {
          const hash = createHash("sha256");
          for (const chunk of contents.value.read(node)) hash.update(chunk);
          const host = hostOf(root, path);
          return (
            hash.digest("hex") !== createHash("sha256").update(readFileSync(host)).digest("hex")
          );
        });
        contents.value.close();
        expect(files.length).toBeGreaterThan(1);
        expect(different.map(({ path }) => path)).toEqual([]);
      });
    });
  },
);

/** A name that is no UTF-8 was read as Latin-1. */
function hostOf(root: string, path: string): Buffer {
  const host = Buffer.from(root + path);
  return statSync(host, { throwIfNoEntry: false }) === undefined
    ? Buffer.from(root + path, "latin1")
    : host;
}

/** Where the medium says no time, unpacking made one up. */
function unknownAs(row: Row | string, ours: Row | string | undefined): Row | string {
  const isUnknown = typeof row !== "string" && typeof ours === "object" && ours.time === "?";
  return isUnknown ? { ...row, time: "?" } : row;
}
