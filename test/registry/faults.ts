/** What goes wrong with an answer. The unions are few; the constructors below name what the world does with them. */
export type Fault =
  /** Sends so many bytes of the body, then closes, or resets the connection. Lengths are said as of the whole. */
  | { readonly kind: "cut"; readonly afterBytes: number; readonly how: "close" | "reset" }
  /** Sends so many bytes of the body, then nothing until it is released. */
  | { readonly kind: "stall"; readonly afterBytes: number }
  /** One byte at a time, without an end, before the head is whole or after it. */
  | { readonly kind: "dribble"; readonly what: "head" | "body" }
  /** The real answer with other bytes or other headers; a header of null is left out. */
  | {
      readonly kind: "change";
      readonly body?: (body: Buffer, path: string) => Buffer;
      readonly headers?: (body: Buffer, path: string) => Headers;
    }
  /** Not the real answer; the registry is not asked. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: (path: string) => Headers;
      readonly body?: string;
    }
  /** Not told to the registry, whose whole answer comes with status 200. */
  | { readonly kind: "ignore-range" }
  /** Chunked, without a length; `isCut` leaves the last chunk out. */
  | { readonly kind: "chunked"; readonly isCut: boolean }
  /** Bytes that are no HTTP, or none at all, and the end. */
  | { readonly kind: "garbage"; readonly bytes: string }
  | { readonly kind: "reset" };

export type Headers = Readonly<Record<string, string | null>>;

/** Which requests a fault meets. The first rule that fits and is not used up holds. */
export interface FaultRule {
  readonly fault: Fault;
  /** On the path with its query. */
  readonly path: RegExp;
  /** All where left out. */
  readonly methods?: readonly string[];
  /** Lets so many that fit pass before. */
  readonly skip?: number;
  /** Meets so many; without it all. */
  readonly times?: number;
}

/** Paths as the OCI distribution-spec names them. */
export const paths = {
  blob: /\/blobs\/sha256:/,
  manifest: /\/manifests\//,
  tags: /\/tags\/list/,
  ping: /^\/v2\/$/,
} as const;

export function cutAfter(afterBytes: number, how: "close" | "reset" = "close"): Fault {
  return { kind: "cut", afterBytes, how };
}

export function stallAfter(afterBytes: number): Fault {
  return { kind: "stall", afterBytes };
}

/** Says that the body is longer (or, negative, shorter) than it is: what is left over stands where the next answer would. */
export function lieAboutLength(byBytes: number): Fault {
  return {
    kind: "change",
    headers: (body) => ({ "content-length": String(body.byteLength + byBytes) }),
  };
}

/** One bit of that byte is another. */
export function flipByte(at: number): Fault {
  const flip = (body: Buffer): Buffer => {
    const changed = Buffer.from(body);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    return changed;
  };
  return { kind: "change", body: flip };
}

/** Other bytes under the digest of the real ones. */
export function otherBytes(bytes: string): Fault {
  const body = Buffer.from(bytes);
  return {
    kind: "change",
    body: () => body,
    headers: () => ({ "content-length": String(body.byteLength) }),
  };
}

/** The real bytes, and a Docker-Content-Digest that is not theirs. */
export function otherDigest(digest: string): Fault {
  return { kind: "change", headers: () => ({ "docker-content-digest": digest }) };
}

/** The answer with this header as it is given, or without it. */
export function withHeader(name: string, value: string | null): Fault {
  return { kind: "change", headers: () => ({ [name]: value }) };
}

export function tooManyRequests(retryAfter: string | null): Fault {
  const body = '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}';
  return { kind: "answer", status: 429, headers: () => ({ "retry-after": retryAfter }), body };
}

export function statusOnly(status: number, body = ""): Fault {
  return { kind: "answer", status, body };
}

/** A portal, a proxy's login or an error page where JSON or a blob should be. */
export const htmlPage: Fault = {
  kind: "answer",
  status: 200,
  headers: () => ({ "content-type": "text/html; charset=utf-8" }),
  body: "<!DOCTYPE html><title>Log in</title><p>Please log in to the network.",
};

/** To the same path on another server. */
export function redirectTo(url: string, status = 307): Fault {
  return { kind: "answer", status, headers: (path) => ({ location: `${url}${path}` }) };
}

/** To itself, for ever. */
export const redirectLoop: Fault = {
  kind: "answer",
  status: 307,
  headers: (path) => ({ location: path }),
};

/** Another protocol answers at this port. */
export const notHttp: Fault = { kind: "garbage", bytes: "SSH-2.0-OpenSSH_9.2\r\n" };

/** A document where the registry has none: the answer of a newer API. */
export function document(mediaType: string, text: string): Fault {
  return {
    kind: "answer",
    status: 200,
    headers: () => ({ "content-type": mediaType }),
    body: text,
  };
}

/**
 * The list of tags in pages, each with a link to the next; docker-registry 2.8 gives all at once, in no order.
 * Source: OCI distribution-spec 1.1, "Listing Tags".
 */
export function pagedTags(perPage: number): Fault {
  const pageOf = (body: Buffer, path: string): TagList & { readonly rest: number } => {
    const { name, tags } = parse(body);
    const last = new URL(path, "http://localhost").searchParams.get("last") ?? "";
    const after = tags.toSorted().filter((tag) => tag > last);
    return { name, tags: after.slice(0, perPage), rest: after.length - perPage };
  };
  const write = (body: Buffer, path: string): Buffer => {
    const { name, tags } = pageOf(body, path);
    return Buffer.from(JSON.stringify({ name, tags }));
  };
  return {
    kind: "change",
    body: write,
    headers: (body, path) => {
      const { tags, rest } = pageOf(body, path);
      const [address = ""] = path.split("?");
      const query = new URLSearchParams({ last: tags.at(-1) ?? "", n: String(perPage) });
      return {
        "content-length": String(write(body, path).byteLength),
        link: rest > 0 ? `<${address}?${query.toString()}>; rel="next"` : null,
      };
    },
  };
}

interface TagList {
  readonly name: string;
  readonly tags: readonly string[];
}

function parse(body: Buffer): TagList {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a real registry wrote it
  return JSON.parse(body.toString()) as TagList;
}
