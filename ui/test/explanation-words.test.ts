import { describe, expect, inject, it } from "vitest";
import {
  countDays,
  daySentence,
  dueOf,
  hereDueOf,
  noticesOf,
  sourceOf,
} from "../src/features/calendar/explanation-words";
import type { DayKindView, ExplainedDayView, ExplanationView, NoticeView, PolicyView } from "../src/ipc/types";
import { plusDays } from "../src/shared/beijing";
import { markWords } from "../src/shared/deadline-marks";
import { en } from "../src/text/en";
import { zh } from "../src/text/zh";

const notice: NoticeView = { year: 2026, number: null, issued: "2025-11-04", source: null };
const p0: PolicyView = {
  id: "P0",
  version: 1,
  working_days: 7,
  counts_first_day: false,
  moves_off_day: false,
  cut_off: null,
  close_of_business: "17:00",
};
const p1: PolicyView = { ...p0, id: "P1", moves_off_day: true, cut_off: "17:00" };
const p2: PolicyView = { ...p0, id: "P2", counts_first_day: true, cut_off: "17:00" };

/** Days from `first` on: `w` workday, `e` weekend, `h` Spring Festival, `m` make-up, `r` regional; counted from the second day on. */
function daysOf(first: string, letters: string): ExplainedDayView[] {
  const kinds: Record<string, DayKindView> = { w: "workday", e: "weekend", h: "holiday", m: "make_up", r: "regional" };
  let number = 0;
  return [...letters].map((letter, i) => {
    const kind = kinds[letter] ?? "workday";
    const counts = i > 0 && (kind === "workday" || kind === "make_up");
    if (counts) number += 1;
    return {
      date: plusDays(first, i),
      kind,
      holiday: kind === "holiday" || kind === "make_up" ? "春节" : null,
      notice: kind === "holiday" || kind === "make_up" ? notice : null,
      regional_source: kind === "regional" ? "条例第 4 条" : null,
      number: counts ? number : null,
      is_provisional: false,
    };
  });
}

// Submitted on Monday 9 February 2026: the Spring Festival from the 15th to the 23rd lies in between, Saturday the 14th is made up.
const days = daysOf("2026-02-09", "wwwwwmhhhhhhhhhww");
const view: ExplanationView = {
  case_id: "c",
  case_no: "RV-1",
  deadline: {
    status: "final",
    due_date: "2026-02-25",
    target_ms: 0,
    breach_ms: 0,
    earliest: null,
    latest: null,
    moved: null,
    difference: null,
  },
  submitted_at_ms: Date.parse("2026-02-09T10:00:00+08:00"),
  submitted_on: "2026-02-09",
  receipt_day: "2026-02-09",
  day1: "2026-02-10",
  due_date: "2026-02-25",
  policy: p0,
  region: null,
  pack_serial: 2026112401,
  server_pack_serial: 2026112401,
  missing_year: null,
  days,
};
const sentenceOf = (date: string, text = zh): string => {
  const day = days.find((one) => one.date === date);
  return day ? daySentence(text, view, day) : "";
};

