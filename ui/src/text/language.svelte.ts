// Which language the page speaks. One `$state`, so that a switch needs no reload; the document's `lang` follows it.
import type { CommandError, LanguageView } from "../ipc/types";
import { en } from "./en";
import { zh } from "./zh";
import type { Catalogue } from "./zh";

const catalogues: Record<LanguageView, Catalogue> = { zh, en };

let current = $state<LanguageView>("zh");

/** The catalogue of the language that is shown. */
export function t(): Catalogue {
  return catalogues[current];
}

/** The language that is shown. */
export function language(): LanguageView {
  return current;
}

/** Shows the page in another language. */
export function showLanguage(next: LanguageView): void {
  current = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
  document.title = catalogues[next].app.title;
}

/** The language to start with, when nobody has chosen one. */
export function systemLanguage(): LanguageView {
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** The sentence for an error: what happened, what was kept, what to do. */
export function sentence(error: CommandError): string {
  const say = t().errors[error.code] ?? t().errors.internal;
  return say(error.params);
}
