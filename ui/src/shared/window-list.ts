// The arithmetic of a list of fixed-height rows of which only a window is on the page: which rows are drawn, which pages they need,
// where to scroll. It holds no rows.

/** A range of row indexes, end exclusive. */
export interface RowRange {
  start: number;
  end: number;
}

/** Rows to draw for a scroll position, with `overscan` rows above and below. */
export function visibleRange(
  scrollTop: number,
  height: number,
  rowHeight: number,
  total: number,
  overscan: number,
): RowRange {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight);
  const last = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight);
  const start = Math.min(Math.max(0, first - overscan), total);
  return { start, end: Math.max(start, Math.min(total, last + overscan)) };
}

/** Numbers of the pages that a range touches. */
export function pagesOf(range: RowRange, pageSize: number): number[] {
  if (range.end <= range.start) return [];
  const first = Math.floor(range.start / pageSize);
  const last = Math.floor((range.end - 1) / pageSize);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** The scroll position that shows a row, moving as little as possible. */
export function scrollToShow(index: number, scrollTop: number, height: number, rowHeight: number): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + height) return Math.max(0, top + rowHeight - height);
  return scrollTop;
}

/** A row index kept inside the list; -1 for an empty one. */
export function clampIndex(index: number, total: number): number {
  return total === 0 ? -1 : Math.min(Math.max(0, index), total - 1);
}

/** Rows that a page key moves: one screen less one row, at least one. */
export function pageStep(height: number, rowHeight: number): number {
  return Math.max(1, Math.floor(height / rowHeight) - 1);
}
