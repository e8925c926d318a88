/** What `fromage --help` prints. Made for 80 columns. */
export const mainHelp = `fromage chooses the smallest container base image that an app really starts on.

Usage: fromage TARGET [options]
       fromage COMMAND [options]

Commands:
  choose TARGET            the smallest base that it starts on, and why not the
                           smaller ones; also plain \`fromage TARGET\`
  check TARGET --base REF  whether it starts on these bases, every reason
  ldd REF|FILE [PATH]      which file satisfies each library, in any root and for
                           any architecture
  ls, tree, find, cat REF  look into an image, without running it
  bases list|show|add      the catalogue of bases
  help COMMAND             options and examples of a command

  --version, -V            the version

Nothing of a target or a base is run. Nothing is sent anywhere.

Examples:
  fromage ./server
  fromage check ./server --base alpine-3.20 --explain
  fromage ldd oci-archive:image.tar /usr/bin/python3
`;
