import type { Recipe } from "./recipe.ts";

const library = "gcc -O2 -shared -fPIC";
const chain = `${library} -Wl,-soname,libb.so -o LIB/libb.so $SRC/lib-b.c
${library} -Wl,-soname,liba.so -o LIB/liba.so $SRC/lib-a.c -LLIB -lb AFLAGS
gcc -O2 -o main $SRC/uses-a.c -LLIB -la -Wl,-rpath-link,LIB FLAGS`;

/** main needs liba, which needs libb; both in a folder of the app. */
function chainBuilt(id: string, flags: string, options: Partial<Recipe> = {}): Recipe {
  const build = `mkdir lib\n${chain}`
    .replaceAll("LIB", "lib")
    .replace("AFLAGS", "")
    .replace("FLAGS", flags);
  const proof = { output: "truth: library 42" };
  return { id, program: "main", proof, tools: ["gcc"], build, ...options };
}

/** A program that wants from_other of a library that is replaced, after linking, by one without it. */
function withoutSymbol(id: string, source: string, flags: string, output: string): Recipe {
  const build = `${library} -Wl,-soname,libo.so -o libo.so $SRC/lib-other.c
gcc -O2 -o main $SRC/${source} -L. -lo -Wl,-rpath,'$ORIGIN' ${flags}
${library} -Wl,-soname,libo.so -o libo.so $SRC/lib-b.c`;
  return { id, program: "main", proof: { output }, tools: ["gcc"], build };
}

/** The same for musl's loader: the library has nothing but the symbol. */
function muslWithoutSymbol(id: string, source: string, flags: string, output: string): Recipe {
  const plan = withoutSymbol(id, source, flags, output);
  const build = plan.build.replaceAll("gcc -O2", "musl-gcc -O2");
  return { ...plan, build, tools: ["musl-gcc", "gcc"] };
}

const versioned = (after: string): string =>
  `${library} -Wl,-soname,libv.so -Wl,--version-script=$SRC/version-2.map -o libv.so $SRC/version-lib.c
gcc -O2 -o main $SRC/uses-version.c -L. -lv -Wl,-rpath,'$ORIGIN'
${after}`;

