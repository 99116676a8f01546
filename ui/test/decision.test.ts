import { describe, expect, it } from "vitest";
import { isSameOpinion, kindToBeginWith, offeredReasons, opinionOf } from "../src/features/decision/opinion";
import { REASON_KEYS, reasonKey, reasonPlace } from "../src/features/decision/reason-keys";
import { groupOutbox } from "../src/features/outbox/outbox-groups";
import type { OutboxRowView, OutboxStateView, ReasonView } from "../src/ipc/types";
import { groupNumber } from "../src/shared/document-number";

const reason = (code: string, kind: "retry" | "escalate", needs_text = false): ReasonView => ({
  code,
  kind,
  needs_text,
  label_zh: code,
  label_en: code,
});
const reasons = [reason("blurred", "retry"), reason("other", "retry", true), reason("portrait_in_doubt", "escalate")];

describe("opinion", () => {
  it("offers reasons that fit and puts escalate reasons first where they count", () => {
    expect(offeredReasons("approve", reasons)).toEqual([]);
    expect(offeredReasons("reject", reasons).map((one) => one.code)).toEqual(["blurred", "other"]);
    expect(offeredReasons("escalate", reasons).map((one) => one.code)).toEqual([
      "portrait_in_doubt",
      "blurred",
      "other",
    ]);
  });

  it("sends neither reasons nor text with an approval", () => {
    expect(opinionOf("approve", ["blurred"], "text", reasons)).toEqual({ kind: "approve", reasons: [], text: "" });
  });

  it("drops a reason that the opinion does not offer", () => {
    const opinion = opinionOf("reject", ["other", "portrait_in_doubt", "blurred"], " a ", reasons);
    expect(opinion).toEqual({ kind: "reject", reasons: ["blurred", "other"], text: "a" });
    expect(isSameOpinion(opinion, { ...opinion })).toBe(true);
    expect(isSameOpinion(opinion, { ...opinion, text: "b" })).toBe(false);
  });

  it("gives every reason of the starter catalogue a key of its own", () => {
    expect(new Set(REASON_KEYS).size).toBe(REASON_KEYS.length);
    expect(REASON_KEYS.length).toBeGreaterThanOrEqual(17);
    expect(REASON_KEYS).not.toEqual(expect.arrayContaining(["a"]));
    expect(reasonPlace(reasonKey(9))).toBe(9);
    expect(reasonPlace("Q")).toBe(10);
    expect(reasonKey(99)).toBe("");
  });

  it("begins with what a draft had, but an approval is chosen anew", () => {
    const draft = { reasons: [], text: "", note: "" };
    expect(kindToBeginWith({ ...draft, kind: "reject" })).toBe("reject");
    expect(kindToBeginWith({ ...draft, kind: "escalate" })).toBe("escalate");
    expect(kindToBeginWith({ ...draft, kind: "approve" })).toBeNull();
    expect(kindToBeginWith(null)).toBeNull();
  });
});

describe("document number", () => {
  it("is grouped as the eye reads a card", () => {
    expect(groupNumber("11010519491231002X")).toEqual(["110105", "19491231", "002X"]);
    expect(groupNumber("H12345678")).toEqual(["H", "1234", "5678"]);
    expect(groupNumber("HA1234567")).toEqual(["HA", "123", "4567"]);
    expect(groupNumber("12345678")).toEqual(["1234", "5678"]);
    expect(groupNumber("?")).toEqual(["?"]);
  });
});

describe("outbox", () => {
  const row = (decision_id: string, state: OutboxStateView, limit: number | null): OutboxRowView => ({
    decision_id,
    state,
    breach_ms: limit,
    case_id: "",
    case_no: "",
    name: null,
    opinion: "approve",
    reasons: [],
    text: "",
    note: "",
    decided_at_ms: 0,
    attempts: 0,
    next_attempt_ms: null,
    problem: null,
    standing: null,
    delivered_at_ms: limit,
    receipt_state: null,
    undo_until_ms: null,
    is_stuck: false,
    changed: [],
    can_redo: false,
    can_undo: false,
    can_retry: false,
    can_dismiss: false,
  });

  it("puts what needs a person first and the rest by deadline", () => {
    const groups = groupOutbox([
      row("late", "queued", 9),
      row("none", "queued", null),
      row("old", "delivered", 1),
      row("clash", "conflict", 5),
      row("soon", "sending", 2),
      row("new", "delivered", 7),
      row("aside", "parked", 3),
    ]);
    const ids = (rows: OutboxRowView[]): string[] => rows.map((one) => one.decision_id);
    expect(ids(groups.attention)).toEqual(["aside", "clash"]);
    expect(ids(groups.waiting)).toEqual(["soon", "late", "none"]);
    expect(ids(groups.delivered)).toEqual(["new", "old"]);
  });
});
