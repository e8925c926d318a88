import { parsePasswd } from "../formats/passwd.ts";

export interface UserInput {
  /** USER of the target's image config; null for a file or folder, which have none. */
  readonly target: string | null;
  /** USER of the base's image config, empty means root. */
  readonly base: string;
  /** /etc/passwd and /etc/group of both; null where there is none. */
  readonly targetAccounts: AccountFiles;
  readonly baseAccounts: AccountFiles;
}

export interface AccountFiles {
  readonly passwd: string | null;
  readonly group: string | null;
}

/** Operand of USER, null to leave the base's, and why, for a comment. */
export interface ChosenUser {
  readonly user: string | null;
  readonly why: string;
}

/** The user that distroless calls nonroot, and a number that no distribution gives to anyone else. */
const nobodySpecial = "65532:65532";

/**
 * The user that the app runs as. An image keeps the user that it is known to work with, root too: as a number where the
 * base does not know the name by the same number. A file or folder gets the base's user, or an unprivileged one where
 * that is root.
 */
export function chooseUser(input: UserInput): ChosenUser {
  const { target, base } = input;
  if (target === null) {
    return isRoot(base)
      ? { user: nobodySpecial, why: "nothing says which user it needs, and root is seldom right" }
      : { user: null, why: `the base's own user is ${base}` };
  }
  if (isRoot(target)) {
    return isRoot(base)
      ? { user: null, why: "root, as in the image that it comes from" }
      : {
          user: "0:0",
          why: `root, as in the image that it comes from; without this line it is the base's ${base}`,
        };
  }
  const [name = "", group] = target.split(":", 2);
  const uid = idOf(name, input.targetAccounts.passwd);
  const gid =
    group === undefined
      ? primaryGroup(name, input.targetAccounts.passwd)
      : idOf(group, input.targetAccounts.group);
  if (uid === null || (group !== undefined && gid === null)) {
    return {
      user: nobodySpecial,
      why: "the image that it comes from names a user that it does not have",
    };
  }
  const isKnown =
    idOf(name, input.baseAccounts.passwd) === uid &&
    (group === undefined
      ? primaryGroup(name, input.baseAccounts.passwd) === gid
      : idOf(group, input.baseAccounts.group) === gid);
  if (isKnown && /^[A-Za-z0-9_.:-]+$/.test(target)) {
    return base === target
      ? { user: null, why: "the base has the same user" }
      : { user: target, why: "as in the image that it comes from" };
  }
  const number = gid === null ? String(uid) : `${uid}:${gid}`;
  const isNumber = /^\d+$/.test(name);
  const why = isNumber
    ? "as in the image that it comes from"
    : "by number: the base does not have the user that the image it comes from names";
  return number === base ? { user: null, why } : { user: number, why };
}

function isRoot(user: string): boolean {
  return /^(?:|root|0)(?::.*)?$/.test(user);
}

/** A number as it is, else that of the first line with the name. Group lines have the same first three fields. */
function idOf(name: string, text: string | null): number | null {
  if (/^\d{1,10}$/.test(name)) return Number(name);
  for (const line of (text ?? "").split("\n")) {
    const [own, , id = ""] = line.split(":");
    if (own === name && /^\d{1,10}$/.test(id)) return Number(id);
  }
  return null;
}

/** Group of a named or numbered account; null where there is no such account. */
function primaryGroup(name: string, passwd: string | null): number | null {
  const accounts = parsePasswd(passwd ?? "");
  const isNumber = /^\d{1,10}$/.test(name);
  const account = accounts.find((one) => (isNumber ? one.uid === Number(name) : one.name === name));
  return account?.gid ?? null;
}
