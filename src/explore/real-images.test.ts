import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../test/cli/run.ts";
import { findTestImages, testImage, withoutImages } from "../../test/images.ts";
import {
  byName,
  outputIn,
  parseListing,
  realFound,
  realListing,
  unknownAs,
  withoutDevices,
} from "../../test/real-listing.ts";
import { makeWorkFolder } from "../../test/unpacked-images.ts";
import { decodeName, encodeName } from "../formats/tar/name.ts";
import { FactsCache } from "../image/cache/facts-cache.ts";
import { revisions } from "../image/readers/revisions.ts";
import { openViews, type View } from "./open-view.ts";
import { readContents } from "./read-contents.ts";
import { walkFiles } from "./walk-files.ts";

const missing = ["umoci", "skopeo", "tar", "find", "tree"].filter(
  (tool) => spawnSync(tool, ["--version"]).status !== 0,
);
const isRoot = process.getuid?.() === 0;
const reason = !isRoot
  ? "skipped: only root can unpack owners and devices"
  : missing.length > 0
    ? `skipped: ${missing.join(", ")} is not there`
    : findTestImages() === null
      ? withoutImages
      : null;

const folder = makeWorkFolder();
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
printf x > "$(printf 'etc/new\\nline')"; printf x > "$(printf 'etc/esc\\033[31m')"; printf x > etc/naïve; printf x > "$(printf 'etc/lat\\344in')"; printf x > "$(printf 'etc/na\\357ve')"; mkdir "$(printf 'd\\351r')"; printf x > "$(printf 'd\\351r/a')"; ln -s "$(printf 't\\344rget')" etc/latlink; ln -s sub etc/folder
printf x > etc/.hidden; printf x > 'etc/a,b'; chown 1234:4321 etc/naïve; chown -h 7:8 etc/link
truncate -s 5M etc/sparse; printf end >> etc/sparse; touch -d '2100-02-03 04:05:06 UTC' etc/future; touch -d '1969-12-31 23:59:58 UTC' etc/past; touch -d '1901-01-02 03:59:59.5 UTC' etc/older; : > etc/empty
printf gone > etc/gone; printf old > etc/replaced; printf below > opaque/below/x; printf x > opaque/y
cd ../..; umoci repack --refresh-bundle --image layout:x made
cd made/rootfs; rm etc/gone bin/second; rm -r opaque; mkdir opaque; printf new > opaque/z; rm etc/replaced; mkdir etc/replaced; printf in > etc/replaced/in
cd ../..; umoci repack --refresh-bundle --image layout:x made
cd made/rootfs; printf more > etc/sub/more; ln etc/sub/more etc/sub/again; chmod 700 etc/sub; rm -r opaque; printf file > opaque
cd ../..; umoci repack --refresh-bundle --image layout:x made;`;

/** Options of fromage and what find is asked for the same. */
const sameSearches = [
  [[], ""],
  [["--type", "f,l", "--name", "*[a-m].?*"], "-type f,l -name '*[a-m].?*'"],
  [["--perm", "-111", "--type", "f"], "-perm -111 -type f"],
  [["--perm", "/u+s,g+s"], "-perm /u+s,g+s"],
  [["--size", "+100k", "--type", "f"], "-size +100k -type f"],
  [["--size", "-2", "--type", "f"], "-size -2 -type f"],
  [["--path", "*/etc/*", "--max-depth", "2"], "-maxdepth 2 -path '*/etc/*'"],
  [["--iname", "LIB*", "--uid", "0"], "-iname 'LIB*' -uid 0"],
  [["--type", "b,c,p,d"], "-type b,c,p,d"],
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
        const made = subject();
        reference = made.reference;
        sh(made.unpack, place);
      }, 60_000);
      const ask = async (...args: readonly string[]): Promise<string> => {
        const { code, out, err } = await run(args, place, { env: envOf(place) });
        expect(code, err).toBe(0);
        return out;
      };

      it("ls -lnaR prints the same", async () => {
        const ours = parseListing(await ask("ls", reference, "/", "-naR"));
        const theirs = realListing(root).map((row, at) => unknownAs(row, ours[at]));
        expect(ours.length).toBeGreaterThan(10);
        expect(ours).toEqual(theirs);
      });

      it("find -l prints what find -printf does", async () => {
        const ours = parseListing(await ask("find", reference, "/", "-l")).toSorted(byName);
        const real = realFound(root).toSorted(byName);
        const theirs = real.map((row, at) => unknownAs(row, ours[at]));
        expect(ours.length).toBeGreaterThan(10);
        expect(withoutDevices(ours)).toEqual(withoutDevices(theirs));
      });

      it("tree -a draws the same", async () => {
        const [drawing = "", counted = ""] = (await ask("tree", reference, "/", "-a")).split(
          "\n\n",
        );
        const realDrawing = decodeName(outputIn(root, "tree", ["-aN", "--noreport", "."]));
        // The real one draws with spaces that do not break.
        expect(`${drawing}\n`).toBe(realDrawing.replace(/^\.$/m, "/").replaceAll("\u00a0", " "));
        // Where absolute links lead in the image only fromage knows; together they are all.
        const [folders = 0, files = 0] = Array.from(
          counted.matchAll(/\d+/g),
          ([digits]) => +digits,
        );
        const real = outputIn(root, "find", [".", "-mindepth", "1", "-printf", "x"]).byteLength;
        expect(folders + files).toBe(real);
      });

      it("find has the same tests", async () => {
        // Of a root filesystem, which has no digest and is read anew every time, only some.
        const isBare = reference.startsWith("rootfs:");
        const searches = isBare ? sameSearches.slice(1, 2) : sameSearches;
        for (const [ours, theirs] of searches) {
          const out = encodeName(await ask("find", reference, "/", "-0", ...ours));
          const command = `find . ${theirs} -print0`;
          const real = outputIn(root, "sh", ["-c", command]);
          const names = real.toString("latin1").split("\0").slice(0, -1);
          const expected = names.map((one) => one.slice(1) || "/").toSorted();
          expect(out.toString("latin1").split("\0").slice(0, -1).toSorted(), theirs).toEqual(
            expected,
          );
        }
      });

      it("the bytes of files are the same", async () => {
        const view = await openAt(place, reference);
        const start = view.rootfs.resolve("/");
        if (start.kind !== "found") throw new Error("there is no root");
        const all = [...walkFiles(view.rootfs, { ...start, name: "/" }, { maxDepth: null })];
        const files = all.filter(({ node }) => node.entry.type === "file");
        const nodes = files.map(({ node }) => node);
        const contents = await readContents(view, nodes, {
          temporaryFolder: join(place, "temporary"),
        });
        if (!contents.ok) throw new Error(JSON.stringify(contents.failure));
        const [ours, theirs] = [new Map<unknown, string>(), new Map<unknown, string>()];
        const different = files.filter(({ path, node }) => {
          const host = hostOf(root, path);
          const own = kept(ours, node, () => sumOf(contents.value.read(node)));
          return own !== kept(theirs, statSync(host).ino, () => sumOf([readFileSync(host)]));
        });
        contents.value.close();
        expect(files.length).toBeGreaterThan(1);
        expect(different.map(({ path }) => path)).toEqual([]);
      });
    });
  },
);

/** A locale in which lines of a tree are drawn. */
const envOf = (place: string): Readonly<Record<string, string>> => ({
  LC_ALL: "C.UTF-8",
  XDG_CACHE_HOME: `${place}/.cache`,
  XDG_DATA_HOME: `${place}/.data`,
});

async function openAt(place: string, reference: string): Promise<View> {
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
  return view;
}

function sumOf(chunks: Iterable<Uint8Array>): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** BusyBox has hundreds of names: each file is summed once. */
function kept(sums: Map<unknown, string>, key: unknown, make: () => string): string {
  const sum = sums.get(key) ?? make();
  sums.set(key, sum);
  return sum;
}

function hostOf(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(root), encodeName(path)]);
}
