import type { Candidate } from "../model/answer.ts";
import type { Target } from "../target/target.ts";
export function writeDockerfile(_target: Target, _candidate: Candidate): string | null {
  return null;
}
