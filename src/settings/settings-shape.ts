import { fields, list, text, type Shape } from "./shape.ts";

const host = text(
  "a registry as HOST or HOST:PORT",
  "registry.example:5000",
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/,
);
const mirror = text(
  "HOST[:PORT], with the path below which it keeps the images where it has one",
  "mirror.example/docker-io",
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:\/[a-z0-9][a-z0-9._/-]*)?$/,
);

const address = text(
  "an address: http, https or file",
  "http://deb.debian.org/debian",
  /^(?:https?:\/\/[^\s/@]+|file:\/\/)(?:\/[^\s?#]*)?$/,
);

/** All that a `fromage.yaml` may hold. */
export const settingsShape: Shape = fields("settings of fromage", {
  platforms: list(
    "platforms that are looked at when a command names none",
    text("a platform", "linux/arm64", /^[a-z0-9_.-]+(?:\/[a-z0-9_.-]+){0,2}$/),
  ),
  bases: list(
    "bases that are looked at when a command names none: ids of the catalogue, or images",
    text("a base", "alpine-3.20"),
  ),
  offline: { kind: "switch", about: "open no socket" },
  cache: fields("what is kept between runs", {
    folder: text("where it is kept, relative to this file", ".cache/fromage"),
    blobs: text(
      "what layers of registries may take on disk; 0 keeps none",
      "2GB",
      /^(?:0|\d{1,6}(?:\.\d{1,3})?\s?(?:[kKMGT]i?)?B?)$/,
    ),
  }),
  packages: fields("how package repositories are reached", {
    mirrors: {
      kind: "named",
      about: "addresses that are asked instead, by the start of the address that they stand for",
      key: address,
      of: address,
    },
  }),
  registries: fields("how registries are reached", {
    mirrors: {
      kind: "named",
      about: "registries that are asked first, by the registry that they stand for",
      key: host,
      of: list("in the order in which they are asked", mirror),
    },
    insecure: list("registries that may be asked without TLS or with any certificate", host),
    authorities: list(
      "certificates that are trusted beside the system's",
      text("a PEM file, relative to this file", "certificates/our-ca.pem"),
    ),
  }),
});
