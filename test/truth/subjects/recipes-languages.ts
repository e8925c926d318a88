import type { Recipe } from "./recipe.ts";

/** Environment of Go's own commands, so that nothing is written outside and nothing is fetched. */
const go = "GOFLAGS=-mod=mod GOTOOLCHAIN=local GO111MODULE=off GOCACHE=$SCRATCH/go HOME=$SCRATCH";

function goBuilt(id: string, source: string, settings: string): Recipe {
  const output = `^truth: ${{ "hello.go": "hello from Go", "cgo.go": "hello from cgo 2", "lookup.go": "Go user" }[source] ?? ""}`;
  const [variables = "", flags = ""] = settings.split(";");
  const build = `${go} ${variables} go build -trimpath ${flags} -o main $SRC/${source}`;
  const tools = variables.includes("musl-gcc") ? ["go", "musl-gcc"] : ["go", "gcc"];
  return { id, program: "main", proof: { output }, tools, build };
}

function rustBuilt(id: string, source: string, flags: string): Recipe {
  const output = source === "panic.rs" ? "truth: Rust unwound true" : "^truth: hello from Rust";
  const build = `rustc -O ${flags} -o main $SRC/${source}`;
  return { id, program: "main", proof: { output }, tools: ["rustc"], build };
}

const muslDynamic = "-C target-feature=-crt-static -C linker=musl-gcc";

/** Static, or in need of musl and libgcc_s.so.1, or of musl alone. */
function rustMuslBuilt(id: string, flags: string): Recipe {
  const build = `sh $SRC/rustc-musl.sh -O ${flags} -o main $SRC/hello.rs`;
  const tools = ["rustc", "cargo", "gcc", "musl-gcc"];
  return { id, program: "main", proof: { output: "^truth: hello from Rust" }, tools, build };
}

function cppBuilt(id: string, compiler: string, settings: string): Recipe {
  const output = settings.includes("plain.cc") ? "truth: C\\+\\+ plain" : "truth: C\\+\\+ thrown";
  const build = `${compiler} -O2 -o main ${settings}`;
  return { id, program: "main", proof: { output }, tools: [compiler], build };
}

/** C++, Go and Rust, linked in each of the ways that people ship. */
export const languageRecipes: readonly Recipe[] = [
  cppBuilt("cpp-exceptions", "g++", "$SRC/hello.cc -pthread"),
  cppBuilt("cpp-static-runtime", "g++", "$SRC/hello.cc -pthread -static-libstdc++ -static-libgcc"),
  cppBuilt("cpp-static", "g++", "$SRC/hello.cc -pthread -static"),
  cppBuilt("cpp-plain", "g++", "$SRC/plain.cc"),
  cppBuilt("cpp-clang", "clang++", "$SRC/hello.cc -pthread"),
  goBuilt("go-pure", "hello.go", "CGO_ENABLED=0;"),
  goBuilt("go-pure-users", "lookup.go", "CGO_ENABLED=0;"),
  goBuilt("go-pure-pie", "hello.go", "CGO_ENABLED=0;-buildmode=pie"),
  goBuilt("go-cgo", "cgo.go", "CGO_ENABLED=1;"),
  goBuilt("go-cgo-users", "lookup.go", "CGO_ENABLED=1;"),
  goBuilt(
    "go-cgo-static",
    "cgo.go",
    "CGO_ENABLED=1;-ldflags '-linkmode external -extldflags -static'",
  ),
  goBuilt(
    "go-cgo-static-users",
    "lookup.go",
    "CGO_ENABLED=1;-ldflags '-linkmode external -extldflags -static'",
  ),
  goBuilt("go-cgo-musl", "cgo.go", "CGO_ENABLED=1 CC=musl-gcc;"),
  goBuilt(
    "go-cgo-musl-static",
    "cgo.go",
    "CGO_ENABLED=1 CC=musl-gcc;-ldflags '-linkmode external -extldflags -static'",
  ),
  goBuilt("go-arm64", "hello.go", "CGO_ENABLED=0 GOARCH=arm64;"),
  rustBuilt("rust-gnu", "hello.rs", "--target x86_64-unknown-linux-gnu"),
  rustBuilt("rust-gnu-abort", "hello.rs", "--target x86_64-unknown-linux-gnu -C panic=abort"),
  rustBuilt("rust-gnu-unwind", "panic.rs", "--target x86_64-unknown-linux-gnu"),
  rustBuilt(
    "rust-gnu-crt-static",
    "hello.rs",
    "--target x86_64-unknown-linux-gnu -C target-feature=+crt-static",
  ),
  rustMuslBuilt("rust-musl", ""),
  rustMuslBuilt("rust-musl-dynamic", muslDynamic),
  rustMuslBuilt(
    "rust-musl-dynamic-own-unwinder",
    `${muslDynamic} -L native=$SCRATCH/rust-musl/static`,
  ),
];
