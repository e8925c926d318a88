/** Shells that there is a script for. */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

export function isShell(word: string): word is Shell {
  return shells.some((shell) => shell === word);
}

/**
 * What is put into the shell's start file. The words are found by the program itself (`fromage __complete`), so that the script need
 * not change with it. Nothing of the command line is evaluated.
 */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case "bash":
      return bash;
    case "zsh":
      return zsh;
    case "fish":
      return fish;
  }
}

/** Readline breaks words at colons, and replaces what stands behind the last one: the program gives that part alone. */
const bash = `# bash completion of fromage. In ~/.bashrc: eval "$(fromage completion bash)"
_fromage() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :nospace) compopt -o nospace 2>/dev/null ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <(fromage __complete bash "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -o default -F _fromage fromage
`;

const zsh = `#compdef fromage
# zsh completion of fromage. In ~/.zshrc, after compinit: eval "$(fromage completion zsh)"
_fromage() {
  local line suffix=' '
  local -a values shown
  while IFS= read -r line; do
    case $line in
      :nospace) suffix='' ;;
      *) values+=("\${line%%$'\\t'*}"); shown+=("\${line/$'\\t'/  -- }") ;;
    esac
  done < <(fromage __complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#values )) && compadd -S "$suffix" -d shown -l -a values
  (( $#values )) || _files
}
compdef _fromage fromage
`;

const fish = `# fish completion of fromage. In ~/.config/fish/config.fish: fromage completion fish | source
function __fromage_complete
  set -l words (commandline -opc)
  fromage __complete fish -- $words[2..-1] (commandline -ct) 2>/dev/null | string match -v ':nospace'
end
complete -c fromage -a '(__fromage_complete)'
`;
