import { statSync } from "node:fs";
import { dirname } from "node:path";
import { blobName, type MadeDescriptor, type MadeLayout } from "../made-images.ts";
import { ask, type Heard } from "./ask.ts";
import { authorize, type Registry } from "./registry.ts";
import { runCommand } from "./run-command.ts";

/**
 * Pushes an OCI folder or archive with skopeo; a name of `docker:FILE` is an archive of `docker save`.
 * `name` is repository and tag, `team/app:1`. Throws with what skopeo said.
 */
export async function pushImage(source: string, registry: Registry, name: string): Promise<void> {
  const from = source.startsWith("docker:")
    ? `docker-archive:${source.slice("docker:".length)}`
    : `${statSync(source).isDirectory() ? "oci" : "oci-archive"}:${source}`;
  const to = ["--all", "--preserve-digests", ...skopeoOptions(registry, "dest-")];
  await skopeo("copy", ...to, from, `docker://${registry.host}/${name}`);
}

/** Runs skopeo, which asks nobody for a policy, and gives what it said. */
export async function skopeo(...args: readonly string[]): Promise<string> {
  return runCommand("skopeo", ["--insecure-policy", ...args]);
}

/** How skopeo is told of a registry: `prefix` is empty, `src-` or `dest-`. The authority's folder is the registry's own. */
export function skopeoOptions(registry: Registry, prefix: string): readonly string[] {
  const { username, password, authorityFile } = registry;
  const trust =
    authorityFile === null
      ? `--${prefix}tls-verify=false`
      : `--${prefix}cert-dir=${dirname(authorityFile)}`;
  const who = username === "" ? `--${prefix}no-creds` : `--${prefix}creds=${username}:${password}`;
  return [trust, who];
}

/** A repository that parts are put into as they are, whatever they are. */
export class Repository {
  readonly registry: Registry;
  readonly name: string;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(registry: Registry, name: string, headers: Readonly<Record<string, string>>) {
    this.registry = registry;
    this.name = name;
    this.#headers = headers;
  }

  /** Asks for leave first; a token holds some minutes. */
  static async open(registry: Registry, name: string): Promise<Repository> {
    return new Repository(registry, name, await authorize(registry, name));
  }

  /** Puts one blob. Source: OCI distribution-spec 1.1, "Pushing a blob monolithically". */
  async putBlob(bytes: Uint8Array, digest: string): Promise<void> {
    const started = await this.ask("POST", "/blobs/uploads/");
    expectStatus(started, 202, "start an upload");
    const place = new URL(started.headers.location ?? "", this.registry.url);
    place.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    const done = await this.#send(place.href, { method: "PUT", headers, body: bytes });
    expectStatus(done, 201, `put ${digest}`);
  }

  /** Puts a manifest under a tag or its digest and gives what the registry calls it. */
  async putManifest(reference: string, mediaType: string, bytes: Uint8Array): Promise<string> {
    const url = `${this.registry.url}/v2/${this.name}/manifests/${reference}`;
    const headers = { "content-type": mediaType };
    const done = await this.#send(url, { method: "PUT", headers, body: bytes });
    expectStatus(done, 201, `put the manifest ${reference}`);
    return String(done.headers["docker-content-digest"]);
  }

  /**
   * Puts what a layout holds below a descriptor, then it itself under the references: of an index its manifests, of a
   * manifest its blobs. What the layout does not hold (foreign layers) is left out.
   */
  async put(
    layout: MadeLayout,
    descriptor: MadeDescriptor,
    references: readonly string[],
  ): Promise<void> {
    const bytes = layout.files.get(blobName(descriptor.digest));
    if (bytes === undefined) return;
    const { manifests = [], config, layers = [] } = parseManifest(bytes);
    for (const manifest of manifests) await this.put(layout, manifest, [manifest.digest]);
    for (const { digest } of config === undefined ? layers : [config, ...layers]) {
      const blob = layout.files.get(blobName(digest));
      if (blob !== undefined) await this.putBlob(blob, digest);
    }
    for (const reference of references) {
      await this.putManifest(reference, descriptor.mediaType, bytes);
    }
  }

  /** Asks for a path below the repository, with leave. */
  async ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Heard> {
    return this.#send(`${this.registry.url}/v2/${this.name}${path}`, { method, headers });
  }

  async #send(
    url: string,
    request: {
      readonly method: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: Uint8Array;
    },
  ): Promise<Heard> {
    const headers = { ...request.headers, ...this.#headers };
    return ask({ ...request, url, headers, authorityFile: this.registry.authorityFile });
  }
}

interface ManifestParts {
  readonly manifests?: readonly MadeDescriptor[];
  readonly config?: MadeDescriptor;
  readonly layers?: readonly MadeDescriptor[];
}

function parseManifest(bytes: Uint8Array): ManifestParts {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- it was made here
  return JSON.parse(Buffer.from(bytes).toString()) as ManifestParts;
}

function expectStatus(heard: Heard, status: number, what: string): void {
  if (heard.status === status) return;
  throw new Error(`Cannot ${what}: status ${heard.status}, ${heard.body.toString()}`);
}
