import { describe, expect, it } from "vitest";
import { isMentioned } from "../src/features/calendar/notice-dismissal";
import { MAX_FILE_BYTES, sizeProblem } from "../src/features/calendar/pack-file";
import { dayNumber } from "../src/shared/beijing";
import { en } from "../src/text/en";
import { zh } from "../src/text/zh";

const today = dayNumber(Date.parse("2026-11-24T23:59:59+08:00"));
const tomorrow = dayNumber(Date.parse("2026-11-25T00:00:00+08:00"));
const missing = { level: "notice", missing_year: 2027 } as const;

describe("notice that next year is missing", () => {
  it("is not mentioned while nothing is missing", () => {
    expect(isMentioned({ level: "good", missing_year: 2027 }, null, today)).toBe(false);
  });

  it("rests until the Beijing day ends when somebody puts it away", () => {
    expect(isMentioned(missing, null, today)).toBe(true);
    expect(isMentioned(missing, { day: today, year: 2027 }, today)).toBe(false);
    expect(isMentioned(missing, { day: today, year: 2027 }, tomorrow)).toBe(true);
  });

  it("is mentioned again for another year", () => {
    expect(isMentioned({ level: "notice", missing_year: 2028 }, { day: today, year: 2027 }, today)).toBe(true);
  });

  it("cannot be put away when it is urgent", () => {
    expect(isMentioned({ level: "urgent", missing_year: 2027 }, { day: today, year: 2027 }, today)).toBe(true);
  });

  it("says what is missing, what follows and what to do", () => {
    expect(zh.calendar.notice_short(2027) + zh.calendar.notice_long).toBe("2027 年放假安排未收到：跨年时限为暂定");
    for (const level of ["notice", "urgent"] as const) {
      expect(zh.calendar.health[level](2027)).toMatch(/2027.*暂定.*导入.*服务器/);
      expect(en.calendar.health[level](2027)).toMatch(/2027.*provisional.*mport.*server/);
    }
  });
});

describe("a file that is chosen as a calendar pack", () => {
  it("is refused by its size before it is read", () => {
    expect(sizeProblem(MAX_FILE_BYTES)).toBeNull();
    expect(sizeProblem(0)).toBeNull();
    const problem = sizeProblem(MAX_FILE_BYTES + 1);
    expect(problem).toEqual({ code: "calendar_refused", params: { refusal: "too_large" }, incident: "" });
    expect(zh.errors.calendar_refused(problem?.params ?? {})).toMatch(/没有读取.*现用的工作日历不变/);
    expect(sizeProblem(100 * 1024 * 1024)?.params.refusal).toBe("too_large");
  });
});
