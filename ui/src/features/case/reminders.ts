// The moments that are offered for a reminder of a case on hold, in Beijing time.
import { DAY_MS, dayNumber } from "../../shared/beijing";

const HOUR_MS = 3_600_000;
const OFFSET_MS = 8 * HOUR_MS;
/** When a working day begins. */
const MORNING_MS = 9 * HOUR_MS;
const QUARTER_MS = HOUR_MS / 4;

/** In one hour and in three, at the next quarter; tomorrow, the day after and in a week at nine. Soonest first. */
export function reminderChoices(now: number): number[] {
  const quarter = (ms: number): number => Math.ceil(ms / QUARTER_MS) * QUARTER_MS;
  const morning = (days: number): number => (dayNumber(now) + days) * DAY_MS - OFFSET_MS + MORNING_MS;
  const choices = [quarter(now + HOUR_MS), quarter(now + 3 * HOUR_MS), morning(1), morning(2), morning(7)];
  return [...new Set(choices)].sort((a, b) => a - b);
}
