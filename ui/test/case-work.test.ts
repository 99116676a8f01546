import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reminderChoices } from "../src/features/case/reminders";
import { inTurn } from "../src/features/case/turns";
import { KEEP_AFTER_MS, WorkKeeper, worthKeeping } from "../src/features/case/work-keeper";
import type { Content, Standing } from "../src/features/case/work-keeper";
import { dateTime } from "../src/shared/beijing";

const empty: Content = { draft: null, note: "", hold: null };
const hold = { note: "等回电", remind_at_ms: null };

describe("case work", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function keeper(answers: string[] = []) {
    const kept: Content[] = [];
    const told: Standing[] = [];
    const keep = async (content: Content): Promise<void> => {
      kept.push(content);
      const code = answers.shift() ?? null;
      if (code !== null) throw { code, params: {}, incident: "" };
    };
    return { kept, told, it: new WorkKeeper(empty, keep, (standing) => void told.push(standing)) };
  }

  it("is kept once typing pauses, as a whole", async () => {
    const { kept, told, it } = keeper();
    it.change({ note: "电" });
    await vi.advanceTimersByTimeAsync(KEEP_AFTER_MS - 1);
    it.change({ note: "电话" });
    await vi.advanceTimersByTimeAsync(KEEP_AFTER_MS - 1);
    expect(kept).toEqual([]);
    expect(told.at(-1)).toEqual({ isDirty: true, wasKept: false, error: null });
    await vi.advanceTimersByTimeAsync(1);
    expect(kept).toEqual([{ ...empty, note: "电话" }]);
    expect(told.at(-1)).toEqual({ isDirty: false, wasKept: true, error: null });
  });

  it("is kept at once when the case is left, and not again", async () => {
    const { kept, it } = keeper();
    it.change({ note: "a" });
    await it.flush();
    await it.flush();
    await vi.advanceTimersByTimeAsync(KEEP_AFTER_MS * 2);
    expect(kept).toHaveLength(1);
  });

  it("keeps nothing that was only read", async () => {
    const { kept, it } = keeper();
    await it.flush();
    it.change({ note: "" });
    await vi.advanceTimersByTimeAsync(KEEP_AFTER_MS);
    expect(kept).toEqual([]);
  });

  it("tells what failed, stays to be kept, and is kept by the next change", async () => {
    const { kept, told, it } = keeper(["disk_full"]);
    it.change({ note: "a" });
    await it.flush();
    expect(told.at(-1)).toMatchObject({ isDirty: true, error: { code: "disk_full" } });
    it.change({ note: "ab" });
    await vi.advanceTimersByTimeAsync(KEEP_AFTER_MS);
    expect(kept.map((content) => content.note)).toEqual(["a", "ab"]);
    expect(told.at(-1)).toEqual({ isDirty: false, wasKept: true, error: null });
  });

  it("lets a decision take the draft along without a word", async () => {
    const { told, it } = keeper(["already_decided_here"]);
    it.change({ draft: { kind: "reject", reasons: ["blurred"], text: "", note: "" } });
    await it.flush();
    expect(told.at(-1)).toEqual({ isDirty: false, wasKept: false, error: null });
  });

  it("takes a hold back that could not be kept, and keeps what was typed beside it", async () => {
    const { kept, it } = keeper(["storage"]);
    it.change({ note: "a" });
    await expect(it.changeNow({ hold })).rejects.toMatchObject({ code: "storage" });
    await it.flush();
    expect(kept).toEqual([
      { ...empty, note: "a", hold },
      { ...empty, note: "a" },
    ]);
  });

  it("keeps no mere choice", () => {
    expect(worthKeeping({ kind: "approve", reasons: [], text: "", note: "" })).toBeNull();
    expect(worthKeeping({ kind: null, reasons: [], text: "x", note: "" })).not.toBeNull();
  });

  it("asks one after another, also after a failure", async () => {
    const done: string[] = [];
    const slow = inTurn(
      () =>
        new Promise<void>((_, reject) =>
          setTimeout(() => {
            done.push("keep");
            reject(new Error("failed"));
          }, 100),
        ),
    );
    const next = inTurn(async () => void done.push("open"));
    await Promise.all([expect(slow).rejects.toThrow(), vi.advanceTimersByTimeAsync(100)]);
    await next;
    expect(done).toEqual(["keep", "open"]);
  });

  it("offers reminders in working hours of Beijing, the soonest first", () => {
    const now = Date.UTC(2026, 10, 27, 7, 50);
    expect(reminderChoices(now).map(dateTime)).toEqual([
      "2026-11-27 17:00",
      "2026-11-27 19:00",
      "2026-11-28 09:00",
      "2026-11-29 09:00",
      "2026-12-04 09:00",
    ]);
  });
});