describe(`explanation in words, in ${inject("zone")}`, () => {
  it("divides the days so that they add up", () => {
    const count = countDays(days);
    expect(count).toEqual({
      total: 17,
      counted: 7,
      make_up: 1,
      uncounted: 1,
      weekend: 0,
      regional: 0,
      holidays: [{ name: "春节", days: 9 }],
    });
    const off = count.weekend + count.regional + count.holidays.reduce((sum, one) => sum + one.days, 0);
    expect(count.counted + count.uncounted + off).toBe(count.total);
  });

  it("sums the count up in one sentence", () => {
    expect(zh.calendar.summary(countDays(days))).toBe(
      "含提交当日共 17 天：7 个工作日（其中调休补班 1 天），9 天休息（春节 9 天），1 个工作日不计（提交或收到当日）。",
    );
    expect(en.calendar.summary(countDays(days))).toBe(
      "17 days with the day of submission: 7 working days (of these 1 make-up day), 9 days off (9 Spring Festival), 1 working day not counted (day of submission or receipt).",
    );
  });

  it("leaves out of the sentence what there is none of", () => {
    const plain = zh.calendar.summary(countDays(daysOf("2026-11-21", "eewwwwweeww")));
    expect(plain).toBe("含提交当日共 11 天：7 个工作日，4 天休息（周末 4 天）。");
    expect(zh.calendar.summary(countDays(daysOf("2026-11-23", "ww")))).not.toMatch(/休息|调休/);
  });

  it("says every day in full", () => {
    expect(sentenceOf("2026-02-14")).toBe("2026年2月14日 周六，调休补班（春节），第 5 个工作日");
    expect(sentenceOf("2026-02-17")).toBe("2026年2月17日 周二，春节放假");
    expect(sentenceOf("2026-02-09")).toBe("2026年2月9日 周一，工作日，不计，提交当日");
    expect(sentenceOf("2026-02-25")).toBe("2026年2月25日 周三，工作日，第 7 个工作日，办结时限");
    expect(sentenceOf("2026-02-14", en)).toBe("Sat 14 Feb 2026, make-up working day (Spring Festival), working day 5");
  });

  it("says of a provisional day that it is", () => {
    const day = { ...days[8], date: "2027-01-01", holiday: "元旦", notice: null, is_provisional: true };
    expect(daySentence(zh, view, day as ExplainedDayView)).toBe("2027年1月1日 周五，元旦放假，暂定");
    expect(sourceOf(zh, day as ExplainedDayView)).toBe("通知未公布，按放假办法推算");
  });

  it("names each notice once, and says when no number was quoted", () => {
    expect(noticesOf(days)).toEqual([notice]);
    expect(zh.calendar.notice(notice)).toBe("国务院办公厅通知（未注文号），2025-11-04 发布，安排 2026 年");
    expect(zh.calendar.notice({ ...notice, number: "国办发明电〔2024〕12号" })).toMatch(/^国办发明电〔2024〕12号，/);
    expect(noticesOf(daysOf("2026-11-23", "wwww"))).toEqual([]);
  });

  it("tells the rule of each policy", () => {
    expect(zh.calendar.rule(p0)).toBe(
      "提交当日不计，自次一工作日起算，第 7 个工作日为办结时限；下班 17:00 为目标，24:00 为时限。（P0 第 1 版）",
    );
    expect(zh.calendar.rule(p1)).toMatch(
      /^休息日及工作日 17:00 以后提交的，视为次一工作日收到；收到当日不计，自次一工作日起算/,
    );
    expect(zh.calendar.rule(p2)).toMatch(/^工作日 17:00 前提交的，当日计为第 1 个工作日，否则自次一工作日起算/);
    for (const policy of [p0, p1, p2]) {
      expect(en.calendar.rule(policy)).toMatch(
        /working day 7 is the due day, with 17:00 as the target and 24:00 as the limit/,
      );
      expect(en.calendar.rule(policy)).not.toMatch(/undefined|null/);
    }
  });

  it("marks the server's day as the deadline, and the day counted to here as no more than that", () => {
    expect(dueOf(view)).toBe("2026-02-25");
    expect(hereDueOf(view)).toBeNull();
    const other = { ...view, deadline: { ...view.deadline, due_date: "2026-02-28" } };
    expect(dueOf(other)).toBe("2026-02-28");
    expect(hereDueOf(other)).toBe("2026-02-25");
    const last = days.at(-1) as ExplainedDayView;
    expect(daySentence(zh, other, last)).toBe("2026年2月25日 周三，工作日，第 7 个工作日，仅为本机推算，以服务器为准");
    expect(daySentence(en, other, last)).not.toContain("deadline");
    const unknown = { ...view, deadline: { ...view.deadline, due_date: null } };
    expect(dueOf(unknown)).toBeNull();
    expect(hereDueOf(unknown)).toBe("2026-02-25");
  });

  it("marks nothing where nothing can be counted", () => {
    const none = { ...view, due_date: null, days: [], deadline: { ...view.deadline, due_date: null } };
    expect(dueOf(none)).toBeNull();
    expect(hereDueOf(none)).toBeNull();
  });
});

describe("marks of a deadline", () => {
  const asItIs = (iso: string): string => iso;

  it("gives a reason for a mark that is borne, and for no other", () => {
    expect(markWords(zh, view.deadline, asItIs)).toEqual({
      provisional: undefined,
      moved: undefined,
      differs: undefined,
    });
  });

  it("names the first promise, and whether the move alone made it late", () => {
    const moved = { first_due_date: "2026-02-27", reason: "calendar", is_late_by_move: false } as const;
    expect(markWords(zh, { ...view.deadline, moved }, asItIs).moved).toBe("首次承诺为 2026-02-27，因日历调整改期。");
    expect(markWords(zh, { ...view.deadline, moved: { ...moved, is_late_by_move: true } }, asItIs).moved).toBe(
      "按首次承诺（2026-02-27）未超期，仅因日历调整而超期。",
    );
  });

  it("says that the server's date counts where this desktop differs", () => {
    for (const due_date of ["2026-02-26", null]) {
      const difference = { due_date, why: "other_pack" } as const;
      expect(markWords(zh, { ...view.deadline, difference }, asItIs).differs).toContain("以服务器为准");
      expect(markWords(en, { ...view.deadline, difference }, asItIs).differs).toContain("server's date counts");
    }
  });
});
