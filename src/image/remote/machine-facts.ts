import type { Failure, Result } from "../../model/failure.ts";
import { success } from "../../model/failure.ts";
import { openContainerdStore } from "../engine/containerd-images.ts";
import { connectEngine } from "../engine/engine-client.ts";
import { findContainerdRoots, findEngines, type FoundEngine } from "../engine/find-engines.ts";
import type { CredentialPlace } from "../registry/credentials/describe-place.ts";
import { openCredentials } from "../registry/credentials/open-credentials.ts";
import { openMachine } from "../machine/open-machine.ts";
import { proxyFor, proxyProblems } from "../registry/settings/proxies.ts";
import { readRegistrySettings } from "../registry/settings/read-settings.ts";
import type { RemoteOptions } from "./create-remote.ts";

/** How this machine reaches engines and registries. Holds nothing secret. */
export interface MachineFacts {
  /** In the order in which they are asked. */
  readonly engines: readonly EngineFact[];
  readonly stores: readonly StoreFact[];
  readonly registries: {
    /** Settings files that were there. */
    readonly sources: readonly string[];
    /** `docker.io by mirror.example, as /etc/… says`, in no order of weight. */
    readonly mirrors: readonly MirrorFact[];
    readonly problems: readonly Failure[];
  };
  readonly logins: readonly CredentialPlace[];
  readonly proxies: {
    /** `http://proxy.example:3128` without user and password; null: registries are asked directly. */
    readonly https: string | null;
    readonly http: string | null;
    readonly problems: readonly Failure[];
  };
}

export interface EngineFact {
  /** `unix:///run/docker.sock`. */
  readonly address: string;
  /** `DOCKER_HOST`, `Docker's own socket`. */
  readonly why: string;
  /** `Docker at unix:///run/docker.sock` where it answers; null: it was not asked (`--offline`). */
  readonly answer: Result<string> | null;
}

/** A content store of containerd. */
export interface StoreFact {
  readonly root: string;
  /** How many names of images it has. */
  readonly names: Result<number>;
}

export interface MirrorFact {
  readonly registry: string;
  readonly mirror: string;
  readonly source: string;
}

export type MachineFactsOptions = Pick<
  RemoteOptions,
  "env" | "home" | "userId" | "isOffline" | "overrides"
> & { readonly signal: AbortSignal };

/** Looks at everything once. No credential helper is run, no registry is asked. */
export async function readMachineFacts(options: MachineFactsOptions): Promise<MachineFacts> {
  const { env, overrides, isOffline, signal } = options;
  const machine = openMachine(options);
  const settings = await readRegistrySettings(machine, overrides);
  const credentials = openCredentials({ machine, helpers: settings.conf.credentialHelpers });
  const engines: EngineFact[] = [];
  for (const engine of findEngines(machine)) {
    const answer = isOffline ? null : await askEngine(engine, signal);
    engines.push({ address: engine.text, why: engine.why, answer });
  }
  return {
    engines,
    stores: findContainerdRoots(machine).map(describeStore),
    registries: {
      sources: settings.sources,
      mirrors: [
        ...Object.entries(overrides.mirrors).flatMap(([registry, mirrors]) =>
          mirrors.map((mirror) => ({ registry, mirror, source: overrides.source })),
        ),
        ...settings.conf.registries.flatMap(({ prefix, mirrors, source }) =>
          mirrors.map(({ location }) => ({ registry: prefix, mirror: location, source })),
        ),
        ...settings.docker.flatMap(({ mirrors, source }) =>
          mirrors.map(({ host }) => ({ registry: "docker.io", mirror: host, source })),
        ),
      ],
      problems: settings.problems,
    },
    logins: credentials.describe(),
    proxies: {
      https: shownProxy("https://registry.example/", env),
      http: shownProxy("http://registry.example/", env),
      problems: proxyProblems(env),
    },
  };
}

async function askEngine(engine: FoundEngine, signal: AbortSignal): Promise<Result<string>> {
  const client = await connectEngine(engine, { signal });
  if (!client.ok) return client;
  await client.value.close();
  return success(client.value.origin);
}

function describeStore(root: string): StoreFact {
  const store = openContainerdStore(root);
  return { root, names: store.ok ? success(store.value.names.length) : store };
}

/** A user and password in it are the proxy's, and stay here. */
function shownProxy(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const proxy = proxyFor(new URL(address), env);
  return proxy === null ? null : `${proxy.protocol}//${proxy.host}`;
}
