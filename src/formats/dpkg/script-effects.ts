import type { Diversion } from "./diversions.ts";

/** A link that `update-alternatives --install` offers. Source: update-alternatives(1). */
export interface AlternativeChoice {
  /** Where the generic name stands: `/usr/lib/x86_64-linux-gnu/libblas.so.3`. */
  readonly link: string;
  /** Of the group, and of its link in /etc/alternatives: `libblas.so.3-x86_64-linux-gnu`. */
  readonly name: string;
  /** What is offered for it. */
  readonly path: string;
  readonly priority: number;
  /** Links that go along: those whose `path` is not there are left out. */
  readonly slaves: readonly Pick<AlternativeChoice, "link" | "name" | "path">[];
}

/** What a maintainer's script does when its package is installed for the first time, as far as its text says it. */
export interface ScriptEffects {
  readonly alternatives: readonly AlternativeChoice[];
  readonly diversions: readonly Diversion[];
  /** It asks for ldconfig. */
  readonly refreshesLoaderCache: boolean;
  /** Statements that are none of the above and no boilerplate, as written, cut to 100 characters: what they do is not known. */
  readonly unknown: readonly string[];
}
