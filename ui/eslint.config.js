import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const features = ["session", "queue", "case", "decision", "outbox", "offline", "calendar", "settings"];

const shellPort = {
  group: ["@tauri-apps/*"],
  message: "Only src/platform speaks to the shell; call its port.",
};
const upwards = { group: ["**/app/*", "**/app/**"], message: "Only the shell composes; nothing imports src/app." };

/** A feature may import shared, platform, ipc and text, but no other feature. */
function featureRule(name) {
  const others = features.filter((other) => other !== name);
  return {
    files: [`src/features/${name}/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            shellPort,
            upwards,
            {
              group: others.flatMap((other) => [`**/${other}/*`, `**/features/${other}`]),
              message: "A feature imports no other feature; the shell puts them together.",
            },
          ],
        },
      ],
    },
  };
}

const layers = (files, groups) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: groups }] },
});
const anyFeature = { group: ["**/features/**"], message: "This layer knows no feature." };

export default ts.config(
  { ignores: ["dist/", "node_modules/", "src/ipc/types.ts"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs["flat/recommended"],
  ...svelte.configs["flat/prettier"],
  { languageOptions: { globals: { ...globals.browser } } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig, extraFileExtensions: [".svelte"] } },
  },
  {
    rules: {
      "no-eval": "error",
      "no-console": "error",
      eqeqeq: "error",
      "svelte/no-at-html-tags": "error",
      // The content policy drops style attributes; `style:` directives are set by script and pass.
      "no-restricted-syntax": [
        "error",
        { selector: "SvelteAttribute[key.name='style']", message: "Use a class or a style: directive." },
      ],
      // Plain maps and sets are meant where nothing follows them.
      "svelte/prefer-svelte-reactivity": "off",
      "no-restricted-globals": [
        "error",
        { name: "fetch", message: "The page has no network; call the shell." },
        { name: "localStorage", message: "Nothing of a case may stay in the web view." },
        { name: "sessionStorage", message: "Nothing of a case may stay in the web view." },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  layers(["src/app/**", "src/main.ts"], [shellPort]),
  layers(["src/shared/**", "src/text/**"], [shellPort, upwards, anyFeature]),
  layers(["src/platform/**"], [upwards, anyFeature]),
  ...features.map(featureRule),
);
