import type { Digest } from "../../model/digest.ts";

/** The name of an image as engines and registries understand it. Source: distribution/reference, "normalize". */
export interface ImageName {
  /** `docker.io` where none is written, else the host with optional port as written: Docker keeps its case. */
  readonly registry: string;
  /** With `library/` where Docker adds it. Always lower case. */
  readonly repository: string;
  /** `latest` where neither tag nor digest is written, null where only a digest is. */
  readonly tag: string | null;
  readonly digest: Digest | null;
  /** As people write it, its tag told: `alpine:3.20`, `alpine:latest`, `ghcr.io/owner/app@sha256:…`. */
  readonly familiar: string;
}
