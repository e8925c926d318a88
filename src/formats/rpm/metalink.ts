import { TextGatherer } from "./index-records.ts";
import { XmlReader, type XmlHandler, type XmlTag } from "./xml-reader.ts";

const format = "metalink";
/** Where repomd.xml is in a repository. */
const indexPath = "repodata/repomd.xml";
const maxMirrors = 10_000;

/**
 * The addresses of the repositories that a metalink lists for repomd.xml, the preferred ones first. Throws FormatError.
 *
 *     <metalink><files><file name="repomd.xml"><resources>
 *       <url protocol="https" preference="100">https://example.com/os/repodata/repomd.xml</url>
 *
 * Source: metalink 3.0, 4.1; MirrorManager.
 */
export function parseMetalink(bytes: Uint8Array): readonly string[] {
  const handler = new MetalinkHandler();
  const reader = new XmlReader(format, handler);
  reader.push(bytes);
  reader.end();
  return handler.mirrors
    .toSorted((a, b) => b.preference - a.preference)
    .map(({ url }) => url.slice(0, -indexPath.length));
}

class MetalinkHandler implements XmlHandler {
  readonly mirrors: { readonly url: string; readonly preference: number }[] = [];
  readonly #text = new TextGatherer(format);
  #preference = 0;

  open({ name, attributes }: XmlTag): void {
    if (name !== "url") return;
    this.#text.start();
    this.#preference = Number(/^\d{1,4}$/.exec(attributes["preference"] ?? "")?.[0] ?? 0);
  }

  text(text: string): void {
    this.#text.add(text);
  }

  close(name: string): void {
    const url = name === "url" ? this.#text.take()?.trim() : undefined;
    if (url?.endsWith(indexPath) !== true || this.mirrors.length >= maxMirrors) return;
    this.mirrors.push({ url, preference: this.#preference });
  }
}
