/** A part of a word. `isQuoted`: it is not split at blanks and no pattern. */
export type WordPart =
  | { readonly kind: "text"; readonly value: string; readonly isQuoted: boolean }
  /** `$name`; `operation` is what follows the name in `${name:-word}` as written, null where nothing does. */
  | {
      readonly kind: "variable";
      readonly name: string;
      readonly operation: string | null;
      readonly isQuoted: boolean;
    }
  /** `$(…)`, backquotes and `$((…))`: what they give is not known without running them. `text` is what stands inside. */
  | { readonly kind: "substitution"; readonly text: string; readonly isQuoted: boolean };

export interface Word {
  readonly parts: readonly WordPart[];
}

/** `name=value` before a command, or alone. */
export interface Assignment {
  readonly name: string;
  readonly value: Word;
}

export interface SimpleCommand {
  readonly kind: "command";
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  /** Files that it writes to, other than by its words. */
  readonly writesTo: readonly Word[];
  /** As written, line ends and blanks made one blank. */
  readonly text: string;
}

/** One command or compound of a script in the shell's language. Source: POSIX Shell Command Language, 2.9 and 2.10. */
export type Node =
  | SimpleCommand
  | { readonly kind: "pipeline"; readonly isNegated: boolean; readonly parts: readonly Node[] }
  /** `operators[i]` stands between `parts[i]` and the next. */
  | {
      readonly kind: "and-or";
      readonly parts: readonly Node[];
      readonly operators: readonly ("&&" | "||")[];
    }
  | {
      readonly kind: "if";
      readonly branches: readonly { readonly condition: Body; readonly body: Body }[];
      readonly otherwise: Body;
    }
  | {
      readonly kind: "case";
      readonly word: Word;
      readonly items: readonly { readonly patterns: readonly Word[]; readonly body: Body }[];
    }
  /** `words` is null where it goes through the arguments. */
  | {
      readonly kind: "for";
      readonly name: string;
      readonly words: readonly Word[] | null;
      readonly body: Body;
    }
  | { readonly kind: "while"; readonly condition: Body; readonly body: Body }
  /** `{ … }` or `( … )`; `writesTo` of the whole. */
  | {
      readonly kind: "group";
      readonly isSubshell: boolean;
      readonly body: Body;
      readonly writesTo: readonly Word[];
    }
  | { readonly kind: "function"; readonly name: string; readonly body: Node };

/** Commands one after another. */
export type Body = readonly Node[];
