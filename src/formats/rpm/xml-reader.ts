import sax, { type SAXParser } from "sax";
import { FormatError } from "../format-error.ts";
import { OverLimitError } from "../over-limit-error.ts";

/** A tag by its name without prefix, and its attributes, with theirs. */
export interface XmlTag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** Is told what stands in a document, in its order. `depth` counts the tags that are open, the root is 1. */
export interface XmlHandler {
  open(tag: XmlTag, depth: number): void;
  /** A long text comes in several pieces. */
  text(text: string): void;
  close(name: string, depth: number): void;
}

/** Tags in each other; the indexes of repositories have five levels. */
const maxDepth = 32;
/** Of one tag; theirs have six. */
const maxAttributes = 64;
/** The parser looks at the length of what it gathers once per piece. */
const pieceChars = 64 * 1024;

/**
 * Reads XML piece by piece. Strict: what is not well-formed, not UTF-8 or declares a document type (entities come with
 * those) is a FormatError; so is what its budgets do not allow. Source: XML 1.0.
 */
export class XmlReader {
  readonly #format: string;
  readonly #handler: XmlHandler;
  readonly #parser: SAXParser;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #depth = 0;
  #hasRoot = false;

  constructor(format: string, handler: XmlHandler) {
    this.#format = format;
    this.#handler = handler;
    this.#parser = sax.parser(true, { position: false });
    this.#listen(this.#parser);
  }

  /** Throws FormatError, and whatever the handler throws. */
  push(bytes: Uint8Array): void {
    this.#feed(this.#decode(bytes));
  }

  /** To be called once, behind the last piece. Throws FormatError when the document is not whole. */
  end(): void {
    this.#feed(this.#decode(null));
    if (this.#depth > 0) throw this.#malformed("The document ends inside a tag");
    this.#parser.close();
    if (!this.#hasRoot) throw this.#malformed("There is no document");
  }

  #feed(text: string): void {
    for (let at = 0; at < text.length; at += pieceChars) {
      this.#parser.write(text.slice(at, at + pieceChars));
    }
  }

  #decode(bytes: Uint8Array | null): string {
    try {
      return bytes === null
        ? this.#decoder.decode()
        : this.#decoder.decode(bytes, { stream: true });
    } catch (error) {
      if (error instanceof TypeError) throw this.#malformed("It is not UTF-8");
      throw error;
    }
  }

  #listen(parser: SAXParser): void {
    parser.onerror = (error) => {
      throw this.#malformed(error.message.split("\n", 1)[0] ?? "");
    };
    parser.ondoctype = () => {
      throw this.#malformed("It declares a document type");
    };
    parser.onattribute = () => {
      const count = Object.keys(parser.tag.attributes).length;
      if (count > maxAttributes) throw this.#overLimit("attributes of a tag", maxAttributes);
    };
    parser.onopentag = ({ name, attributes }) => {
      this.#hasRoot = true;
      if (++this.#depth > maxDepth) throw this.#overLimit("tags in each other", maxDepth);
      this.#handler.open({ name: localName(name), attributes: plain(attributes) }, this.#depth);
    };
    parser.onclosetag = (name) => this.#handler.close(localName(name), this.#depth--);
    parser.ontext = (text) => this.#handler.text(text);
    parser.oncdata = (text) => this.#handler.text(text);
  }

  #malformed(reason: string): FormatError {
    return new FormatError(this.#format, reason);
  }

  #overLimit(budget: string, limit: number): OverLimitError {
    return new OverLimitError(this.#format, { budget, limit, unit: "entries" });
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** The parser knows no namespaces here, so that all values are texts. */
function plain(attributes: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(attributes).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(texts);
}
