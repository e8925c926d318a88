import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testImage } from "../images.ts";
import { runCommand } from "../registry/run-command.ts";

/** A Docker engine with the images that recipes name, made of the stand-ins. */
export class RecipeEngine {
  readonly #host: string;

  constructor(socket: string) {
    this.#host = `unix://${socket}`;
  }

  /** For programs that ask Docker. */
  get host(): string {
    return this.#host;
  }

  async docker(...args: readonly string[]): Promise<string> {
    return runCommand("docker", ["-H", this.#host, ...args]);
  }

  /** Gives a file of the test images a name in the engine. */
  async load(file: string, name: string): Promise<void> {
    await runCommand("skopeo", [
      ...["copy", "-q", `--dest-daemon-host=${this.#host}`],
      ...[`oci-archive:${testImage(file)}`, `docker-daemon:${name}`],
    ]);
  }

  /**
   * A Debian of that release under its official name, with the sources that the official image has: its repositories are
   * then reached over the network of this machine.
   */
  async loadDebian(
    folder: string,
    { file, codename }: { readonly file: string; readonly codename: string },
  ): Promise<void> {
    const name = `debian:${codename}-slim`;
    await this.load(file, name);
    const context = join(folder, codename);
    mkdirSync(context, { recursive: true });
    const key = "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg";
    const paragraph = (uri: string, suites: string): string =>
      `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: main\n${key}\n`;
    const sources = [
      paragraph("http://deb.debian.org/debian", `${codename} ${codename}-updates`),
      paragraph("http://deb.debian.org/debian-security", `${codename}-security`),
    ];
    writeFileSync(join(context, "debian.sources"), sources.join("\n"));
    const lines = [
      `FROM ${name}`,
      "RUN rm -f /etc/apt/sources.list",
      "COPY debian.sources /etc/apt/sources.list.d/debian.sources",
    ];
    writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
    await this.docker("build", "-q", "--network", "none", "-t", name, context);
  }

  /** Builds a Dockerfile over a context with the network of this machine, which recipes fetch their packages from. */
  async build(name: string, context: string, args: readonly string[] = []): Promise<void> {
    const given = args.flatMap((one) => ["--build-arg", one]);
    await this.docker("build", "-q", "--network", "host", "-t", name, ...given, context);
  }

  /** What a container of the image says, without network. */
  async run(...args: readonly string[]): Promise<string> {
    return this.docker("run", "--rm", "--network", "none", ...args);
  }
}
