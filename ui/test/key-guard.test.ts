import { describe, expect, it } from "vitest";
import { KeyGuard, QUIET_MS } from "../src/features/decision/key-guard";

describe("key guard", () => {
  it("ignores a decision key within 300 ms of a change of case", () => {
    let now = 1000;
    const guard = new KeyGuard(() => now);
    guard.caseChanged();
    expect(guard.allows({ repeat: false })).toBe(false);
    now += QUIET_MS - 1;
    expect(guard.allows({ repeat: false })).toBe(false);
    now += 1;
    expect(guard.allows({ repeat: false })).toBe(true);
  });

  it("starts the quiet time again with every case", () => {
    let now = 0;
    const guard = new KeyGuard(() => now);
    guard.caseChanged();
    now = 250;
    guard.caseChanged();
    now = 400;
    expect(guard.allows({})).toBe(false);
    now = 550;
    expect(guard.allows({})).toBe(true);
  });

  it("never lets a key that is held down decide", () => {
    const guard = new KeyGuard(() => 10_000);
    expect(guard.allows({ repeat: true })).toBe(false);
    expect(guard.allows({ repeat: false })).toBe(true);
  });
});
