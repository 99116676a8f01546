import { describe, expect, inject, it } from "vitest";
import {
  clockText,
  dateParts,
  dateTime,
  dayNumber,
  hourMinute,
  hourMinuteSecond,
  isoDate,
  limitParts,
  partsOf,
  plusDays,
  shortInstant,
} from "../src/shared/beijing";

const at = (iso: string): number => Date.parse(iso);

const HOUR_THERE: Record<string, number> = { "America/New_York": 21, "Asia/Urumqi": 8, UTC: 2 };

describe(`Beijing time on a computer in ${inject("zone")}`, () => {
  it("runs these tests on the clock of that place", () => {
    expect(HOUR_THERE).toHaveProperty([inject("zone")]);
    expect(new Date(at("2026-12-29T10:00:00+08:00")).getHours()).toBe(HOUR_THERE[inject("zone")]);
  });

  it("steps by civil days over months, years and 29 February", () => {
    expect(plusDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(plusDays("2027-01-01", -1)).toBe("2026-12-31");
    expect(plusDays("2028-02-28", 1)).toBe("2028-02-29");
    expect(plusDays("2026-03-08", 1)).toBe("2026-03-09");
    expect(plusDays("no date", 1)).toBe("no date");
  });

  it("shows the date and hour of Beijing", () => {
    expect(dateTime(at("2026-12-29T10:00:00+08:00"))).toBe("2026-12-29 10:00");
    expect(isoDate(at("2026-12-31T23:59:59+08:00"))).toBe("2026-12-31");
    expect(isoDate(at("2027-01-01T00:00:00+08:00"))).toBe("2027-01-01");
    expect(hourMinute(at("2026-12-29T09:00:00Z"))).toBe("17:00");
    expect(hourMinuteSecond(at("2026-12-29T17:00:09+08:00"))).toBe("17:00:09");
    expect(partsOf(at("2026-12-27T16:00:00Z")).weekday).toBe(1);
  });

  it("has no daylight saving of anybody", () => {
    for (const iso of ["2026-03-08T10:00:00+08:00", "2026-11-01T14:00:00+08:00", "1988-07-01T12:00:00+08:00"]) {
      expect(dateTime(at(iso))).toBe(iso.slice(0, 16).replace("T", " "));
    }
  });

  it("numbers the civil days of Beijing", () => {
    const last = dayNumber(at("2026-12-31T23:59:59+08:00"));
    expect(dayNumber(at("2027-01-01T00:00:00+08:00"))).toBe(last + 1);
    expect(dayNumber(at("2026-12-31T00:00:00+08:00"))).toBe(last);
  });

  it("reads an ISO date and refuses what is none", () => {
    expect(dateParts("2026-12-31")).toEqual({ year: 2026, month: 12, day: 31, weekday: 4 });
    expect(dateParts("2026-02-30")).toBeNull();
    expect(dateParts("31.12.2026")).toBeNull();
  });

  it("says 24:00 of the day that ends, not 00:00 of the next", () => {
    expect(limitParts(at("2027-01-01T00:00:00+08:00"))).toEqual({ date: "2026-12-31", time: "24:00" });
    expect(limitParts(at("2026-12-31T17:00:00+08:00"))).toEqual({ date: "2026-12-31", time: "17:00" });
  });

  it("shortens an instant by what the reader knows", () => {
    const now = at("2026-12-29T10:00:00+08:00");
    expect(shortInstant(at("2026-12-29T17:05:00+08:00"), now)).toBe("17:05");
    expect(shortInstant(at("2026-12-30T00:05:00+08:00"), now)).toBe("12-30 00:05");
    expect(shortInstant(at("2027-01-04T17:00:00+08:00"), now)).toBe("2027-01-04 17:00");
  });

  it("counts down in hours, minutes and seconds and stops at zero", () => {
    expect(clockText(3 * 3_600_000 + 12 * 60_000 + 45_000)).toBe("03:12:45");
    expect(clockText(1)).toBe("00:00:01");
    expect(clockText(-5)).toBe("00:00:00");
    expect(clockText(27 * 3_600_000)).toBe("27:00:00");
  });
});
