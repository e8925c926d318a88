/** What a value in the file may be. One description makes both the check and the published JSON Schema. */
export type Shape =
  | { readonly kind: "switch"; readonly about: string }
  | {
      readonly kind: "text";
      readonly about: string;
      /** The whole text. */
      readonly pattern: RegExp;
      /** One that is right, for the error. */
      readonly example: string;
    }
  | { readonly kind: "list"; readonly about: string; readonly of: Shape }
  | { readonly kind: "fields"; readonly about: string; readonly fields: Fields }
  /** Names that the user chooses. */
  | { readonly kind: "named"; readonly about: string; readonly key: Shape; readonly of: Shape };

export type Fields = Readonly<Record<string, Shape>>;

const nothingSpecial = /^[^\0\r\n]+$/;

/** Any line of text. */
export function text(about: string, example: string, pattern: RegExp = nothingSpecial): Shape {
  return { kind: "text", about, pattern, example };
}

export function list(about: string, of: Shape): Shape {
  return { kind: "list", about, of };
}

export function fields(about: string, inside: Fields): Shape {
  return { kind: "fields", about, fields: inside };
}
