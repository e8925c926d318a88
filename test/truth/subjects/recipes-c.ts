import type { Recipe } from "./recipe.ts";

const hello = { output: "^truth: hello from C\n$" };

/** A C program of one source file, which prints the line that proves it. */
function helloBuilt(id: string, compiler: string, flags = ""): Recipe {
  const build = `${compiler} -O2 ${flags} -o hello $SRC/hello.c`;
  return { id, program: "hello", proof: hello, tools: [compiler], build };
}

/** C: how it is linked, for which libc and machine. */
export const cRecipes: readonly Recipe[] = [
  helloBuilt("c-hello", "gcc"),
  helloBuilt("c-hello-static", "gcc", "-static"),
  helloBuilt("c-hello-static-pie", "gcc", "-static-pie"),
  helloBuilt("c-hello-no-pie", "gcc", "-no-pie"),
  helloBuilt("c-hello-now", "gcc", "-Wl,-z,now"),
  helloBuilt("c-hello-relr", "gcc", "-Wl,-z,pack-relative-relocs"),
  helloBuilt("c-hello-musl", "musl-gcc"),
  helloBuilt("c-hello-musl-static", "musl-gcc", "-static"),
  helloBuilt("c-hello-i686", "i686-linux-gnu-gcc"),
  helloBuilt("c-hello-i686-static", "i686-linux-gnu-gcc", "-static"),
  helloBuilt("c-hello-aarch64", "aarch64-linux-gnu-gcc"),
  helloBuilt("c-hello-aarch64-static", "aarch64-linux-gnu-gcc", "-static"),
  helloBuilt("c-hello-s390x", "s390x-linux-gnu-gcc", "-static"),
];
