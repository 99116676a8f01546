import { describe, expect, it } from "vitest";
import { newestUndoable, undoSeconds } from "../src/features/outbox/undo";

const row = (decided_at_ms: number, undo_until_ms: number | null, can_undo = true) => ({
  decided_at_ms,
  undo_until_ms,
  can_undo,
});

describe("undo", () => {
  it("counts whole seconds down and ends at the moment that the shell gave", () => {
    expect(undoSeconds(row(0, 10_000), 0)).toBe(10);
    expect(undoSeconds(row(0, 10_000), -900)).toBe(10);
    expect(undoSeconds(row(0, 10_000), 9_001)).toBe(1);
    expect(undoSeconds(row(0, 10_000), 10_000)).toBeNull();
    expect(undoSeconds(row(0, null), 0)).toBeNull();
    expect(undoSeconds(row(0, 10_000, false), 0)).toBeNull();
  });

  it("takes the newest decision back, then the one before it, never one whose time is over", () => {
    const [old, newer, gone] = [row(1, 20), row(5, 30), row(9, 8)];
    expect(newestUndoable([old, newer, gone], 10)).toBe(newer);
    expect(newestUndoable([old, gone], 10)).toBe(old);
    expect(newestUndoable([old, newer, gone], 30)).toBeNull();
    expect(newestUndoable([], 0)).toBeNull();
  });
});
