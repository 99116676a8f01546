// What the countdown of a case says, as a value; the words are the catalogue's. The lamp comes with the answer and is true at that
// moment; only the running clock is counted here.
import type { DeadlineView, LampView } from "../ipc/types";
import { clockText, hourMinute } from "./beijing";

export type Countdown =
  | { kind: "days_left"; days: number }
  | { kind: "until_close"; closes: string; clock: string }
  | { kind: "until_midnight"; clock: string }
  | { kind: "overdue"; days: number }
  | { kind: "unknown" };

/** The countdown at `now` (server time, ms). On the due day it runs to the close of business, after it to 24:00. */
export function countdownAt(deadline: DeadlineView, lamp: LampView, now: number): Countdown {
  const { target_ms: target, breach_ms: breach } = deadline;
  switch (lamp.kind) {
    case "normal":
    case "near":
      return lamp.days === null ? { kind: "unknown" } : { kind: "days_left", days: lamp.days };
    case "due_today":
    case "after_close":
      if (breach !== null && now >= breach) return { kind: "overdue", days: 0 };
      if (lamp.kind === "due_today" && target !== null && now < target) {
        return { kind: "until_close", closes: hourMinute(target), clock: clockText(target - now) };
      }
      return breach === null ? { kind: "unknown" } : { kind: "until_midnight", clock: clockText(breach - now) };
    case "overdue":
      return { kind: "overdue", days: lamp.days ?? 0 };
    case "unknown":
      return { kind: "unknown" };
  }
}

/** The lamp as it stands at `now`: on the due day it turns at the close of business and at 24:00 without a new answer. */
export function lampAt(deadline: DeadlineView, lamp: LampView, now: number): LampView {
  if (lamp.kind !== "due_today" && lamp.kind !== "after_close") return lamp;
  if (deadline.breach_ms !== null && now >= deadline.breach_ms) return { kind: "overdue", days: 0 };
  if (deadline.target_ms !== null && now >= deadline.target_ms) return { kind: "after_close", days: lamp.days };
  return lamp;
}
