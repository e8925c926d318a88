/**
 * Tools of debhelper whose part in a script makes nothing that a program finds missing: bytecode, units of an init system that no
 * container starts, menus, what is only for upgrades. Those of other tools (dh_installnss, dh_usrlocal, dh_installsysusers …) are read.
 */
const harmlessTools = new Set([
  "dh_apparmor",
  "dh_bugfiles",
  "dh_icons",
  "dh_installdeb",
  "dh_installdebconf",
  "dh_installinit",
  "dh_installmenu",
  "dh_installmodules",
  "dh_installsystemd",
  "dh_installsystemduser",
  "dh_installudev",
  "dh_perl",
  "dh_pypy",
  "dh_python2",
  "dh_python3",
  "dh_strip",
  "dh_systemd_enable",
  "dh_systemd_start",
]);

const startPattern = /^# Automatically added by ([\w-]+)/;
const endLine = "# End automatically added section";

/**
 * The script without the sections that debhelper put in for tools that leave nothing behind:
 *
 *     # Automatically added by dh_python3
 *     …
 *     # End automatically added section
 *
 * Their lines become empty, so that places in the text stay. Source: debhelper, autoscript() in Debian::Debhelper::Dh_Lib.
 */
export function withoutBoilerplate(text: string): string {
  let isInside = false;
  const kept = text.split("\n").map((line) => {
    const [, tool] = startPattern.exec(line) ?? [];
    if (tool !== undefined) isInside = harmlessTools.has(tool);
    const isDropped = isInside;
    if (line.startsWith(endLine)) isInside = false;
    return isDropped ? "" : line;
  });
  return kept.join("\n");
}
