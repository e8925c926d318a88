/** What shows that a program came as far as its own code. */
export interface Proof {
  /** Found in stdout or stderr together; a regular expression's source. */
  readonly output?: string;
  /** Exit code the program ends with; 0 when not given. Null: any. */
  readonly exitCode?: number | null;
}

/** What every subject has, wherever it comes from. */
export interface SubjectPlan {
  /** Unique; also the row in the report. */
  readonly id: string;
  /** Path below /app. */
  readonly program: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly proof: Proof;
}

/** A subject on disk, ready to be started. */
export interface Subject extends Required<SubjectPlan> {
  readonly origin: "built" | "npm" | "debian";
  /** Absolute path of the folder bound at /app. */
  readonly folder: string;
  /** True when the program begins with `#!`: then only its proof shows that it started. */
  readonly isScript: boolean;
  /** Hash of everything the outcome depends on; observations are kept by it. */
  readonly fingerprint: string;
}

/** Why a subject is not there on this machine. */
export interface SkippedSubject {
  readonly id: string;
  readonly reason: string;
}
