import type { Rule } from "../rule.ts";
import { copiedScripts } from "./copied-scripts.ts";
import { copyConflict } from "./copy-conflict.ts";
import { libcMixed } from "./libc-mixed.ts";
import { programStart } from "./program-start.ts";
import { scriptPackages } from "./script-packages.ts";
import { standIn } from "./stand-in.ts";
import { staticDlopen } from "./static-dlopen.ts";

/** In the order in which their findings are listed: first causes first. */
export const rules: readonly Rule[] = [
  programStart,
  staticDlopen,
  libcMixed,
  scriptPackages,
  copyConflict,
  copiedScripts,
  standIn,
];