/** Programs with libraries of their own: where they are looked for, what is missing in them. */
export const libraryRecipes: readonly Recipe[] = [
  chainBuilt("lib-runpath-exe-only", "-Wl,--enable-new-dtags -Wl,-rpath,'$ORIGIN/lib'"),
  chainBuilt("lib-rpath-inherited", "-Wl,--disable-new-dtags -Wl,-rpath,'$ORIGIN/lib'"),
  chainBuilt("lib-rpath-braces", "-Wl,--disable-new-dtags -Wl,-rpath,'${ORIGIN}/lib'"),
  chainBuilt("lib-rpath-unknown-token", "-Wl,--disable-new-dtags -Wl,-rpath,'$ORIGIN/lib:/x/$LIB'"),
  chainBuilt("lib-rpath-absolute", "-Wl,--disable-new-dtags -Wl,-rpath,/app/lib"),
  chainBuilt("lib-environment", "", { environment: { LD_LIBRARY_PATH: "/app/lib" } }),
  chainBuilt("lib-environment-empty-item", "", { environment: { LD_LIBRARY_PATH: "/none::lib" } }),
  chainBuilt("lib-nowhere", ""),
  chainBuilt(
    "lib-nodefaultlib",
    "-Wl,-z,nodefaultlib -Wl,--disable-new-dtags,-rpath,'$ORIGIN/lib'",
  ),
  chainBuilt("lib-second-missing", "-Wl,--disable-new-dtags -Wl,-rpath,'$ORIGIN/lib'", {
    build: `mkdir lib\n${chain}\nrm lib/libb.so`
      .replaceAll("LIB", "lib")
      .replace("AFLAGS", "")
      .replace("FLAGS", "-Wl,--disable-new-dtags -Wl,-rpath,'$ORIGIN/lib'"),
  }),
  chainBuilt("lib-preload-missing", "-Wl,--disable-new-dtags -Wl,-rpath,'$ORIGIN/lib'", {
    environment: { LD_PRELOAD: "/app/none.so" },
  }),
  {
    id: "lib-musl-runpath",
    program: "main",
    proof: { output: "truth: library 42" },
    tools: ["musl-gcc"],
    build: `mkdir lib\n${chain}`
      .replaceAll("LIB", "lib")
      .replace("AFLAGS", "")
      .replace("FLAGS", "-Wl,--enable-new-dtags -Wl,-rpath,'$ORIGIN/lib'")
      .replaceAll("gcc -O2", "musl-gcc -O2"),
  },
  {
    id: "lib-soname-link-missing",
    program: "main",
    proof: { output: "truth: library 42" },
    tools: ["gcc"],
    build: `${library} -Wl,-soname,libb.so.1 -o libb.so.1.0.0 $SRC/lib-b.c
ln -s libb.so.1.0.0 libb.so && ${library} -o liba.so $SRC/lib-a.c -Wl,-soname,liba.so -L. -lb
gcc -O2 -o main $SRC/uses-a.c -L. -la -Wl,-rpath-link,. -Wl,--disable-new-dtags -Wl,-rpath,'$ORIGIN' -Wl,--allow-shlib-undefined`,
  },
  {
    id: "lib-wrong-class-first",
    program: "main",
    proof: { output: "truth: library 42" },
    tools: ["gcc", "i686-linux-gnu-gcc"],
    build: `mkdir lib lib32\n${chain}
i686-linux-gnu-gcc -shared -fPIC -Wl,-soname,libb.so -nostdlib -o lib32/libb.so $SRC/lib-b.c`
      .replaceAll("LIB", "lib")
      .replace("AFLAGS", "")
      .replace("FLAGS", "-Wl,--disable-new-dtags -Wl,-rpath,'$ORIGIN/lib32:$ORIGIN/lib'"),
  },
  {
    id: "lib-wrong-class-first-musl",
    program: "main",
    proof: { output: "truth: library 42" },
    tools: ["musl-gcc", "i686-linux-gnu-gcc"],
    build: `mkdir lib lib32\n${chain}
i686-linux-gnu-gcc -shared -fPIC -Wl,-soname,libb.so -nostdlib -o lib32/libb.so $SRC/lib-b.c`
      .replaceAll("LIB", "lib")
      .replace("AFLAGS", "")
      .replace("FLAGS", "-Wl,--disable-new-dtags -Wl,-rpath,'$ORIGIN/lib32:$ORIGIN/lib'")
      .replaceAll(/^gcc -O2/gm, "musl-gcc -O2"),
  },
  {
    id: "lib-text-first",
    program: "main",
    proof: { output: "truth: library 42" },
    tools: ["gcc"],
    build: `mkdir lib text\n${chain}\necho 'INPUT(libb.so.1)' > text/libb.so`
      .replaceAll("LIB", "lib")
      .replace("AFLAGS", "")
      .replace("FLAGS", "-Wl,--disable-new-dtags -Wl,-rpath,'$ORIGIN/text:$ORIGIN/lib'"),
  },
  {
    id: "lib-tls",
    program: "main",
    proof: { output: "truth: tls 42" },
    tools: ["gcc"],
    build: `${library} -Wl,-soname,libt.so -o libt.so $SRC/tls-lib.c
gcc -O2 -o main $SRC/tls.c -L. -lt -Wl,-rpath,'$ORIGIN'`,
  },
  withoutSymbol("symbol-lazy-not-called", "lazy.c", "-Wl,-z,lazy", "truth: lazy"),
  {
    ...withoutSymbol("symbol-lazy-called", "lazy.c", "-Wl,-z,lazy", "truth: lazy"),
    args: ["call"],
  },
  withoutSymbol("symbol-now", "lazy.c", "-Wl,-z,now", "truth: lazy"),
  withoutSymbol("symbol-no-plt", "lazy.c", "-fno-plt", "truth: lazy"),
  withoutSymbol("symbol-in-data", "data-symbol.c", "", "truth: table"),
  muslWithoutSymbol("symbol-musl-lazy", "lazy.c", "-Wl,-z,lazy", "truth: lazy"),
  muslWithoutSymbol("symbol-musl-weak-absent", "weak.c", "", "truth: weak absent"),
  {
    ...withoutSymbol("symbol-lazy-bind-now-asked", "lazy.c", "-Wl,-z,lazy", "truth: lazy"),
    environment: { LD_BIND_NOW: "1" },
  },
  {
    id: "version-there",
    program: "main",
    proof: { output: "truth: version 7" },
    tools: ["gcc"],
    build: versioned("true"),
  },
  {
    id: "version-missing",
    program: "main",
    proof: { output: "truth: version 7" },
    tools: ["gcc"],
    build: versioned(
      `${library} -Wl,-soname,libv.so -Wl,--version-script=$SRC/version-1.map -o libv.so $SRC/version-lib.c`,
    ),
  },
  {
    id: "version-none-in-library",
    program: "main",
    proof: { output: "truth: version 7" },
    tools: ["gcc"],
    build: versioned(`${library} -Wl,-soname,libv.so -o libv.so $SRC/version-lib.c`),
  },
];
