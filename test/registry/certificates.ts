import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./run-command.ts";

/** PEM files of an own authority and what it signed for this machine. */
export interface Certificates {
  /** Alone in its folder, as skopeo's --cert-dir takes it. */
  readonly authorityFile: string;
  /** For 127.0.0.1 and localhost. */
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Makes an authority and a server's certificate in the folder, good for two days. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const inFolder = (name: string): string => join(folder, name);
  const [authorityKey, request] = [inFolder("ca.key"), inFolder("server.csr")];
  const made = {
    authorityFile: inFolder("authority/ca.crt"),
    certificateFile: inFolder("server.crt"),
    keyFile: inFolder("server.key"),
  };
  mkdirSync(inFolder("authority"));
  const extensions = inFolder("server.ext");
  writeFileSync(
    extensions,
    "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n",
  );
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    ["req", "-x509", ...newKey, "-keyout", authorityKey, "-out", made.authorityFile, "-days", "2"],
    ["-subj", "/CN=fromage test authority"],
  );
  await openssl(
    ["req", ...newKey, "-keyout", made.keyFile, "-out", request],
    ["-subj", "/CN=localhost"],
  );
  await openssl(
    ["x509", "-req", "-in", request, "-out", made.certificateFile, "-days", "2"],
    ["-CA", made.authorityFile, "-CAkey", authorityKey, "-set_serial", "2", "-extfile", extensions],
  );
  return made;
}

/** PEM files of what a token server signs with. */
export interface TokenSigner {
  /** Self-signed; the registry's `rootcertbundle`. */
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Makes an RSA key, as RS256 needs it, and its certificate; `name` tells several in one folder apart. */
export async function makeTokenSigner(folder: string, name = "token"): Promise<TokenSigner> {
  const certificateFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  await openssl(
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", keyFile, "-out", certificateFile],
    ["-days", "2", "-subj", `/CN=fromage test ${name}`],
  );
  return { certificateFile, keyFile };
}

async function openssl(...args: readonly (readonly string[])[]): Promise<void> {
  await runCommand("openssl", args.flat());
}
