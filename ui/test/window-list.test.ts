import { describe, expect, it } from "vitest";
import { PageCache } from "../src/shared/page-cache";
import { clampIndex, pagesOf, pageStep, scrollToShow, visibleRange } from "../src/shared/window-list";

describe("window list", () => {
  it("draws only what is in sight and a little more", () => {
    expect(visibleRange(0, 400, 40, 100_000, 5)).toEqual({ start: 0, end: 15 });
    expect(visibleRange(4000, 400, 40, 100_000, 5)).toEqual({ start: 95, end: 115 });
    expect(visibleRange(3_999_600, 400, 40, 100_000, 5)).toEqual({ start: 99_985, end: 100_000 });
  });

  it("is empty for an empty list and survives a list that shrank", () => {
    expect(visibleRange(0, 400, 40, 0, 5)).toEqual({ start: 0, end: 0 });
    expect(visibleRange(8000, 400, 40, 3, 5)).toEqual({ start: 3, end: 3 });
    expect(visibleRange(-30, 400, 40, 3, 5)).toEqual({ start: 0, end: 3 });
  });

  it("names the pages of a range", () => {
    expect(pagesOf({ start: 0, end: 100 }, 100)).toEqual([0]);
    expect(pagesOf({ start: 95, end: 205 }, 100)).toEqual([0, 1, 2]);
    expect(pagesOf({ start: 5, end: 5 }, 100)).toEqual([]);
  });

  it("scrolls as little as possible", () => {
    expect(scrollToShow(3, 0, 400, 40)).toBe(0);
    expect(scrollToShow(10, 0, 400, 40)).toBe(40);
    expect(scrollToShow(2, 200, 400, 40)).toBe(80);
  });

  it("keeps an index inside the list", () => {
    expect(clampIndex(-1, 5)).toBe(0);
    expect(clampIndex(9, 5)).toBe(4);
    expect(clampIndex(0, 0)).toBe(-1);
    expect(pageStep(420, 42)).toBe(9);
    expect(pageStep(10, 42)).toBe(1);
  });

  it("keeps at most so many pages, the ones used last", () => {
    const cache = new PageCache<string>(2);
    cache.put(0, ["a"]);
    cache.put(1, ["b"]);
    expect(cache.get(0)).toEqual(["a"]);
    cache.put(2, ["c"]);
    expect(cache.size).toBe(2);
    expect(cache.has(1)).toBe(false);
    expect(cache.has(0)).toBe(true);
    cache.keepOnly([2]);
    expect(cache.entries()).toEqual([[2, ["c"]]]);
  });
});
