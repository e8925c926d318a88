import { defineConfig } from "eslint/config";
import { configs } from "typescript-eslint";

const typed = "@typescript-eslint";

export default defineConfig(
  { ignores: ["dist/", "coverage/", "data/"] },
  {
    files: ["**/*.ts"],
    extends: [configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: "./tsconfig.json", tsconfigRootDir: `${import.meta.dirname}/..` },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Exports have names" },
      ],
      [`${typed}/consistent-type-imports`]: "error",
      [`${typed}/no-unsafe-type-assertion`]: "error",
      [`${typed}/switch-exhaustiveness-check`]: [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // `() => callback()` and `return callback()` where nothing is returned are short and cannot be misread.
      [`${typed}/no-confusing-void-expression`]: [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // The compiler does not see that a callback or another task changed a variable meanwhile, nor `null` in parsed JSON.
      [`${typed}/no-unnecessary-condition`]: "off",
      // Messages hold counts and offsets.
      [`${typed}/restrict-template-expressions`]: ["error", { allowNumber: true }],
      // The error of a stream or a parser is unknown and is passed on as it is.
      [`${typed}/only-throw-error`]: ["error", { allowThrowingUnknown: true }],
      // `_` is what must be named and is not used: a left-out property, the value of a loop that only drains.
      [`${typed}/no-unused-vars`]: ["error", { varsIgnorePattern: "^_$", argsIgnorePattern: "^_" }],
    },
  },
  {
    // vitest's matchers (expect.stringContaining) and parsed fixtures are `any`.
    files: ["**/*.test.ts"],
    rules: { [`${typed}/no-unsafe-assignment`]: "off", [`${typed}/no-unsafe-return`]: "off" },
  },
  {
    // They read back what this program wrote, under a sum that was checked; the type stands for a check of the inside.
    files: [
      "src/image/layer-record.ts",
      "src/image/elf-lines.ts",
      "src/image/cache/facts-cache.ts",
    ],
    rules: {
      [`${typed}/no-unnecessary-type-parameters`]: "off",
      [`${typed}/no-unsafe-assignment`]: "off",
    },
  },
  {
    // The key is one of a closed union of record names.
    files: ["src/formats/tar/pax.ts"],
    rules: { [`${typed}/no-dynamic-delete`]: "off" },
  },
  // The test runner takes its configuration from there.
  { files: ["vitest.config.ts"], rules: { "no-restricted-syntax": "off" } },
);
