// The key of each reason in the list: digits first, then letters of the top row that decide nothing else.

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "q", "w", "y", "u", "i", "o", "p", "g", "h", "b"];

/** Every key that can mean a reason. */
export const REASON_KEYS: readonly string[] = KEYS;

/** The key of the reason at a place in the list; empty when there are no more keys. */
export function reasonKey(place: number): string {
  return KEYS[place] ?? "";
}

/** The place that a key means; -1 when none. */
export function reasonPlace(key: string): number {
  return KEYS.indexOf(key.toLowerCase());
}
