// SPDX-License-Identifier: Apache-2.0
import js from "@eslint/js";
import globals from "globals";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "react-hooks": hooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // An index type says that a key may be missing; a dot would hide it.
      "@typescript-eslint/dot-notation": "off",
      // Plain properties of the DOM that make markup from text.
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "What users logged is never markup." },
        { property: "outerHTML", message: "What users logged is never markup." },
        { property: "insertAdjacentHTML", message: "What users logged is never markup." },
      ],
      "no-restricted-syntax": [
        "error",
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: "What users logged is never markup.",
        },
      ],
    },
  },
  {
    files: ["tests/**/*.ts", "tests/**/*.tsx"],
    // A test that finds no element should fail where it uses it.
    rules: { "@typescript-eslint/non-nullable-type-assertion-style": "off" },
  },
  { files: ["**/*.mjs", "*.js", "scripts/**"], languageOptions: { globals: globals.node } },
);
