import type { Result } from "../../model/failure.ts";

/** What a user is known by at one host. Never printed, logged or put into a failure. */
export type Credential =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, `identitytoken` in Docker's config; exchanged at the token server by POST. */
  | { readonly kind: "identity-token"; readonly token: string }
  /** Sent as bearer token as it is, `registrytoken` in Docker's config. */
  | { readonly kind: "bearer"; readonly token: string };

/** Where a credential came from, for `fromage doctor`; says nothing of it. */
export interface FoundCredential {
  readonly credential: Credential;
  /** `~/.docker/config.json`, `docker-credential-pass`. */
  readonly source: string;
}

/** Looks credentials up when a host asks for them, each once. */
export interface CredentialSource {
  /**
   * For an endpoint's `credentialKey` and `repository`. Null when there is none: the host is then asked anonymously. A helper
   * that fails or hangs and a file that cannot be read are failures, told when the host refuses the anonymous request.
   */
  find(credentialKey: string, repository: string): Promise<Result<FoundCredential | null>>;
}
