import type { RepositoryAccess } from "../access.ts";

/**
 * Asks mirrors in the place of the addresses that start with what they stand for: `http://deb.debian.org/debian` with
 * `file:///srv/debian` makes `…/dists/…` of the one that of the other. Of several the longest counts. Signatures and digests
 * are looked at as before, whoever gives the bytes.
 */
export function withMirrors<Access extends RepositoryAccess>(
  access: Access,
  mirrors: Readonly<Record<string, string>>,
): Access {
  const known = Object.entries(mirrors)
    .map(([from, to]) => ({ from: withoutSlash(from), to: withoutSlash(to) }))
    .toSorted((a, b) => b.from.length - a.from.length || (a.from < b.from ? -1 : 1));
  if (known.length === 0) return access;
  return {
    ...access,
    fetch(request) {
      const { url } = request;
      // A login of the address is that of the host which is not asked.
      const plain = url.replace(/^(https?:\/\/)[^/@]*@/, "$1");
      const found = known.find(({ from }) => plain === from || plain.startsWith(`${from}/`));
      if (found === undefined) return access.fetch(request);
      return access.fetch({ ...request, url: found.to + plain.slice(found.from.length) });
    },
  };
}

const withoutSlash = (address: string): string => address.replace(/\/$/, "");
