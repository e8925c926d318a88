import fc, { type Arbitrary } from "fast-check";
import { finalBase } from "../../../src/formats/dockerfile/final-base.ts";
import { parseProvenance } from "../../../src/formats/provenance/parse-provenance.ts";
import { FormatError } from "../../../src/formats/format-error.ts";
import { documentClaims } from "../../../src/target/base/document-claims.ts";
import { distroOfName, plainName, relateNames } from "../../../src/target/base/base-names.ts";
import type { Family } from "../family.ts";
import { fields, list, oddText } from "./odd-json.ts";
import { oddLine, textBytes } from "./words.ts";

const parting = "\n--\n";

const line = fc.oneof(
  fc.constantFrom("FROM a AS b", "FROM b", "ARG A=1", "FROM $A", "FROM ${A:-x}", "RUN <<E", "E"),
  fc.constantFrom(
    "# escape=`",
    "FROM \\",
    "FROM `",
    "COPY <<-'E' <<F /",
    "ARG A='x",
    "# FROM x",
    "",
  ),
  oddLine,
);
const dockerfile = fc.array(line, { maxLength: 12 }).map((all) => all.join("\n"));

const uri = fc.oneof(
  fc.constantFrom(
    "pkg:docker/alpine@3.20?platform=x",
    "pkg:oci/a?tag=1&repository_url=b",
    "pkg:docker/%",
  ),
  oddText,
);
const digest = fields({ sha256: fc.oneof(fc.constant("a".repeat(64)), oddText) });
const materials = list(fields({ uri, digest }));
const infos = list(
  fields({ filename: oddText, data: dockerfile.map((text) => btoa(encodeURI(text))) }),
);
const statement = fields({
  _type: fc.constantFrom(
    "https://in-toto.io/Statement/v0.1",
    "https://in-toto.io/Statement/v1",
    "",
  ),
  predicateType: fc.constantFrom(
    "https://slsa.dev/provenance/v0.2",
    "https://slsa.dev/provenance/v1",
    "https://spdx.dev/Document",
  ),
  subject: list(fields({ digest })),
  predicate: fields({
    materials,
    buildDefinition: fields({ resolvedDependencies: materials }),
    runDetails: fields({
      metadata: fields({ buildkit_metadata: fields({ source: fields({ infos }) }) }),
    }),
  }),
});

const label = fields({
  runImage: fields({ topLayer: oddText, reference: oddText }),
  stack: oddText,
});
const made: Arbitrary<Uint8Array> = fc
  .tuple(textBytes(dockerfile), statement, label, uri)
  .map(([text, said, metadata, name]) =>
    Buffer.from(
      [Buffer.from(text).toString(), JSON.stringify(said), JSON.stringify(metadata), name].join(
        parting,
      ),
    ),
  );

function read(input: Uint8Array): unknown {
  const [text = "", said = "", label = "", name = ""] = Buffer.from(input)
    .toString()
    .split(parting);
  const names = [plainName(name), relateNames(name, text), distroOfName(name)];
  return [
    attempt(() => finalBase(text)),
    attempt(() => parseProvenance(parse(said))),
    names,
    claims(label, name),
  ];
}

/** Labels as a config has them, and annotations as a manifest has them. */
function claims(label: string, name: string): unknown {
  const base = "org.opencontainers.image.base.name";
  const labels = { "io.buildpacks.lifecycle.metadata": label, [base]: name };
  const platform = { os: "linux", architecture: "amd64" };
  const empty = { user: "", env: [], entrypoint: null, cmd: null, workingDir: "", created: null };
  return documentClaims({
    reference: "oci:x",
    source: "oci",
    platform,
    manifestDigest: null,
    config: { ...empty, platform, labels, diffIds: [] },
    documents: { config: {}, manifest: { annotations: { [base]: name } }, bytes: null },
    layers: [],
  });
}

/** What is no JSON has no other end than a text: a document is parsed before. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text;
  }
}

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.message;
  }
}

/** What names a base: a Dockerfile, an in-toto statement, a label of buildpacks and a name, one behind the other. */
export const baseClaims: Family = { name: "base-claims", made, read };
