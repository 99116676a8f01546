// What can be asked for when cases are taken offline: never fewer than are held, since taking offline gives none back; never more than the
// server allows; and the time that is offered first.
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

/** The time that stands now; else the end of the next working day, since today's end is hardly worth it. */
export function firstChoice({
  until_ms,
  choices_ms,
}: Pick<TakenOfflineView, "until_ms" | "choices_ms">): number | null {
  return choices_ms.find((choice) => choice === until_ms) ?? choices_ms[1] ?? choices_ms[0] ?? null;
}
