import { basename } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { testImage } from "../../test/images.ts";
import { debianImage, installDebian, whyNotInstalled } from "../../test/installed-debian.ts";
import { scratchFolder } from "../../test/made-packages.ts";
import { joinElfStores, openElfLines } from "../image/elf-lines.ts";
import type { LocalLayer } from "../image/image.ts";
import type { ElfStore, LayerFacts } from "../image/layer-facts.ts";
import { mergeLayers, type MergedRootfs } from "../image/merge.ts";
import { readLayer } from "../image/read-layer.ts";
import { openImages } from "../image/sources/open-images.ts";
import { debReader } from "./contents/deb.ts";
import { readPackageFile } from "./contents/read-package-file.ts";
import { layPackages, type LaidPackages } from "./lay-packages.ts";

/** Libraries with alternatives, plugins of NSS, data of ICU, scripts that make much. */
const packages = [
  ..."libpq5 libblas3 liblapack3 libcurl4 libicu72 libgssapi-krb5-2".split(" "),
  ..."libnss-mymachines libnss-wrapper imagemagick-6.q16 ca-certificates openssl less".split(" "),
  ..."python3-minimal fontconfig".split(" "),
];

/**
 * What differs, by the package whose script makes it: each of them has to be among the scripts that are not known. The last ones are
 * of no script of theirs: a trigger of a package of the base, units that debhelper's tools link for an init system, and the
 * file that chroot needs for names of hosts.
 */
const explained: readonly (readonly [RegExp, string | null])[] = [
  [/^\/etc\/ssl\/certs\/|^\/etc\/ca-certificates\.conf$/, "ca-certificates"],
  [/^\/etc\/fonts\/conf\.d\//, "fontconfig-config"],
  [
    /^\/etc\/(?:passwd|group|gshadow|shadow|machine-id|mtab|\.pwd\.lock)-?$|^\/srv$|^\/root\/\.ssh$/,
    "systemd",
  ],
  [/^\/etc\/nsswitch\.conf/, "libnss-mymachines"],
  [/^\/usr\/lib\/dbus-1\.0\/dbus-daemon-launch-helper$/, "dbus"],
  [/^\/usr\/local(?:\/lib(?:\/python3\.11(?:\/dist-packages)?)?)?$/, "python3.11-minimal"],
  [/^\/etc\/shells$/, null],
  [/^\/etc\/(?:rc\d\.d|systemd\/system)\//, null],
  [/^\/etc\/(?:resolv\.conf|apt\/sources\.list)$/, null],
];
/** State, caches, bytecode; the loader's cache is compared by what is in it. */
const leftOut = /^\/(?:var|proc|dev|sys|run|tmp)(?:\/|$)|__pycache__|^\/etc\/ld\.so\.cache$/;

async function read(layers: readonly LocalLayer[]): Promise<MergedRootfs> {
  const [facts, stores]: [LayerFacts[], ElfStore[]] = [[], []];
  for (const layer of layers) {
    const found = await readLayer(layer);
    if (!found.ok) throw new Error(JSON.stringify(found.failure));
    facts.push(found.value.facts);
    stores.push(openElfLines(found.value.elfLines));
  }
  return mergeLayers(facts, joinElfStores(stores));
}

async function readBase(folder: string): Promise<MergedRootfs> {
  const opened = await openImages(`oci-archive:${testImage(debianImage)}`, {
    platforms: [],
    cwd: folder,
    temporaryFolder: folder,
  });
  const layers = opened.ok ? (opened.value[0]?.layers ?? []) : [];
  return read(layers.flatMap((layer) => (layer.kind === "remote" ? [] : [layer])));
}

function describeEntry(root: MergedRootfs, path: string): string {
  const entry = root.lookup(path)?.entry;
  if (entry === undefined) return "nothing";
  const { type, mode, linkTarget = "", sizeBytes, uid, gid } = entry;
  const rights = type === "symlink" ? "" : `${mode.toString(8)} ${uid}:${gid}`;
  return `${type} ${rights} ${linkTarget} ${sizeBytes} ${root.elfSha256(path)}`;
}

const reason = await whyNotInstalled();

describe(`layPackages() against packages that are really installed${reason}`, () => {
  const folder = scratchFolder();
  let [laid, predicted, real]: [LaidPackages | null, MergedRootfs | null, MergedRootfs | null] = [
    null,
    null,
    null,
  ];

  beforeAll(async () => {
    if (reason !== "") return;
    const { rootfs, debs, replaced } = installDebian(folder, packages);
    const contents = [];
    for (const file of debs) {
      const name = basename(file);
      const found = await readPackageFile({ file, name, digest: null }, debReader, {
        cacheFolder: null,
      });
      if (!found.ok) throw new Error(JSON.stringify(found.failure));
      contents.push(found.value.contents);
    }
    const base = await readBase(folder);
    const input = { rootfs: base, packages: contents, replaced, removed: [] } as const;
    laid = layPackages({ ...input, how: "installed" });
    predicted = base.over([laid.layer], laid.elf);
    real = await read([{ kind: "directory", directory: rootfs, mountPath: "/" }]);
  }, 120_000);

  it.skipIf(reason !== "")(
    "says every file, directory and link, but what a script makes that it names",
    () => {
      expect.hasAssertions();
      if (laid === null || predicted === null || real === null) return;
      const known = new Set(laid.ranScripts.map((script) => script.package));
      const wrong: string[] = [];
      let count = 0;
      for (const path of new Set([...predicted.paths(), ...real.paths()])) {
        if (leftOut.test(path)) continue;
        count++;
        const [ours, theirs] = [describeEntry(predicted, path), describeEntry(real, path)];
        if (ours === theirs) continue;
        const reasons = explained.find(([pattern]) => pattern.test(path));
        const isNamed = reasons !== undefined && (reasons[1] === null || known.has(reasons[1]));
        if (!isNamed) wrong.push(`${path}: ${ours}, really ${theirs}`);
      }
      expect(wrong).toEqual([]);
      expect(count).toBeGreaterThan(6000);
    },
  );

  it.skipIf(reason !== "")("says the loader's cache, entry for entry in its order", () => {
    expect.hasAssertions();
    if (predicted === null || real === null) return;
    const theirs = real.loaderCache("/etc/ld.so.cache");
    expect(theirs?.length).toBeGreaterThan(100);
    expect(predicted.loaderCache("/etc/ld.so.cache")).toEqual(theirs);
  });
});
