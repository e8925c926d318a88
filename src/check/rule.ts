import type { Rootfs } from "../image/rootfs.ts";
import type { Start } from "../linking/process.ts";
import type { Finding } from "../model/finding.ts";
import type { App } from "./app.ts";
import type { BaseRoot } from "./base-root.ts";

/** One program of the app as it is started on the base: what every rule looks at. */
export interface Started {
  readonly app: App;
  readonly base: BaseRoot;
  /** The base with the app (and the recipe) over it. */
  readonly rootfs: Rootfs;
  /** As the app names it. */
  readonly program: string;
  readonly start: Start;
}

/** Facts in, findings out; no state, no input and output. One rule per file of `rules/`, listed in `rules/list.ts`. */
export interface Rule {
  readonly id: string;
  find(started: Started): Iterable<Finding>;
}
