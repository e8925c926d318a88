import type { DebPackage } from "../../../formats/dpkg/packages-index.ts";

/** All repositories of a system, asked lazily: an ordinary request looks at some hundred names. */
export interface DebLookup {
  /** Every version of every repository, in any order. */
  named(name: string): readonly DebPackage[];
  /** Every version that has `name` in its Provides, in any order. */
  providing(name: string): readonly DebPackage[];
}
