import { describe, expect, it } from "vitest";
import { makeElf, type MadeEntry } from "../../test/made-images.ts";
import {
  madeContents,
  madeRoot,
  scratchFolder,
  type MadePackage,
} from "../../test/made-packages.ts";
import type { MergedRootfs } from "../image/merge.ts";
import { layPackages, type LaidPackages, type LayInput } from "./lay-packages.ts";

const folder = scratchFolder();

interface Case {
  readonly base?: readonly MadeEntry[];
  readonly packages: readonly MadePackage[];
  readonly how?: LayInput["how"];
  readonly replaced?: readonly string[];
  readonly removed?: readonly string[];
}

async function lay(made: Case): Promise<LaidPackages & { readonly root: MergedRootfs }> {
  const rootfs = await madeRoot(folder, made.base ?? []);
  const packages = [];
  for (const one of made.packages) packages.push(await madeContents(folder, one));
  const { how = "installed", replaced = [], removed = [] } = made;
  const laid = layPackages({ rootfs, packages, how, replaced, removed });
  return { ...laid, root: rootfs.over([laid.layer], laid.elf) };
}

/** What stands at a path, in short. */
function at(root: MergedRootfs, path: string): string | null {
  const entry = root.lookup(path)?.entry;
  if (entry === undefined) return null;
  return entry.type === "symlink" ? `-> ${entry.linkTarget}` : entry.type;
}

const dpkg = (names: Readonly<Record<string, string>>): readonly MadeEntry[] => [
  [
    "var/lib/dpkg/status",
    Object.keys(names)
      .map((name) => `Package: ${name}\nStatus: install ok installed\nVersion: 1\n`)
      .join("\n"),
  ],
  ...Object.entries(names).map(([name, list]): MadeEntry => [
    `var/lib/dpkg/info/${name}.list`,
    list,
  ]),
];
const postinst = (text: string): { readonly control: { readonly postinst: string } } => ({
  control: { postinst: `#!/bin/sh\n${text}\n` },
});

describe("layPackages() puts files where they come to lie", () => {
  const rows: readonly [string, Case, Readonly<Record<string, string | null>>][] = [
    [
      "through a link of the root",
      {
        base: [
          ["usr/lib/x", ""],
          ["lib", "-> usr/lib"],
        ],
        packages: [{ name: "a", files: [["lib/y", ""]] }],
      },
      { "/usr/lib/y": "file", "/lib": "-> usr/lib" },
    ],
    [
      "through a link that another package of them brings",
      {
        packages: [
          {
            name: "a",
            files: [
              ["usr/d", null],
              ["usr/l", "-> d"],
            ],
          },
          {
            name: "b",
            files: [
              ["usr/l", null],
              ["usr/l/y", ""],
            ],
          },
        ],
      },
      { "/usr/d/y": "file", "/usr/l": "-> d" },
    ],
    [
      "a link where a directory is: not",
      { base: [["usr/d/x", ""]], packages: [{ name: "a", files: [["usr/d", "-> e"]] }] },
      { "/usr/d": "directory", "/usr/d/x": "file" },
    ],
    [
      "what the base diverts for another package",
      {
        base: [
          ...dpkg({ z: "/." }),
          ["var/lib/dpkg/diversions", "/bin/t\n/bin/t.real\nz\n"],
          ["bin/u", ""],
        ],
        packages: [
          { name: "a", files: [["bin/t", ""]] },
          { name: "z", files: [["bin/v", ""]] },
        ],
      },
      { "/bin/t": null, "/bin/t.real": "file", "/bin/v": "file" },
    ],
    [
      "what the base diverts, copied",
      {
        base: [
          ...dpkg({ z: "/." }),
          ["var/lib/dpkg/diversions", "/bin/t\n/bin/t.real\nz\n"],
          ["bin/u", ""],
        ],
        packages: [{ name: "a", files: [["bin/t", ""]] }],
        how: "copied",
      },
      { "/bin/t": "file", "/bin/t.real": null },
    ],
    [
      "a file of the base that a package diverts",
      {
        base: [["bin/t", "x"]],
        packages: [
          {
            name: "a",
            files: [["bin/t", ""]],
            control: {
              preinst:
                "#!/bin/sh\ndpkg-divert --package a --rename --divert /bin/t.old --add /bin/t\n",
            },
          },
        ],
      },
      { "/bin/t": "file", "/bin/t.old": "file" },
    ],
    [
      "without what dpkg is told to leave out",
      {
        base: [["etc/dpkg/dpkg.cfg.d/docker", "path-exclude /usr/share/doc/*\n"]],
        packages: [
          {
            name: "a",
            files: [
              ["usr/share/doc/a/x", ""],
              ["usr/y", ""],
            ],
          },
        ],
      },
      { "/usr/share/doc/a/x": null, "/usr/y": "file" },
    ],
    [
      "without files of a version that is replaced and of what is removed; what is shared and what is configuration stays",
      {
        base: [
          ...dpkg({
            a: "/usr/old\n/usr/both\n/etc/a\n/usr/new\n",
            b: "/usr/both\n",
            c: "/usr/c\n",
          }),
          ...["usr/old", "usr/both", "usr/new", "etc/a", "usr/c"].map((name): MadeEntry => [
            name,
            "",
          ]),
        ],
        packages: [{ name: "a", files: [["usr/new", ""]] }],
        replaced: ["a"],
        removed: ["c"],
      },
      {
        "/usr/old": null,
        "/usr/both": "file",
        "/etc/a": "file",
        "/usr/new": "file",
        "/usr/c": null,
      },
    ],
    [
      "nothing is taken away by a file that is named like a mark of layers",
      {
        base: [["usr/x", ""]],
        packages: [
          {
            name: "a",
            files: [
              ["usr/.wh.x", ""],
              ["usr/.wh..wh..opq", ""],
            ],
          },
        ],
      },
      { "/usr/x": "file" },
    ],
  ];
  it.each(rows)("%s", async (_, made, expected) => {
    const { root } = await lay(made);
    const paths = Object.keys(expected);
    expect(Object.fromEntries(paths.map((path) => [path, at(root, path)]))).toEqual(expected);
  });

  it("with the facts of the content", async () => {
    const { root } = await lay({
      base: [
        ["usr/lib/x", ""],
        ["lib", "-> usr/lib"],
      ],
      packages: [{ name: "a", files: [["lib/a.so", makeElf(2)]] }],
    });
    expect(root.elf("/usr/lib/a.so")).not.toBeNull();
  });
});

