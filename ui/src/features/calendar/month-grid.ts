// The days of an explanation laid out as months: weeks from Monday to Sunday, only those that the span touches. It also says where the
// arrow keys lead. Dates are ISO texts of Beijing civil days; no time zone and no clock is looked at.
import { dateParts, plusDays } from "../../shared/beijing";

export interface GridDay {
  /** ISO date. */
  date: string;
  /** Day of the month. */
  day: number;
  /** Between the first and the last day of the span, both included. */
  isInSpan: boolean;
}

export interface GridMonth {
  year: number;
  /** 1 to 12. */
  month: number;
  /** Seven places each, Monday first; null where the day belongs to another month. */
  weeks: (GridDay | null)[][];
}

/** Place in a week that begins on Monday: 0 to 6. */
function placeOf(weekday: number): number {
  return (weekday + 6) % 7;
}

/** Monday of the week of a date. */
function mondayOf(date: string): string {
  const at = dateParts(date);
  return at ? plusDays(date, -placeOf(at.weekday)) : date;
}

/** The months from `first` to `last`, with the weeks that the span touches. Empty when one of them is no date or they are in disorder. */
export function monthGrid(first: string, last: string): GridMonth[] {
  if (!dateParts(first) || !dateParts(last) || first > last) return [];
  const months: GridMonth[] = [];
  const end = plusDays(mondayOf(last), 6);
  for (let monday = mondayOf(first); monday <= end; monday = plusDays(monday, 7)) {
    const week = Array.from({ length: 7 }, (_, place) => plusDays(monday, place));
    for (const month of monthsOf(week, first, last)) {
      const known = months.find((one) => one.year === month.year && one.month === month.month);
      if (known) known.weeks.push(...month.weeks);
      else months.push(month);
    }
  }
  return months;
}

/** One week as a week of each month in which the span touches it. */
function monthsOf(week: readonly string[], first: string, last: string): GridMonth[] {
  const days = week.map((date) => ({ date, parts: dateParts(date), isInSpan: first <= date && date <= last }));
  const touched = new Set(days.filter((day) => day.isInSpan).map((day) => day.date.slice(0, 7)));
  return [...touched].map((key) => ({
    year: Number(key.slice(0, 4)),
    month: Number(key.slice(5)),
    weeks: [
      days.map(({ date, parts, isInSpan }) =>
        parts && date.startsWith(key) ? { date, day: parts.day, isInSpan } : null,
      ),
    ],
  }));
}

/** The date as many months away, on the same day or the last one of a shorter month. */
function plusMonths(date: string, months: number): string {
  const at = dateParts(date);
  if (!at) return date;
  const lastDay = new Date(Date.UTC(at.year, at.month - 1 + months + 1, 0)).getUTCDate();
  return new Date(Date.UTC(at.year, at.month - 1 + months, Math.min(at.day, lastDay))).toISOString().slice(0, 10);
}

/**
 * Where a key leads from a date, never out of the span: days by the arrows, weeks by Home and End, months by the page keys.
 * Null for any other key.
 */
export function dateByKey(key: string, date: string, first: string, last: string): string | null {
  const wanted = wantedByKey(key, date);
  if (wanted === null) return null;
  // A step of a week that would leave the span is not made: the column stays.
  if ((key === "ArrowUp" && wanted < first) || (key === "ArrowDown" && wanted > last)) return date;
  return wanted < first ? first : wanted > last ? last : wanted;
}

function wantedByKey(key: string, date: string): string | null {
  switch (key) {
    case "ArrowLeft":
      return plusDays(date, -1);
    case "ArrowRight":
      return plusDays(date, 1);
    case "ArrowUp":
      return plusDays(date, -7);
    case "ArrowDown":
      return plusDays(date, 7);
    case "Home":
      return mondayOf(date);
    case "End":
      return plusDays(mondayOf(date), 6);
    case "PageUp":
      return plusMonths(date, -1);
    case "PageDown":
      return plusMonths(date, 1);
    default:
      return null;
  }
}
