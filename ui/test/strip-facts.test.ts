import { describe, expect, it } from "vitest";
import { deliveryToSay, waitingOfOthers } from "../src/app/strip-facts";
import { bounds, firstChoice, within } from "../src/features/offline/offline-choice";

describe("strip", () => {
  it("says nothing of a delivery that works, and not twice what the connection says", () => {
    expect(deliveryToSay({ delivery: "working", connection: "online" })).toBeNull();
    expect(deliveryToSay({ delivery: "offline", connection: "offline" })).toBeNull();
    expect(deliveryToSay({ delivery: "needs_sign_in", connection: "sign_in_needed" })).toBeNull();
  });

  it("says what stops the delivery, whatever the connection is", () => {
    expect(deliveryToSay({ delivery: "offline", connection: "online" })).toBe("offline");
    expect(deliveryToSay({ delivery: "needs_sign_in", connection: "online" })).toBe("needs_sign_in");
    for (const connection of ["connecting", "online", "offline", "sign_in_needed"] as const) {
      for (const delivery of ["revoked", "too_old", "needs_unlock"] as const) {
        expect(deliveryToSay({ delivery, connection })).toBe(delivery);
      }
    }
  });

  it("adds up what waits for others, and guesses nothing", () => {
    expect(waitingOfOthers([])).toBeNull();
    expect(waitingOfOthers([{ undelivered: 2 }, { undelivered: 3 }])).toEqual({ count: 5 });
    expect(waitingOfOthers([{ undelivered: 2 }, { undelivered: null }])).toEqual({ count: null });
  });
});

describe("taking offline", () => {
  it("asks for no fewer than are held and no more than is allowed", () => {
    const view = { held: 7, most: 60 };
    expect(bounds(view)).toEqual({ least: 7, most: 60 });
    expect([0, 7, 30.4, 999, Number.NaN].map((typed) => within(typed, view))).toEqual([7, 7, 30, 60, 60]);
  });

  it("offers the time that stands, else the end of the next working day", () => {
    expect(firstChoice({ until_ms: 30, choices_ms: [10, 20, 30] })).toBe(30);
    expect(firstChoice({ until_ms: null, choices_ms: [10, 20, 30] })).toBe(20);
    expect(firstChoice({ until_ms: 5, choices_ms: [10] })).toBe(10);
    expect(firstChoice({ until_ms: null, choices_ms: [] })).toBeNull();
  });

  it("has a sensible answer where nothing is held or more is held than allowed", () => {
    expect(bounds({ held: 0, most: 60 })).toEqual({ least: 1, most: 60 });
    expect(bounds({ held: 80, most: 60 })).toEqual({ least: 60, most: 60 });
  });
});
