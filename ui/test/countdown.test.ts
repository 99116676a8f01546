import { describe, expect, it } from "vitest";
import type { DeadlineView, LampView } from "../src/ipc/types";
import { countdownAt, lampAt } from "../src/shared/countdown";

const at = (iso: string): number => Date.parse(iso);
const deadline: DeadlineView = {
  status: "final",
  due_date: "2026-12-29",
  target_ms: at("2026-12-29T17:00:00+08:00"),
  breach_ms: at("2026-12-30T00:00:00+08:00"),
  earliest: null,
  latest: null,
  moved: null,
  difference: null,
};
const today: LampView = { kind: "due_today", days: 0 };

describe("countdown", () => {
  it("runs to the close of business on the due day", () => {
    expect(countdownAt(deadline, today, at("2026-12-29T16:59:01+08:00"))).toEqual({
      kind: "until_close",
      closes: "17:00",
      clock: "00:00:59",
    });
  });

  it("runs to 24:00 after the close of business, before the next answer too", () => {
    const now = at("2026-12-29T17:00:00+08:00");
    expect(countdownAt(deadline, today, now)).toEqual({ kind: "until_midnight", clock: "07:00:00" });
    expect(lampAt(deadline, today, now).kind).toBe("after_close");
  });

  it("is overdue at 24:00", () => {
    const now = at("2026-12-30T00:00:00+08:00");
    expect(countdownAt(deadline, { kind: "after_close", days: 0 }, now)).toEqual({ kind: "overdue", days: 0 });
    expect(lampAt(deadline, today, now)).toEqual({ kind: "overdue", days: 0 });
  });

  it("counts working days by the answer alone", () => {
    expect(countdownAt(deadline, { kind: "near", days: 2 }, 0)).toEqual({ kind: "days_left", days: 2 });
    expect(countdownAt(deadline, { kind: "overdue", days: 3 }, 0)).toEqual({ kind: "overdue", days: 3 });
  });

  it("guesses nothing beyond the calendar", () => {
    const none: DeadlineView = {
      ...deadline,
      status: "out_of_range",
      due_date: null,
      target_ms: null,
      breach_ms: null,
    };
    expect(countdownAt(none, { kind: "unknown", days: null }, 0)).toEqual({ kind: "unknown" });
  });
});
