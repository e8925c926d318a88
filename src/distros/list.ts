import { apk } from "./apk/apk.ts";
import { dpkg } from "./dpkg/dpkg.ts";
import type { Family } from "./family.ts";
import { none } from "./none/none.ts";
import { rpm } from "./rpm/rpm.ts";

/** Every family of package databases, by name; `none`, which always answers, is the last. */
export const families: readonly Family[] = [apk, dpkg, rpm, none];