describe("layPackages() makes the links of alternatives", () => {
  const choice = (name: string, priority: number): MadePackage => ({
    name,
    files: [
      [`usr/lib/${name}/x`, ""],
      [`usr/man/${name}.1`, ""],
    ],
    ...postinst(
      `update-alternatives --install /usr/lib/x x /usr/lib/${name}/x ${priority} --slave /usr/man/x.1 x.1 /usr/man/${name}.1`,
    ),
  });
  const group = (state: string, path: string, priority: number): MadeEntry => [
    "var/lib/dpkg/alternatives/x",
    `${state}\n/usr/lib/x\n\n${path}\n${priority}\n\n`,
  ];
  const there: MadeEntry = ["usr/lib/base/x", ""];
  const rows: readonly [string, Case, Readonly<Record<string, string | null>>][] = [
    [
      "of the highest priority, with its slaves",
      { packages: [choice("a", 5), choice("b", 10), choice("c", 10)] },
      {
        "/usr/lib/x": "-> /etc/alternatives/x",
        "/etc/alternatives/x": "-> /usr/lib/b/x",
        "/usr/man/x.1": "-> /etc/alternatives/x.1",
        "/etc/alternatives/x.1": "-> /usr/man/b.1",
      },
    ],
    [
      "copied too",
      { packages: [choice("a", 5)], how: "copied" },
      { "/etc/alternatives/x": "-> /usr/lib/a/x" },
    ],
    [
      "not over one of the base that is higher",
      {
        base: [...dpkg({ z: "/." }), there, group("auto", "/usr/lib/base/x", 7)],
        packages: [choice("a", 5)],
      },
      { "/etc/alternatives/x": "-> /usr/lib/base/x" },
    ],
    [
      "over one of the base that is not there",
      {
        base: [...dpkg({ z: "/." }), group("auto", "/usr/lib/base/x", 7)],
        packages: [choice("a", 5)],
      },
      { "/etc/alternatives/x": "-> /usr/lib/a/x" },
    ],
    [
      "not where the administrator chose",
      {
        base: [...dpkg({ z: "/." }), there, group("manual", "/usr/lib/base/x", 1)],
        packages: [choice("a", 5)],
      },
      { "/etc/alternatives/x": null },
    ],
    [
      "not over a file",
      { base: [["usr/lib/x", ""]], packages: [choice("a", 5)] },
      { "/usr/lib/x": "file" },
    ],
  ];
  it.each(rows)("%s", async (_, made, expected) => {
    const { root, links } = await lay(made);
    const paths = Object.keys(expected);
    expect(Object.fromEntries(paths.map((path) => [path, at(root, path)]))).toEqual(expected);
    for (const { path, target } of links) expect(at(root, path)).toBe(`-> ${target}`);
  });
});

describe("layPackages() says which scripts it does not know", () => {
  const packages: readonly MadePackage[] = [
    { name: "a", files: [], ...postinst("ldconfig") },
    { name: "b", files: [], ...postinst("touch /x") },
  ];
  const unknown = [{ package: "b", script: "postinst", statements: ["touch /x"] }];

  it("copied: they are not run", async () => {
    const { unknownScripts, ranScripts } = await lay({ packages, how: "copied" });
    expect([unknownScripts, ranScripts]).toEqual([unknown, []]);
  });

  it("installed: they are run", async () => {
    const { unknownScripts, ranScripts } = await lay({ packages });
    expect([unknownScripts, ranScripts]).toEqual([[], unknown]);
  });
});
