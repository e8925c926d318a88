/** One place that may be asked for an image: a mirror or the registry itself. */
export interface Endpoint {
  /** `HOST[:PORT]` as it stands in addresses: `registry-1.docker.io`, `[::1]:5000`. Credentials are bound to it. */
  readonly host: string;
  /** Under which name credentials are kept, where that is another one: `docker.io` is `https://index.docker.io/v1/`. */
  readonly credentialKey: string;
  /** As it is asked for there: `library/alpine`. A mirror may have another one than the image's name says. */
  readonly repository: string;
  readonly isMirror: boolean;
  /** What a mirror may be asked for. Source: containers-registries.conf(5), pull-from-mirror. */
  readonly serves: "all" | "digest-only" | "tag-only";
  readonly transport: Transport;
  /** The file that says so, for `fromage doctor` and failures; null for the default. */
  readonly source: string | null;
}

export interface Transport {
  /** `never`: https only. `fallback`: http when nothing speaks TLS there, as Docker does for insecure registries. `only`: http. */
  readonly http: "never" | "fallback" | "only";
  /** False: any certificate is taken. */
  readonly verifies: boolean;
  /** PEM texts that are trusted beside the system's. */
  readonly authorities: readonly string[];
  /** PEM texts of a client's certificate and key. */
  readonly client: { readonly certificate: string; readonly key: string } | null;
}
