/** Commands that only look, speak or change the shell itself. */
const always = new Set(
  (
    "set echo printf shift trap umask cd command which type hash wait sleep " +
    "cat grep egrep fgrep awk mawk cut tr head tail sort uniq wc readlink realpath dirname basename expr stat ls " +
    "getent id whoami uname pidof pgrep dpkg-query dpkg-architecture dpkg-realpath cmp diff md5sum sha256sum date seq " +
    "dpkg-vendor mountpoint ischroot dpkg-trigger dpkg-maintscript-helper logger deb-systemd-helper deb-systemd-invoke " +
    "invoke-rc.d update-rc.d systemctl service start-stop-daemon update-menus py3compile py3clean pycompile pypy3compile " +
    "db_version db_capb db_get db_set db_go db_input db_stop db_fset db_fget db_metaget db_subst db_title db_purge " +
    "db_register db_unregister db_reset db_beginblock db_endblock db_settitle"
  ).split(" "),
);

/** Read into the shell; they only define functions. Source: debconf-devel(7). */
const sourced = new Set(["/usr/share/debconf/confmodule"]);

const dpkgQueries = new Set([
  "--print-architecture",
  "--print-foreign-architectures",
  "--list",
  "-l",
  "-s",
  "--status",
  "-L",
  "--listfiles",
  "-S",
  "--search",
  "--get-selections",
  "--assert-multi-arch",
  "--validate-version",
]);

/**
 * Whether a command of a maintainer's script leaves no file behind that a program may look for, whatever its words are. Bytecode of
 * Python, units of init systems and services that are started are none: programs in a container do without.
 */
export function isHarmless(name: string, args: readonly (string | null)[]): boolean {
  if (always.has(name)) return true;
  const [first] = args;
  switch (name) {
    case ".":
      return typeof first === "string" && sourced.has(first);
    case "dpkg":
      return typeof first === "string" && dpkgQueries.has(first);
    case "sed":
      return !args.some((arg) => arg === null || /^(?:-[a-zA-Z]*i|--in-place)/.test(arg));
    case "find":
      return args.every((arg) => arg !== null && !/^-(?:exec|delete|ok|fprint)/.test(arg));
    case "dpkg-statoverride":
      return first === "--list";
    default:
      return false;
  }
}
