// Beijing time: a fixed +08:00, computed by UTC arithmetic. Nothing here looks at the computer's own zone or clock.

const OFFSET_MS = 8 * 3_600_000;
export const DAY_MS = 86_400_000;

/** The civil parts of an instant in Beijing. */
export interface BeijingParts {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** 0 = Sunday. */
  weekday: number;
}

/** Civil parts of an instant (ms since 1970 UTC). */
export function partsOf(ms: number): BeijingParts {
  const shifted = new Date(ms + OFFSET_MS);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    weekday: shifted.getUTCDay(),
  };
}

const two = (n: number): string => String(n).padStart(2, "0");

/** `2026-12-29`. */
export function isoDate(ms: number): string {
  const p = partsOf(ms);
  return `${p.year}-${two(p.month)}-${two(p.day)}`;
}

/** `17:00`. */
export function hourMinute(ms: number): string {
  const p = partsOf(ms);
  return `${two(p.hour)}:${two(p.minute)}`;
}

/** `17:00:09`. */
export function hourMinuteSecond(ms: number): string {
  return `${hourMinute(ms)}:${two(partsOf(ms).second)}`;
}

/** `2026-12-29 17:00`. */
export function dateTime(ms: number): string {
  return `${isoDate(ms)} ${hourMinute(ms)}`;
}

/** Number of the Beijing civil day; equal for two instants of the same day. */
export function dayNumber(ms: number): number {
  return Math.floor((ms + OFFSET_MS) / DAY_MS);
}

/** Number of the minute; changes when the minute of the clock changes. */
export function minuteNumber(ms: number): number {
  return Math.floor(ms / 60_000);
}

/** Month, day and weekday of an ISO date such as `2026-12-29`; null when it is none. */
export function dateParts(iso: string): Pick<BeijingParts, "year" | "month" | "day" | "weekday"> | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const at = new Date(Date.UTC(year, month - 1, day));
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day) return null;
  return { year, month, day, weekday: at.getUTCDay() };
}

/** The ISO date `days` civil days after another; negative goes back. Not a date: given back as it is. */
export function plusDays(iso: string, days: number): string {
  const at = dateParts(iso);
  if (!at) return iso;
  return new Date(Date.UTC(at.year, at.month - 1, at.day + days)).toISOString().slice(0, 10);
}

/** An instant for somebody who looks at it on `now`'s day: `17:00` today, `12-31 17:00` this year, else with the year. */
export function shortInstant(ms: number, now: number): string {
  if (dayNumber(ms) === dayNumber(now)) return hourMinute(ms);
  const at = partsOf(ms);
  const monthDay = `${two(at.month)}-${two(at.day)} ${hourMinute(ms)}`;
  return at.year === partsOf(now).year ? monthDay : `${at.year}-${monthDay}`;
}

/**
 * A time by which something must be done, in the way of 24:00: midnight belongs to the day that ends.
 * `2027-01-01T00:00+08:00` is `24:00` of 31 December.
 */
export function limitParts(ms: number): { date: string; time: string } {
  const p = partsOf(ms);
  if (p.hour === 0 && p.minute === 0) return { date: isoDate(ms - 1), time: "24:00" };
  return { date: isoDate(ms), time: hourMinute(ms) };
}

/** Time left as a clock, `27:03:09`; nothing below zero. */
export function clockText(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
