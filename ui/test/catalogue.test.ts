import { describe, expect, it } from "vitest";
import type { CalendarRefusalView, ErrorCode } from "../src/ipc/types";
import types from "../src/ipc/types.ts?raw";
import { en } from "../src/text/en";
import { zh } from "../src/text/zh";

const union = /export type ErrorCode = ([^;]+);/.exec(types)?.[1] ?? "";
const codes = [...union.matchAll(/"(\w+)"/g)].map((match) => match[1] as ErrorCode);
const refusalUnion = /export type CalendarRefusalView = ([^;]+);/.exec(types)?.[1] ?? "";
const refusals = [...refusalUnion.matchAll(/"(\w+)"/g)].map((match) => match[1] as CalendarRefusalView);
const params = { retry_after_s: 120, count: 3, status: 503, holder: "王敏", reason: "other", at_ms: 0, tries_left: 2 };

function leaves(value: object, path = ""): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "object" && inner !== null ? leaves(inner, `${path}.${key}`) : [[`${path}.${key}`, inner]],
  ) as [string, unknown][];
}

describe("catalogue", () => {
  it("knows the error codes of the shell", () => {
    expect(codes.length).toBeGreaterThan(40);
    expect(codes).toContain("wrong_password");
  });

  it.each(codes)("has a sentence for %s in both languages, with and without its parameters", (code) => {
    for (const catalogue of [zh, en]) {
      for (const given of [params, {}]) {
        const said = catalogue.errors[code](given);
        expect(said.length).toBeGreaterThan(12);
        expect(said).not.toMatch(/undefined|null|NaN/);
        expect(said).toMatch(/[。.]$/);
        // What happened, what was kept, what to do.
        expect(said.split(/[。；;.](?:\s|$|(?=[\u4e00-\u9fff]))/).filter(Boolean).length).toBeGreaterThanOrEqual(2);
      }
    }
  });

  it("knows the refusals of a calendar pack", () => {
    expect(refusals).toContain("wrong_signature");
    expect(refusals.length).toBeGreaterThan(12);
  });

  it.each(refusals)(
    "says of a pack refused as %s what is wrong, that the one in force stays, and what to do",
    (refusal) => {
      const chinese = zh.errors.calendar_refused({ refusal });
      const english = en.errors.calendar_refused({ refusal });
      expect(chinese).toMatch(/^.{6,}。现用的工作日历不变。.{6,}。$/);
      expect(english).toMatch(/^.{12,}\. The calendar in force stays\. .{12,}\.$/);
      for (const [catalogue, said] of [
        [zh, chinese],
        [en, english],
      ] as const) {
        expect(said).not.toBe(catalogue.errors.calendar_refused({}));
        const others = refusals.filter((other) => catalogue.errors.calendar_refused({ refusal: other }) === said);
        expect(others).toEqual([refusal]);
      }
    },
  );

  it("names the tries that are left only where they are few", () => {
    for (const catalogue of [zh, en]) {
      expect(catalogue.errors.unlock_failed({ tries_left: 3 })).toContain("3");
      expect(catalogue.errors.unlock_failed({ tries_left: 9 })).toBe(catalogue.errors.unlock_failed({}));
    }
  });

  it("has no sentence for a code that does not exist", () => {
    expect(Object.keys(zh.errors).sort()).toEqual([...codes].sort());
    expect(Object.keys(en.errors).sort()).toEqual([...codes].sort());
  });

  it("has the same keys in both languages, none of them empty", () => {
    const [chinese, english] = [leaves(zh), leaves(en)];
    expect(english.map(([key]) => key)).toEqual(chinese.map(([key]) => key));
    for (const [key, value] of [...chinese, ...english]) {
      if (typeof value === "string") expect(value, key).not.toBe("");
    }
  });

  it("speaks no Chinese in English but for the name of the other language and the terms that are explained", () => {
    const allowed = [".app.other_language", ".case.long_term"];
    for (const [key, value] of leaves(en)) {
      if (typeof value === "string" && !allowed.includes(key)) expect(value, key).not.toMatch(/[\u4e00-\u9fff]/);
    }
  });

  it("never says delivered of what is only saved, and never locked until", () => {
    expect(zh.decision.saved).not.toContain("已送达");
    expect(zh.decision.consequence_none(3, "2027-01-01")).not.toMatch(/锁定/);
    expect(en.decision.consequence_none(3, "2027-01-01")).not.toMatch(/locked/);
  });
});
