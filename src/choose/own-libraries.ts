import type { BaseRoot } from "../check/base-root.ts";
import type { Checked } from "../check/check-app.ts";
import { copyLibraries, type LibrarySource } from "./copy-libraries.ts";
import { wishesOf, type Wish, type WishContext } from "./wishes.ts";

export interface OwnInput {
  readonly source: LibrarySource;
  readonly base: BaseRoot;
  /** The app on that base. */
  readonly checked: Checked;
  readonly context: WishContext;
}

/**
 * What the check lacks, then what it would lack with the app's own libraries where the loader looks: a recipe copies those,
 * and what they need shows only then. Each once. Pure.
 */
export function wishesWithOwn({ source, base, checked, context }: OwnInput): readonly Wish[] {
  const lacking = wishesOf(checked, context);
  const isOwnMissing = checked.findings.some(
    (finding) => finding.code === "library-missing" && context.own.has(finding.soname),
  );
  const copied = isOwnMissing ? copyLibraries(source, base, checked) : null;
  if (copied === null) return lacking;
  const names = new Set(lacking.map(({ name }) => name));
  return [...lacking, ...wishesOf(copied.checked, context).filter(({ name }) => !names.has(name))];
}
