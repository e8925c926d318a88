import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pushImage } from "../registry/push-image.ts";
import { startRegistry } from "../registry/registry.ts";
import { withoutBed } from "../registry/run-command.ts";
import type { BenchImage } from "./images.ts";
import { inTurn, median, peakOfNode, run } from "./process-run.ts";
import type { Row } from "./row.ts";

/** The same image from a registry on this machine and from its files. Null with the reason on stdout where there is no registry. */
export async function fromRegistry(
  image: BenchImage,
  program: string,
): Promise<readonly Row[] | string> {
  const missing = withoutBed();
  if (missing !== null) return missing;
  const caches = mkdtempSync(join(tmpdir(), "fromage-bench-registry-"));
  const registry = await startRegistry({ auth: "none", tls: false });
  try {
    await pushImage(image.folder, registry, "bench:1");
    return measure(image, { program, caches, reference: `${registry.host}/bench:1` });
  } finally {
    await registry.stop();
    rmSync(caches, { recursive: true, force: true });
  }
}

interface Measured {
  readonly program: string;
  readonly caches: string;
  readonly reference: string;
}

function measure(image: BenchImage, { program, caches, reference }: Measured): readonly Row[] {
  let cold = 0;
  const commandFor = (ref: string, cache: string) =>
    [program, "ldd", ref, "--cache-dir", join(caches, cache), "--json"] as const;
  const read = (ref: string, cache: string): number => {
    const done = run([process.execPath, ...commandFor(ref, cache)]);
    if (done.exitCode === null || ![0, 1, 4].includes(done.exitCode)) {
      throw new Error(`Cannot read ${ref}: ${done.stderr}`);
    }
    return done.wallMs;
  };
  const fresh = (ref: string): number => {
    const cache = String(++cold);
    const wallMs = read(ref, cache);
    // The last one stays for what is measured of a second time.
    rmSync(join(caches, String(cold - 2)), { recursive: true, force: true });
    return wallMs;
  };
  const { a, b, ratio } = inTurn(
    3,
    () => fresh(reference),
    () => fresh(`oci:${image.folder}`),
  );
  const again = "again";
  read(reference, again);
  const cached = median(Array.from({ length: 9 }, () => read(reference, again)));
  const peakBytes = peakOfNode(commandFor(reference, "peak"), process.env);
  const size = `${(image.compressedBytes / 1e6).toFixed(0)} MB`;
  return [
    {
      what: `${image.name} (${size}) from a registry to the same from its files`,
      figure: `${ratio.toFixed(2)} (${a.toFixed(0)} ms, ${b.toFixed(0)} ms)`,
      budget: "1.3",
      isKept: ratio <= 1.3,
    },
    {
      what: `${image.name} from a registry again, cached`,
      figure: `${cached.toFixed(0)} ms`,
      budget: "none",
      isKept: true,
    },
    {
      what: `peak memory for ${image.name} from a registry`,
      figure: `${(peakBytes / 1e6).toFixed(0)} MB`,
      budget: "300 MB",
      isKept: peakBytes <= 300e6,
    },
  ];
}
