// Values turned into words: dates, limits, sizes, reasons. It reads the catalogue, so it follows the language.
import type { ReasonView } from "../ipc/types";
import { dateParts, limitParts, partsOf } from "../shared/beijing";
import { language, t } from "./language.svelte";

/** `12月31日 周四`, with the year when it is not `now`'s. */
export function dayWords(iso: string, now: number): string {
  const at = dateParts(iso);
  if (!at) return iso;
  return t().date.day(at.year, at.month, at.day, at.weekday, at.year !== partsOf(now).year);
}

/** The date and the time of a limit; midnight is 24:00 of the day that ends. */
export function limitWords(ms: number, now: number): { date: string; time: string } {
  const { date, time } = limitParts(ms);
  return { date: dayWords(date, now), time };
}

/** `2.4 MB`. */
export function sizeWords(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

const seen = new Map<string, ReasonView>();

/** Remembers the labels of the server's catalogue, so that a code can be named where the labels are not. */
export function rememberReasons(reasons: readonly ReasonView[]): void {
  for (const reason of reasons) seen.set(reason.code, reason);
}

/** The label of a reason: the server's where it was seen, else the starter catalogue's, else the code. */
export function reasonLabel(code: string): string {
  const view = seen.get(code);
  if (view) return language() === "zh" ? view.label_zh : view.label_en;
  return t().reasons[code] ?? code;
}
