// How many cases can be taken offline: never fewer than are held, since taking offline gives none back; never more than the server allows.
import type { TakenOfflineView } from "../../ipc/types";

type Bounds = Pick<TakenOfflineView, "held" | "most">;

/** The least and the most that can be chosen. */
export function bounds({ held, most }: Bounds): { least: number; most: number } {
  const least = Math.max(1, Math.min(held, most));
  return { least, most: Math.max(least, most) };
}

/** What was typed, as a number that can be asked for. */
export function within(typed: number, view: Bounds): number {
  const { least, most } = bounds(view);
  if (!Number.isFinite(typed)) return most;
  return Math.min(most, Math.max(least, Math.round(typed)));
}
