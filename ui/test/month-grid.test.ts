import { describe, expect, inject, it } from "vitest";
import { dateByKey, monthGrid } from "../src/features/calendar/month-grid";
import type { GridMonth } from "../src/features/calendar/month-grid";
import { dateParts, plusDays } from "../src/shared/beijing";

const dates = (month: GridMonth): string[] => month.weeks.flat().flatMap((day) => (day ? [day.date] : []));
const spanned = (months: GridMonth[]): string[] =>
  months.flatMap((month) => month.weeks.flat().flatMap((day) => (day?.isInSpan ? [day.date] : [])));
/** A month as it is read: `.` no day, `(5)` beside the span, `5` in it. */
const drawn = (month: GridMonth | undefined): string[] =>
  (month?.weeks ?? []).map((week) =>
    week.map((day) => (day === null ? "." : day.isInSpan ? `${day.day}` : `(${day.day})`)).join(" "),
  );

describe(`month grid on a computer in ${inject("zone")}`, () => {
  it("begins weeks on Monday and shows only those that the span touches", () => {
    const months = monthGrid("2026-02-05", "2026-02-14");
    expect(months).toHaveLength(1);
    expect(months[0]).toMatchObject({ year: 2026, month: 2 });
    expect(drawn(months[0])).toEqual(["(2) (3) (4) 5 6 7 8", "9 10 11 12 13 14 (15)"]);
  });

  it("divides the week in which the year ends", () => {
    const months = monthGrid("2026-12-23", "2027-01-04");
    expect(months.map((month) => [month.year, month.month])).toEqual([
      [2026, 12],
      [2027, 1],
    ]);
    expect(drawn(months[0])).toEqual(["(21) (22) 23 24 25 26 27", "28 29 30 31 . . ."]);
    expect(drawn(months[1])).toEqual([". . . . 1 2 3", "4 (5) (6) (7) (8) (9) (10)"]);
  });

  it("shows three months where the span has days of three", () => {
    const months = monthGrid("2026-01-30", "2026-03-02");
    expect(months.map((month) => month.month)).toEqual([1, 2, 3]);
    expect(drawn(months[0])).toEqual(["(26) (27) (28) (29) 30 31 ."]);
    expect(drawn(months[2])).toEqual([". . . . . . 1", "2 (3) (4) (5) (6) (7) (8)"]);
    expect(spanned(months)[0]).toBe("2026-01-30");
    expect(spanned(months).at(-1)).toBe("2026-03-02");
  });

  it("shows no month that the span does not touch, though a week of it is shown", () => {
    expect(monthGrid("2026-09-28", "2026-09-30").map((month) => month.month)).toEqual([9]);
    expect(monthGrid("2026-10-01", "2026-10-04").map((month) => month.month)).toEqual([10]);
  });

  it("has every day of any span once, on its weekday", () => {
    for (let start = "2025-12-20"; start < "2027-01-20"; start = plusDays(start, 5)) {
      for (const length of [0, 6, 18, 40]) {
        const last = plusDays(start, length);
        const months = monthGrid(start, last);
        const wanted = Array.from({ length: length + 1 }, (_, i) => plusDays(start, i));
        expect(spanned(months)).toEqual(wanted);
        expect(new Set(months.flatMap(dates)).size).toBe(months.flatMap(dates).length);
        for (const month of months) {
          expect(month.weeks.every((week) => week.length === 7 && week.some((day) => day?.isInSpan))).toBe(true);
          for (const week of month.weeks)
            week.forEach((day, place) => {
              if (day) expect((dateParts(day.date)?.weekday ?? -1) % 7).toBe((place + 1) % 7);
            });
        }
      }
    }
  });

  it("draws nothing for what is no span", () => {
    expect(monthGrid("", "2026-01-01")).toEqual([]);
    expect(monthGrid("2026-02-02", "2026-02-01")).toEqual([]);
  });
});

describe("keys in the month grid", () => {
  const go = (key: string, date: string): string | null => dateByKey(key, date, "2026-12-23", "2027-01-04");

  it("goes by day over the end of the year", () => {
    expect(go("ArrowRight", "2026-12-31")).toBe("2027-01-01");
    expect(go("ArrowLeft", "2027-01-01")).toBe("2026-12-31");
  });

  it("goes by week, and stays when there is no such day in the span", () => {
    expect(go("ArrowDown", "2026-12-28")).toBe("2027-01-04");
    expect(go("ArrowDown", "2026-12-29")).toBe("2026-12-29");
    expect(go("ArrowUp", "2026-12-29")).toBe("2026-12-29");
  });

  it("goes to the ends of the week, of the month, and never out of the span", () => {
    expect(go("Home", "2026-12-31")).toBe("2026-12-28");
    expect(go("End", "2026-12-28")).toBe("2027-01-03");
    expect(go("Home", "2026-12-25")).toBe("2026-12-23");
    expect(go("PageDown", "2026-12-31")).toBe("2027-01-04");
    expect(go("PageUp", "2027-01-04")).toBe("2026-12-23");
    expect(go("ArrowRight", "2027-01-04")).toBe("2027-01-04");
    expect(go("ArrowLeft", "2026-12-23")).toBe("2026-12-23");
  });

  it("takes the last day of a shorter month", () => {
    expect(dateByKey("PageDown", "2026-01-31", "2026-01-01", "2026-12-31")).toBe("2026-02-28");
    expect(dateByKey("PageUp", "2026-12-31", "2026-01-01", "2026-12-31")).toBe("2026-11-30");
  });

  it("leaves other keys alone", () => {
    for (const key of ["Tab", "Escape", "Enter", "a", " "]) expect(go(key, "2026-12-28")).toBeNull();
  });
});
