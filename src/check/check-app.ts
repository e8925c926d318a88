import type { ElfStore, LayerFacts } from "../image/layer-facts.ts";
import type { MergedRootfs } from "../image/merge.ts";
import { placeOver } from "../image/place-over.ts";
import { createLinker } from "../linking/linker.ts";
import type { Start } from "../linking/process.ts";
import type { Finding } from "../model/finding.ts";
import type { Verdict } from "../model/verdict.ts";
import type { App } from "./app.ts";
import type { BaseRoot } from "./base-root.ts";
import { startEnvironment } from "./environment.ts";
import { rules } from "./rules/list.ts";
import { verdictOf } from "./verdict.ts";

/** What is laid over the base beside the app. */
export interface Additions {
  readonly layer: LayerFacts;
  readonly elf: ElfStore;
  readonly env: Readonly<Record<string, string>>;
}

export interface Checked {
  readonly verdict: Verdict;
  /** In the order of the programs, of each first cause first. */
  readonly findings: readonly Finding[];
  /** One per program of the app. */
  readonly starts: readonly Start[];
  /** The base with the app and the additions over it. */
  readonly rootfs: MergedRootfs;
}

/**
 * Starts every program of the app on the base, as kernel and loader would, and says what stands in the way. Pure: facts
 * in, findings out.
 */
export function checkApp(app: App, base: BaseRoot, additions: Additions | null = null): Checked {
  const withApp = placeOver(base.rootfs, app.layer, app.elf);
  const rootfs = additions === null ? withApp : placeOver(withApp, additions.layer, additions.elf);
  const environment = startEnvironment(app, base, additions?.env);
  const linker = createLinker(rootfs, { environment, machine: app.machine });
  const findings: Finding[] = [];
  const starts: Start[] = [];
  for (const program of app.programs) {
    const start = linker.start(program);
    starts.push(start);
    for (const rule of rules) findings.push(...rule.find({ app, base, rootfs, program, start }));
  }
  return { verdict: verdictOf(findings), findings, starts, rootfs };
}
