import { describe, expect, it } from "vitest";
import { generateDockerfile, type DockerfileCopy, type DockerfileInput } from "./generate.ts";

const digest = `sha256:${"ab".repeat(32)}` as const;

function file(from: string, to: string, fields: Partial<DockerfileCopy> = {}): DockerfileCopy {
  return { from, to, isDirectory: false, owner: null, modeOctal: null, ...fields };
}

function input(fields: Partial<DockerfileInput> = {}): DockerfileInput {
  return {
    base: {
      reference: "debian:bookworm-slim",
      digest,
      isStandIn: false,
      hasEntrypoint: false,
      env: ["PATH=/usr/bin"],
      workingDirectory: "",
    },
    platform: "linux/amd64",
    target: { kind: "image", reference: "registry.example/app:1" },
    packages: null,
    app: [file("/app/server", "/app/server")],
    libraries: [],
    env: ["PATH=/usr/bin"],
    workingDirectory: null,
    user: { user: null, why: "root, as in the image that it comes from" },
    entrypoint: ["/app/server"],
    cmd: null,
    ...fields,
  };
}

describe("generateDockerfile() writes", () => {
  it("an image on a pinned base, with libraries, environment and user", () => {
    const text = generateDockerfile(
      input({
        app: [
          file("/app", "/app", { isDirectory: true }),
          file("/srv/data/a", "/srv/data/a", { owner: "1000:1000" }),
          file("/srv/data/b", "/srv/data/b", { owner: "1000:1000" }),
        ],
        libraries: [file("/usr/lib/libz.so.1.2.13", "/usr/lib/libz.so.1")],
        env: ["PATH=/usr/bin", "MODE=prod mode", "LD_LIBRARY_PATH=/app/lib"],
        workingDirectory: "/app",
        user: { user: "1000:1000", why: "as in the image that it comes from" },
        cmd: ["--port", "80"],
      }),
    );
    expect(text).toBe(`# The base was chosen by fromage for linux/amd64.

FROM registry.example/app:1 AS app

# Pinned to what was checked, for linux/amd64.
FROM debian:bookworm-slim@${digest}

COPY --from=app /app /app
COPY --from=app --chown=1000:1000 /srv/data/a /srv/data/b /srv/data/

# Libraries that the base lacks.
COPY --from=app /usr/lib/libz.so.1.2.13 /usr/lib/libz.so.1

ENV MODE="prod mode"
ENV LD_LIBRARY_PATH=/app/lib

WORKDIR /app

# User: as in the image that it comes from.
USER 1000:1000

ENTRYPOINT ["/app/server"]
CMD ["--port", "80"]
`);
  });

  it("a file of the build context on scratch", () => {
    const text = generateDockerfile(
      input({
        base: {
          reference: "scratch",
          digest: null,
          isStandIn: false,
          hasEntrypoint: false,
          env: [],
          workingDirectory: "",
        },
        target: { kind: "context" },
        app: [file("my server", "/app/my server", { modeOctal: "755" })],
        env: [],
        user: { user: "65532:65532", why: "nothing says which user it needs" },
        entrypoint: ["/app/my server"],
      }),
    );
    expect(text).toBe(`# The base was chosen by fromage for linux/amd64.

FROM scratch

COPY --chmod=755 ["my server", "/app/my server"]

# User: nothing says which user it needs.
USER 65532:65532

ENTRYPOINT ["/app/my server"]
`);
  });

  it.each([
    ["a stand-in", { isStandIn: true }, "FROM debian:bookworm-slim\n", "stand-in"],
    ["a base without a digest", { digest: null }, "FROM debian:bookworm-slim\n", ""],
    ["a base without a name", { reference: null }, "FROM ${BASE_IMAGE}\n", "ARG BASE_IMAGE"],
    ["a base that is named like the stage", { reference: "app" }, "AS target\n", "FROM app@"],
    ["scratch with a digest", { reference: "scratch" }, "FROM scratch\n", ""],
    ["a hostile name", { reference: "a\nRUN x" }, "FROM ${BASE_IMAGE}\n", ""],
    ["a base with an entrypoint", { hasEntrypoint: true }, 'ENTRYPOINT ["/app/server"]\n', ""],
  ] as const)("%s", (_, base, expected, also) => {
    const text = generateDockerfile(input({ base: { ...input().base, ...base } }));
    expect(text).toContain(expected);
    expect(text).toContain(also);
  });

  it("no entrypoint of the base before a command alone", () => {
    const base = { ...input().base, hasEntrypoint: true };
    const text = generateDockerfile(input({ base, entrypoint: null, cmd: ["/x"] }));
    expect(text).toMatch(/ENTRYPOINT \[\]\nCMD \["\/x"\]\n$/);
  });

  it("an image that no builder knows by name as an argument", () => {
    const text = generateDockerfile(input({ target: { kind: "image", reference: null } }));
    expect(text).toContain("\nARG APP_IMAGE\n\nFROM ${APP_IMAGE} AS app\n");
  });
});

/** All of these came back as they are from docker build 20.10 (legacy and BuildKit); see escape.ts for buildah. */
const hostile = [
  "a b",
  "new\nline",
  "x\nRUN touch pwned",
  "x\r\nUSER root",
  "x\u2028RUN y",
  'quo"te',
  "ap'os",
  "dol$PATH",
  "dol${PATH}",
  "back\\slash",
  "back\\nslash",
  "trail\\",
  "trail ",
  " lead",
  "star*",
  "q?x",
  "br[ack]et",
  "br[a-c]",
  "--chown=1",
  "-x",
  "<<EOF",
  "a <<EOF b",
  "# escape=`",
  "`tick`",
  "$(x)",
  "\u001b[31m",
  "\u202ebidi",
  "ünï",
];

describe("a hostile name cannot get out of its word", () => {
  it.each(hostile.map((name) => [JSON.stringify(name), name] as const))("%s", (_, name) => {
    const text = generateDockerfile(
      input({
        platform: name,
        app: [file(`/${name}`, `/d/${name}`)],
        env: [`VALUE=${name}`, `${name}=x`],
        workingDirectory: `/${name}`,
        user: { user: "1:1", why: name },
        entrypoint: [name],
        cmd: [name],
      }),
    );
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u2028\u202e]/);
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("# "));
    expect(lines.every((line) => !line.endsWith("\\"))).toBe(true);
    const words = lines.map((line) => line.slice(0, line.indexOf(" ")));
    const always = ["FROM", "FROM", "COPY", "ENV", "WORKDIR", "USER", "ENTRYPOINT", "CMD"];
    // Whatever cannot be said is left out, with a comment.
    expect(always.filter((word) => words.includes(word) || !/ENV|WORKDIR/.test(word))).toEqual(
      words,
    );
    const copy = lines.find((line) => line.startsWith("COPY ")) ?? "";
    expect(readCopy(copy)).toEqual([`/${name}`, `/d/${name}`]);
    expect(readJson(lines.at(-1) ?? "")).toEqual([name]);
  });
});

/** The words of a COPY as builders read them: JSON, then one pass of escapes, then a pattern of single characters. */
function readCopy(line: string): readonly string[] {
  const operands = line.replace(/^COPY (?:--\S+ )*/, "");
  const [source = "", target = ""] = operands.startsWith("[")
    ? readJson(operands).map((word) => word.replace(/\\(.)/gs, "$1"))
    : operands.split(" ");
  return [source.replace(/\[\\?(.)\]/gs, "$1"), target];
}

function readJson(line: string): readonly string[] {
  const parsed: unknown = JSON.parse(line.slice(line.indexOf("[")));
  return Array.isArray(parsed) ? parsed.map(String) : [];
}
