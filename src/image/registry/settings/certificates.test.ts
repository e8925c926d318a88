import { describe, expect, it } from "vitest";
import { readCertificates } from "./certificates.ts";
import { memoryMachine } from "../../machine/testdata/memory-machine.ts";

const pem = (kind: string): string => `-----BEGIN ${kind}-----\nAA==\n-----END ${kind}-----\n`;
const certificate = pem("CERTIFICATE");
const key = pem("EC PRIVATE KEY");
const containers = "/etc/containers/certs.d";

describe("readCertificates()", () => {
  it("reads authorities and a client's pair", () => {
    const files = {
      [`${containers}/a.b:5000/ca.crt`]: `one ${certificate}`,
      [`${containers}/a.b:5000/more.crt`]: `two ${certificate}`,
      [`${containers}/a.b:5000/client.cert`]: certificate,
      [`${containers}/a.b:5000/client.key`]: key,
      [`${containers}/a.b:5000/second.cert`]: certificate,
      [`${containers}/a.b:5000/second.key`]: key,
      [`${containers}/a.b:5000/notes.txt`]: "",
    };
    expect(readCertificates("a.b:5000", memoryMachine(files))).toEqual({
      source: "/etc/containers/certs.d/a.b:5000",
      authorities: [`one ${certificate}`, `two ${certificate}`],
      client: { certificate, key },
      problems: [],
    });
    expect(readCertificates("a.b", memoryMachine(files)).source).toBeNull();
  });

  it.each([
    ["a.b", ["/etc/docker/certs.d/a.b"], "/etc/docker/certs.d/a.b"],
    ["a.b", ["/etc/docker/certs.d/a.b", `${containers}/a.b`], `${containers}/a.b`],
    [
      "a.b",
      [`${containers}/a.b`, "/home/u/.config/containers/certs.d/a.b"],
      "~/.config/containers/certs.d/a.b",
    ],
    ["a.b", ["/home/u/.config/docker/certs.d/a.b"], "~/.config/docker/certs.d/a.b"],
    ["registry-1.docker.io", [`${containers}/docker.io`], `${containers}/docker.io`],
    [
      "registry-1.docker.io",
      [`${containers}/registry-1.docker.io`],
      `${containers}/registry-1.docker.io`,
    ],
    ["[::1]:5000", [`${containers}/[::1]:5000`], `${containers}/[::1]:5000`],
    ["../a.b", [`${containers}/../a.b`], null],
  ])("of %s in %j are %s", (host, folders, expected) => {
    const files = Object.fromEntries(folders.map((folder) => [`${folder}/ca.crt`, certificate]));
    expect(readCertificates(host, memoryMachine(files)).source).toBe(expected);
  });

  it("tells what is no certificate and what has no partner", () => {
    const files = {
      [`${containers}/a.b/ca.crt`]: "marker",
      [`${containers}/a.b/one.cert`]: certificate,
      [`${containers}/a.b/two.key`]: `marker ${key}`,
      [`${containers}/a.b/x.cert`]: certificate,
      [`${containers}/a.b/x.key`]: "marker",
    };
    const { authorities, client, problems } = readCertificates("a.b", memoryMachine(files));
    expect([authorities, client]).toEqual([[], null]);
    expect(problems).toMatchObject([
      { what: `${containers}/a.b/ca.crt`, reason: "no PEM block of its kind is in it" },
      { what: `${containers}/a.b/one.cert`, reason: "one.key is not beside it" },
      { what: `${containers}/a.b/two.key`, reason: "two.cert is not beside it" },
      { what: `${containers}/a.b/x.key`, reason: "no PEM block of its kind is in it" },
    ]);
    expect(JSON.stringify(problems)).not.toContain("marker");
  });
});
