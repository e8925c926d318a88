import { failed, success, type Failure, type Result } from "../../../model/failure.ts";
import type { Endpoint, Transport } from "../endpoint.ts";
import type { ImageName } from "../image-name.ts";
import {
  defaultRegistry,
  hasRegistry,
  parseImageName,
  wholeName,
} from "../names/parse-image-name.ts";
import { problem, toFailure } from "./text-problem.ts";
import { isInNetworks } from "./parse-daemon-json.ts";
import { findTable, type RegistryTable } from "./registries-conf.ts";
import type { RegistrySettings } from "./settings.ts";

/** Under which name Docker keeps what a user is known by at Docker Hub. Source: docker/cli v29, registry.IndexServer. */
export const dockerHubKey = "https://index.docker.io/v1/";

/** In the order they are asked, the registry itself last; never empty. */
export interface FoundEndpoints {
  readonly endpoints: readonly Endpoint[];
  /** Certificates that could not be read, mirrors that cannot be asked for this name. */
  readonly problems: readonly Failure[];
}

/** A place before it is known how it is spoken to. */
interface Place {
  /** `HOST[:PORT]/REPOSITORY`, as an image's name. */
  readonly name: string;
  readonly isMirror: boolean;
  readonly serves: Endpoint["serves"];
  /** What the table that names the place says; null: the place's own table says it. */
  readonly isInsecure: boolean | null;
  readonly isPlain: boolean;
  readonly source: string | null;
}

/**
 * Where an image may be asked for: the mirrors in order, then the registry. Mirrors that do not serve a name as it stands,
 * with a digest or with none, are left out. Mirrors of this program's own settings come instead of all others, then those of
 * registries.conf, then, for docker.io, those of daemon.json. `denied` when every place is blocked.
 *
 * A block is about the place that is really asked and, as the manual has it, about the name; a blocked registry may be served
 * by its mirrors. Podman lets a blocked table through that has another location. Source: containers-registries.conf(5),
 * Per-namespace settings; containers/image 5.36, newImageSource and newDockerClient.
 */
export function endpointsFor(image: ImageName, settings: RegistrySettings): Result<FoundEndpoints> {
  const places = [...mirrorsOf(image, settings), registryOf(image, settings)];
  const served = places.filter(
    ({ serves }) => serves === "all" || (serves === "digest-only") === (image.digest !== null),
  );
  const endpoints: Endpoint[] = [];
  const problems: Failure[] = [];
  let block: RegistryTable | null = null;
  for (const place of served) {
    const parsed = parseImageName(place.name);
    // Without a registry in front it would be an image of Docker Hub.
    if (
      !parsed.ok ||
      !hasRegistry(place.name) ||
      !URL.canParse(`https://${parsed.value.registry}/`)
    ) {
      const reason = `${JSON.stringify(place.name)} stands for ${image.familiar} there and is no image's name`;
      problems.push(toFailure(problem(reason), place.source ?? image.familiar));
      continue;
    }
    const names = place.isMirror ? [parsed.value] : [parsed.value, image];
    const blocks = names.map((name) => findBlock(name, settings)).find((table) => table !== null);
    if (blocks !== undefined) block = blocks;
    else endpoints.push(toEndpoint(place, parsed.value, { settings, problems }));
  }
  if (endpoints.length > 0) return success({ endpoints, problems });
  if (block !== null) return failed(blocked(image, block));
  const [first] = problems;
  if (first === undefined) throw new TypeError("the registry is always among the places");
  return failed(first);
}

function findBlock(name: ImageName, { conf }: RegistrySettings): RegistryTable | null {
  const table = findTable(conf.registries, wholeName(name))?.table ?? null;
  return table?.isBlocked === true ? table : null;
}

/** The name that a short one stands for by `[aliases]`; the text as it is when there is none. */
export function resolveAlias(text: string, { conf }: RegistrySettings): string {
  if (hasRegistry(text)) return text;
  const [, short = "", rest = ""] = /^([^:@]*)(.*)$/s.exec(text) ?? [];
  const name = conf.aliases.get(short)?.name ?? null;
  return name === null ? text : `${name}${rest}`;
}

