import type { Image } from "./image.ts";

/** In one line: the reference, and where its name was found: `alpine:3.20 from Docker at unix:///run/docker.sock`. */
export function describeSource({ reference, origin }: Pick<Image, "reference" | "origin">): string {
  return origin === undefined ? reference : `${reference} from ${origin}`;
}
