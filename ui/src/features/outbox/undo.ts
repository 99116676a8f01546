// Which decision can be taken back, and for how long: the newest whose time is not over by the server's clock.
import type { OutboxRowView } from "../../ipc/types";

type Undoable = Pick<OutboxRowView, "can_undo" | "undo_until_ms" | "decided_at_ms">;

/**
 * Seconds in which a decision can be taken back, at least 1; null when there is no such time or it is over. Rounded down: the page's clock
 * steps, so that up to a second of it may be gone already.
 */
export function undoSeconds(row: Undoable, now: number): number | null {
  if (!row.can_undo || row.undo_until_ms === null || row.undo_until_ms <= now) return null;
  return Math.max(1, Math.floor((row.undo_until_ms - now) / 1000));
}

/** The decision that the key takes back: the newest whose time is not over. */
export function newestUndoable<R extends Undoable>(rows: readonly R[], now: number): R | null {
  let newest: R | null = null;
  for (const row of rows) {
    if (undoSeconds(row, now) === null) continue;
    if (newest === null || row.decided_at_ms > newest.decided_at_ms) newest = row;
  }
  return newest;
}