function mirrorsOf(
  image: ImageName,
  { overrides, conf, docker }: RegistrySettings,
): readonly Place[] {
  const registry = image.registry.toLowerCase();
  const usual = { isMirror: true, serves: "all", isInsecure: null, isPlain: false } as const;
  const own = Object.entries(overrides.mirrors).find(([host]) => host.toLowerCase() === registry);
  if (own !== undefined) {
    const rest = wholeName(image).slice(image.registry.length);
    return own[1].map((mirror) => {
      const name = `${mirror.replace(/\/+$/, "")}${rest}`;
      return { ...usual, name, source: overrides.source };
    });
  }
  const found = findTable(conf.registries, wholeName(image));
  const ofTable = found?.table.mirrors.map(({ location, serves, isInsecure }) => {
    const name = rewritten(image, location, found.length);
    return { ...usual, name, serves, isInsecure, source: found.table.source };
  });
  // Source: moby v29, lookupV2Endpoints.
  const ofDocker = docker.flatMap(({ mirrors, source }) =>
    mirrors.map(({ host, isPlain }) => {
      const name = wholeName({ ...image, registry: host });
      return { ...usual, name, isPlain, source };
    }),
  );
  return [...(ofTable ?? []), ...(registry === defaultRegistry ? ofDocker : [])];
}

function registryOf(image: ImageName, { conf }: RegistrySettings): Place {
  const found = findTable(conf.registries, wholeName(image));
  const location = found?.table.location ?? null;
  const isMoved = found !== null && location !== null;
  return {
    name: isMoved ? rewritten(image, location, found.length) : wholeName(image),
    isMirror: false,
    serves: "all",
    isInsecure: found?.table.isInsecure ?? null,
    isPlain: false,
    source: found?.table.source ?? null,
  };
}

function rewritten(image: ImageName, location: string, length: number): string {
  return `${location}${wholeName(image).slice(length)}`;
}

interface Context {
  readonly settings: RegistrySettings;
  readonly problems: Failure[];
}

function toEndpoint(place: Place, name: ImageName, { settings, problems }: Context): Endpoint {
  const isHub = name.registry === defaultRegistry;
  const host = isHub ? "registry-1.docker.io" : name.registry.toLowerCase();
  const certificates = settings.certificatesOf(host);
  problems.push(...certificates.problems);
  const isInsecure = !isHub && isInsecurePlace(place, name, settings);
  const transport: Transport = {
    http: place.isPlain ? "only" : isInsecure ? "fallback" : "never",
    verifies: !isInsecure,
    authorities: [...settings.overrides.authorities, ...certificates.authorities],
    client: certificates.client,
  };
  const { isMirror, serves, source } = place;
  const credentialKey = isHub ? dockerHubKey : host;
  return { host, credentialKey, repository: name.repository, isMirror, serves, transport, source };
}

/**
 * Whether any settings say so of the host. Docker Hub cannot be told to be. Docker also takes networks for hosts whose names
 * it resolves into them; no name is resolved here but `localhost`. Source: moby v29, isSecureIndex and its default.
 */
function isInsecurePlace(
  place: Place,
  name: ImageName,
  { overrides, conf, docker }: RegistrySettings,
): boolean {
  const host = name.registry.toLowerCase();
  const bare = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  const address = bare === "localhost" ? "127.0.0.1" : bare;
  const networks = ["127.0.0.0/8", "::1/128", ...docker.flatMap((one) => one.insecureNetworks)];
  return (
    overrides.insecure.some((insecure) => insecure.toLowerCase() === host) ||
    docker.some(({ insecureHosts }) => insecureHosts.includes(host)) ||
    (place.isInsecure ?? findTable(conf.registries, wholeName(name))?.table.isInsecure === true) ||
    isInNetworks(address, networks)
  );
}

function blocked(image: ImageName, { prefix, source }: RegistryTable): Failure {
  const reason = `${source} blocks ${prefix}`;
  return { kind: "denied", what: image.familiar, where: null, reason };
}
