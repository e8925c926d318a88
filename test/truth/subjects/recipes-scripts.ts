import type { Recipe } from "./recipe.ts";

function script(id: string, firstLine: string, body = "echo truth: script"): Recipe {
  const build = `printf '%b\\n' '${firstLine}' '${body}' > run && chmod 755 run`;
  return { id, program: "run", proof: { output: "truth: script" }, tools: ["sh"], build };
}

/** Scripts: what the kernel and env make of the first line. */
export const scriptRecipes: readonly Recipe[] = [
  script("script-sh", "#!/bin/sh"),
  script("script-sh-space", "#! /bin/sh -e"),
  script("script-bash", "#!/bin/bash"),
  script("script-env-sh", "#!/usr/bin/env sh"),
  script("script-env-bash", "#!/usr/bin/env bash"),
  script("script-env-split", "#!/usr/bin/env -S sh -e"),
  script("script-env-split-variable", "#!/usr/bin/env -S WORD=1 sh -e"),
  script("script-env-two-words", "#!/usr/bin/env sh -e"),
  script("script-crlf", "#!/bin/sh\\r"),
  script("script-env-crlf", "#!/usr/bin/env sh\\r"),
  script("script-env-python", "#!/usr/bin/env python3", 'print("truth: script")'),
  script("script-python", "#!/usr/bin/python3", 'print("truth: script")'),
  script("script-perl", "#!/usr/bin/perl", 'print "truth: script\\\\n";'),
  script("script-relative", "#!sh"),
  {
    ...script("script-none", "echo truth: script"),
    build: "printf 'echo truth: script\\n' > run && chmod 755 run",
  },
  {
    ...script("script-of-script", "#!/app/inner"),
    build: `printf '#!/app/inner\\n' > run
printf '#!/bin/sh\\necho truth: script\\n' > inner && chmod 755 run inner`,
  },
];
