// An explanation in sentences: how its days divide, which notices stand behind it, what each day is. The catalogue is an argument, so
// that every sentence can be read in both languages. It counts what the answer says and decides nothing.
import type { ExplainedDayView, ExplanationView, NoticeView } from "../../ipc/types";
import { dateParts } from "../../shared/beijing";
import type { Catalogue, SpanCount } from "../../text/zh";

/** A working day by the calendar, counted or not. */
export function isWorkingDay(day: ExplainedDayView): boolean {
  return day.kind === "workday" || day.kind === "make_up";
}

/** How the days divide. */
export function countDays(days: readonly ExplainedDayView[]): SpanCount {
  const holidays = new Map<string, number>();
  for (const day of days) {
    if (day.kind === "holiday") holidays.set(day.holiday ?? "", (holidays.get(day.holiday ?? "") ?? 0) + 1);
  }
  const count = (wanted: (day: ExplainedDayView) => boolean): number => days.filter(wanted).length;
  return {
    total: days.length,
    counted: count((day) => day.number !== null),
    make_up: count((day) => day.number !== null && day.kind === "make_up"),
    uncounted: count((day) => day.number === null && isWorkingDay(day)),
    weekend: count((day) => day.kind === "weekend"),
    regional: count((day) => day.kind === "regional"),
    holidays: [...holidays].map(([name, many]) => ({ name, days: many })),
  };
}

/** The notices that arranged a day of the explanation, each once, in the order of the days. */
export function noticesOf(days: readonly ExplainedDayView[]): NoticeView[] {
  const seen = new Map<string, NoticeView>();
  for (const { notice } of days) {
    if (notice) seen.set(`${notice.year} ${notice.issued} ${notice.number ?? ""}`, notice);
  }
  return [...seen.values()];
}

/** The due date that counts: the server's. */
export function dueOf(view: ExplanationView): string | null {
  return view.deadline.due_date;
}

/** The due date to which the days were counted here, where it is not the one that counts. */
export function hereDueOf(view: ExplanationView): string | null {
  const here = view.due_date ?? view.days.at(-1)?.date ?? null;
  return here === dueOf(view) ? null : here;
}

/** A day as a full sentence, as a screen reader reads it. */
export function daySentence(text: Catalogue, view: ExplanationView, day: ExplainedDayView): string {
  const at = dateParts(day.date);
  if (!at) return day.date;
  return text.calendar.day({
    ...at,
    kind: day.kind,
    holiday: day.holiday,
    number: day.number,
    is_submission: day.date === view.submitted_on,
    is_due: day.date === dueOf(view),
    is_due_here: day.date === hereDueOf(view),
    is_provisional: day.is_provisional,
  });
}

/** What ordered a day to be what it is; null for a day that no notice speaks of. */
export function sourceOf(text: Catalogue, day: ExplainedDayView): string | null {
  if (day.notice) return text.calendar.notice(day.notice);
  if (day.kind === "regional") return day.regional_source;
  return day.kind === "holiday" && day.is_provisional ? text.calendar.by_law : null;
}
