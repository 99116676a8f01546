import { describe, expect, it } from "vitest";
import {
  coveredRect,
  fit,
  matrixOf,
  MAX_SCALE,
  MIN_SCALE,
  panBy,
  turnBy,
  zoomAt,
} from "../src/shared/viewer-transform";

const picture = { width: 1600, height: 1000 };
const view = { width: 824, height: 524 };

/** Where a point of the picture (from its centre) lands on the view. */
function land(at: Parameters<typeof matrixOf>[0], px: number, py: number): [number, number] {
  const [a, b, c, d, e, f] = matrixOf(at, 1);
  return [a * px + c * py + e, b * px + d * py + f];
}

describe("viewer transform", () => {
  it("fits the whole picture in the middle", () => {
    const at = fit(picture, view, 0);
    expect(at.scale).toBeCloseTo(0.5);
    expect(coveredRect(at, picture)).toEqual({ x: 12, y: 12, width: 800, height: 500 });
  });

  it("fits a picture that lies on its side", () => {
    const at = fit(picture, view, 1);
    const rect = coveredRect(at, picture);
    expect(rect.height).toBeCloseTo(500);
    expect(rect.width).toBeCloseTo(312.5);
  });

  it("does not blow a tiny picture up without end", () => {
    expect(fit({ width: 20, height: 20 }, view, 0).scale).toBe(3);
  });

  it("keeps the point under the pointer while zooming", () => {
    const at = fit(picture, view, 0);
    const before = land(at, 100, -50);
    const after = land(zoomAt(at, 2, before[0], before[1]), 100, -50);
    expect(after[0]).toBeCloseTo(before[0]);
    expect(after[1]).toBeCloseTo(before[1]);
  });

  it("stops at the smallest and the largest scale", () => {
    const at = fit(picture, view, 0);
    expect(zoomAt(at, 1e9, 0, 0).scale).toBe(MAX_SCALE);
    expect(zoomAt(at, 1e-9, 0, 0).scale).toBe(MIN_SCALE);
  });

  it("turns clockwise and comes back after four quarters", () => {
    const at = { ...fit(picture, view, 0), x: 300, y: 200 };
    const once = turnBy(at, 1, view);
    // The right edge of the picture points down.
    const centre = land(once, 0, 0);
    const right = land(once, 100, 0);
    expect(right[0]).toBeCloseTo(centre[0]);
    expect(right[1]).toBeGreaterThan(centre[1]);
    let around = at;
    for (let i = 0; i < 4; i += 1) around = turnBy(around, 1, view);
    expect(around).toEqual(at);
    expect(turnBy(turnBy(at, 1, view), -1, view)).toEqual(at);
  });

  it("turns about the middle of the view", () => {
    const at = zoomAt(fit(picture, view, 0), 3, 10, 10);
    const turned = turnBy(at, 1, view);
    const offset = (p: typeof at): number => Math.hypot(p.x - view.width / 2, p.y - view.height / 2);
    expect(offset(turned)).toBeCloseTo(offset(at));
  });

  it("never lets the picture leave the view", () => {
    const at = fit(picture, view, 0);
    const far = coveredRect(panBy(at, 100_000, -100_000, picture, view), picture);
    expect(far.x).toBeLessThanOrEqual(view.width - 64);
    expect(far.y + far.height).toBeGreaterThanOrEqual(64);
  });

  it("draws in device pixels", () => {
    const [a, , , d, e, f] = matrixOf({ x: 10, y: 20, scale: 0.5, turns: 0 }, 2);
    expect([a, d, e, f]).toEqual([1, 1, 20, 40]);
  });
});
