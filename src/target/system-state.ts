/**
 * What a running system or its package manager writes, and nobody copies: databases, caches, logs, accounts, mounts.
 * The result has its own of them. Source: FHS 3.0 (/etc/passwd, /run, /tmp, /var), dpkg(1), apk(8), rpm(8), ldconfig(8).
 */
const state =
  /^\/(?:dev|proc|sys|run|tmp|var\/(?:run|tmp|cache|log|lib\/(?:dpkg|apt|rpm|apk|pacman|ucf|systemd|pam|shells\.state))|lib\/apk|usr\/lib\/(?:apk|sysimage)|etc\/(?:apk|apt|dpkg|alternatives|passwd-?|group-?|g?shadow-?|subuid-?|subgid-?|shells|hostname|hosts|resolv\.conf|mtab|ld\.so\.cache|os-release|nsswitch\.conf|\.pwd\.lock|machine-id))(?:\/|$)/;

export function isSystemState(path: string): boolean {
  return state.test(path);
}

/**
 * Folders of the distribution. In an image without a known base, what no package owns there was made by maintainer
 * scripts and is not taken for the app. Source: FHS 3.0, chapters 3 to 5; /usr/local, /opt, /srv and /home are not its own.
 */
const system =
  /^\/(?:bin|boot|etc|lib(?:32|64|x32)?|media|mnt|root|sbin|usr(?!\/local\/)|var)(?:\/|$)/;

export function isSystemFolder(path: string): boolean {
  return system.test(path);
}
