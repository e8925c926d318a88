import type { Family } from "../family.ts";

/** No package database: scratch, BusyBox, an image made of copied files. */
export const none: Family = {
  id: "none",
  commands: [],
  distroIds: [],
  findPackages: () => ({
    manager: "none",
    packages: [],
    diversions: [],
    omitsLinks: false,
    problems: [],
  }),
};
