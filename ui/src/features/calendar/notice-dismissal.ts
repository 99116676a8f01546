// Whether the missing notice of next year is mentioned. Somebody may put a calm mention away until the Beijing day ends; an urgent one
// stays. Nothing of it is stored: a program that starts anew says it anew.
import type { CalendarHealthView } from "../../ipc/types";

export interface Dismissal {
  /** Number of the Beijing day, as `dayNumber` counts. */
  day: number;
  /** The year whose notice was missing. */
  year: number;
}

/** Whether the notice is shown on the Beijing day `today`. */
export function isMentioned(health: CalendarHealthView, dismissed: Dismissal | null, today: number): boolean {
  switch (health.level) {
    case "good":
      return false;
    case "urgent":
      return true;
    case "notice":
      return dismissed?.day !== today || dismissed.year !== health.missing_year;
  }
}
