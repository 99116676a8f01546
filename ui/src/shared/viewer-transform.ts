// How a picture lies in the viewer: centre, scale and quarter turns, in CSS pixels. Pure arithmetic; the drawing is the viewer's.

export interface Size {
  width: number;
  height: number;
}

export interface Placement {
  /** Centre of the picture in the view. */
  x: number;
  y: number;
  /** CSS pixels per picture pixel. */
  scale: number;
  /** Quarter turns clockwise, 0 to 3. */
  turns: number;
}

export const MIN_SCALE = 0.02;
export const MAX_SCALE = 12;
/** One press of a zoom key. */
export const ZOOM_STEP = 1.25;
/** A small picture is enlarged to fit, but not beyond this. */
const MAX_FIT = 3;
/** This much of the picture stays in sight however far it is dragged. */
const KEEP = 64;

/** Size of the picture as it lies, before scaling. */
export function turned(picture: Size, turns: number): Size {
  return turns % 2 === 0 ? picture : { width: picture.height, height: picture.width };
}

/** The whole picture, centred, as large as the view allows. */
export function fit(picture: Size, view: Size, turns: number, margin = 12): Placement {
  const lying = turned(picture, turns);
  const width = Math.max(1, view.width - 2 * margin);
  const height = Math.max(1, view.height - 2 * margin);
  const scale = Math.min(width / Math.max(1, lying.width), height / Math.max(1, lying.height), MAX_FIT);
  return { x: view.width / 2, y: view.height / 2, scale, turns };
}

/** Scales by `factor` so that the point under (`px`, `py`) stays where it is. */
export function zoomAt(at: Placement, factor: number, px: number, py: number): Placement {
  const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, at.scale * factor));
  const real = scale / at.scale;
  return { ...at, scale, x: px + (at.x - px) * real, y: py + (at.y - py) * real };
}

/** Moves the picture, but never wholly out of sight. */
export function panBy(at: Placement, dx: number, dy: number, picture: Size, view: Size): Placement {
  return keepInSight({ ...at, x: at.x + dx, y: at.y + dy }, picture, view);
}

/** Turns by quarter turns about the middle of the view. */
export function turnBy(at: Placement, quarters: number, view: Size): Placement {
  const q = (((quarters % 4) + 4) % 4) as 0 | 1 | 2 | 3;
  const dx = at.x - view.width / 2;
  const dy = at.y - view.height / 2;
  const moved = q === 0 ? [dx, dy] : q === 1 ? [-dy, dx] : q === 2 ? [-dx, -dy] : [dy, -dx];
  return {
    ...at,
    turns: (at.turns + q) % 4,
    x: view.width / 2 + (moved[0] ?? 0),
    y: view.height / 2 + (moved[1] ?? 0),
  };
}

/** The rectangle that the picture covers in the view. */
export function coveredRect(at: Placement, picture: Size): { x: number; y: number; width: number; height: number } {
  const lying = turned(picture, at.turns);
  const width = lying.width * at.scale;
  const height = lying.height * at.scale;
  return { x: at.x - width / 2, y: at.y - height / 2, width, height };
}

/** Keeps a strip of the picture inside the view. */
export function keepInSight(at: Placement, picture: Size, view: Size): Placement {
  const rect = coveredRect(at, picture);
  const keepX = Math.min(KEEP, rect.width, view.width);
  const keepY = Math.min(KEEP, rect.height, view.height);
  const x = Math.min(Math.max(rect.x, keepX - rect.width), view.width - keepX);
  const y = Math.min(Math.max(rect.y, keepY - rect.height), view.height - keepY);
  return { ...at, x: at.x + (x - rect.x), y: at.y + (y - rect.y) };
}

/** The six numbers of the canvas transform that draws the picture with its own centre at the origin. */
export function matrixOf(at: Placement, pixelRatio: number): [number, number, number, number, number, number] {
  const s = at.scale * pixelRatio;
  const cos = [1, 0, -1, 0][at.turns % 4] ?? 1;
  const sin = [0, 1, 0, -1][at.turns % 4] ?? 0;
  return [cos * s, sin * s, -sin * s, cos * s, at.x * pixelRatio, at.y * pixelRatio];
}
