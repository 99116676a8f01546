import { describe, expect, it } from "vitest";
import { isBrowserKey } from "../src/app/browser-ways";
import { boundActions, KEYS } from "../src/app/keys";
import { REASON_KEYS } from "../src/features/decision/reason-keys";
import { offer, perform } from "../src/shared/actions";
import { en } from "../src/text/en";
import { zh } from "../src/text/zh";

const places: Record<string, string[]> = {
  queue: ["everywhere", "list"],
  case: ["everywhere", "case", "decision", "photo"],
};

describe("keys", () => {
  it("names every key in both languages", () => {
    for (const entry of KEYS) {
      expect(zh.keys[entry.name]).toBeTruthy();
      expect(en.keys[entry.name]).toBeTruthy();
      expect(entry.shown.length).toBeGreaterThan(0);
    }
  });

  it.each(Object.keys(places))("gives no key two meanings on the %s screen", (screen) => {
    const shown = KEYS.filter((entry) => places[screen]?.includes(entry.scope));
    for (const [binding, bound] of boundActions(shown)) {
      expect(
        bound.map((one) => one.id),
        binding,
      ).toHaveLength(1);
    }
  });

  it("binds every reason key", () => {
    const reason = KEYS.find((entry) => entry.name === "reason");
    expect(Object.keys(reason?.bindings ?? {}).sort()).toEqual([...REASON_KEYS].sort());
  });

  it("never repeats a decision key", () => {
    for (const entry of KEYS.filter((one) => one.scope === "decision")) expect(entry.repeats).toBeFalsy();
  });

  it("asks the newest part first and goes on when it declines", () => {
    const done: string[] = [];
    const event = {} as KeyboardEvent;
    const stopOld = offer({ leave: () => void done.push("screen") });
    const stopNew = offer({ leave: () => (done.length === 0 ? void done.push("panel") : false) });
    expect(perform("leave", event)).toBe(true);
    expect(perform("leave", event)).toBe(true);
    expect(done).toEqual(["panel", "screen"]);
    stopNew();
    stopOld();
    expect(perform("leave", event)).toBe(false);
  });
});

describe("browser keys", () => {
  const key = (name: string, mods: Partial<KeyboardEvent> = {}) => ({
    key: name,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    ...mods,
  });

  it("takes reload, print and save from the page and leaves the desk's own keys", () => {
    for (const name of ["r", "R", "p", "s"]) expect(isBrowserKey(key(name, { ctrlKey: true }))).toBe(true);
    expect(isBrowserKey(key("F5"))).toBe(true);
    expect(isBrowserKey(key("ArrowLeft", { altKey: true }))).toBe(true);
    for (const name of ["l", "1", "Enter", "c", "v", "a"])
      expect(isBrowserKey(key(name, { ctrlKey: true }))).toBe(false);
    expect(isBrowserKey(key("r"))).toBe(false);
  });
});
