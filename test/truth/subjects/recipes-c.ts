import type { Recipe } from "./recipe.ts";

const hello = { output: "^truth: hello from C\n$" };

/** A C program of one source file, which prints the line that proves it. */
function helloBuilt(id: string, compiler: string, flags = ""): Recipe {
  const build = `${compiler} -O2 ${flags} -o hello $SRC/hello.c`;
  return { id, program: "hello", proof: hello, tools: [compiler], build };
}

/** A program called `main` built by gcc with the flags after the sources. */
function gccBuilt(id: string, output: string, flags: string): Recipe {
  const build = `gcc -O2 -o main ${flags}`;
  return { id, program: "main", proof: { output }, tools: ["gcc"], build };
}

/** C: how it is linked, for which libc and machine, and what it asks of its libc. */
export const cRecipes: readonly Recipe[] = [
  helloBuilt("c-hello", "gcc"),
  helloBuilt("c-hello-static", "gcc", "-static"),
  helloBuilt("c-hello-static-pie", "gcc", "-static-pie"),
  helloBuilt("c-hello-no-pie", "gcc", "-no-pie"),
  helloBuilt("c-hello-now", "gcc", "-Wl,-z,now"),
  helloBuilt("c-hello-relr", "gcc", "-Wl,-z,pack-relative-relocs"),
  helloBuilt("c-hello-stripped-sysv-hash", "gcc", "-s -Wl,--hash-style=sysv"),
  helloBuilt("c-hello-musl", "musl-gcc"),
  helloBuilt("c-hello-musl-static", "musl-gcc", "-static"),
  helloBuilt("c-hello-musl-relr", "musl-gcc", "-fPIE -pie -Wl,-z,pack-relative-relocs"),
  helloBuilt("c-hello-i686", "i686-linux-gnu-gcc"),
  helloBuilt("c-hello-i686-static", "i686-linux-gnu-gcc", "-static"),
  helloBuilt("c-hello-aarch64", "aarch64-linux-gnu-gcc"),
  helloBuilt("c-hello-aarch64-static", "aarch64-linux-gnu-gcc", "-static"),
  helloBuilt("c-hello-s390x-static", "s390x-linux-gnu-gcc", "-static"),
  helloBuilt("c-glibc-program-musl-loader", "gcc", "-Wl,-I/lib/ld-musl-x86_64.so.1"),
  helloBuilt("c-interpreter-nowhere", "gcc", "-Wl,-I/nix/store/none/ld-linux-x86-64.so.2"),
  {
    ...helloBuilt("c-interpreter-is-text", "gcc", "-Wl,-I/etc/passwd"),
    proof: hello,
  },
  {
    ...helloBuilt("c-not-executable", "gcc"),
    build: "gcc -O2 -o hello $SRC/hello.c && chmod 644 hello",
  },
  {
    ...helloBuilt("c-truncated", "gcc"),
    build:
      "gcc -O2 -o whole $SRC/hello.c && head -c 700 whole > hello && chmod 755 hello && rm whole",
  },
  gccBuilt("c-threads", "truth: threads 42", "$SRC/threads.c -pthread"),
  gccBuilt("c-threads-static", "truth: threads 42", "$SRC/threads.c -pthread -static"),
  gccBuilt("c-cancel", "truth: cancelled", "$SRC/cancel.c -pthread"),
  gccBuilt("c-math", "truth: math 4.132", "$SRC/math.c -lm"),
  gccBuilt("c-fortify", "truth: fortify 1", "-D_FORTIFY_SOURCE=2 $SRC/fortify.c"),
  gccBuilt("c-fcntl64", "truth: fcntl 1 1", "-D_FILE_OFFSET_BITS=64 $SRC/modern.c"),
  gccBuilt(
    "c-fallocate64-musl-loader",
    "truth: large 0",
    "$SRC/large.c -Wl,-I/lib/ld-musl-x86_64.so.1",
  ),
  gccBuilt(
    "c-fortify-musl-loader",
    "truth: fortify 1",
    "-D_FORTIFY_SOURCE=2 $SRC/fortify.c -Wl,-I/lib/ld-musl-x86_64.so.1",
  ),
  gccBuilt("c-crypt", "truth: crypt \\$6\\$", "$SRC/crypt.c -lcrypt"),
  gccBuilt("c-weak-absent", "truth: weak absent", "$SRC/weak.c"),
  gccBuilt("c-users-static", "truth: user", "$SRC/users.c -static"),
  gccBuilt("c-users", "truth: user", "$SRC/users.c"),
  gccBuilt("c-dlopen-libz", "truth: dlopen opened", "$SRC/dlopen.c -ldl"),
  gccBuilt("c-isa-v3", "truth: isa", "$SRC/isa.c -Wl,-z,x86-64-v3"),
  gccBuilt("c-isa-v4", "truth: isa", "$SRC/isa.c -Wl,-z,x86-64-v4"),
  gccBuilt("c-execstack", "truth: isa", "$SRC/isa.c -Wl,-z,execstack"),
];
