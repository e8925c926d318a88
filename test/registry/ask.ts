import { readFileSync } from "node:fs";
import { request as requestHttp, type IncomingHttpHeaders } from "node:http";
import { request as requestHttps } from "node:https";

export interface Question {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** PEM file; without it the certificates of the system hold. */
  readonly authorityFile?: string | null;
}

/** What a plain node:http client saw, so that faults are held against something that knows nothing of them. */
export interface Heard {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Whether the body ended as its framing said it would. */
  readonly isComplete: boolean;
}

/** Asks once, on a connection of its own, follows nothing. Throws what the socket or the HTTP parser throws before the body. */
export async function ask(question: Question): Promise<Heard> {
  const { url, method = "GET", headers = {}, body, authorityFile } = question;
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  const ca =
    authorityFile === undefined || authorityFile === null
      ? {}
      : { ca: readFileSync(authorityFile) };
  return new Promise((resolve, reject) => {
    let hasHead = false;
    const asked = request(url, { method, headers, agent: false, ...ca }, (response) => {
      hasHead = true;
      const chunks: Buffer[] = [];
      const finish = (): void =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          isComplete: response.complete,
        });
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => undefined).on("close", finish);
    });
    // After the head it is the body that is not complete, which its end says.
    asked.on("error", (error) => !hasHead && reject(error)).end(body);
  });
}

/** The value of an Authorization header for a name and a password. Source: RFC 7617. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
