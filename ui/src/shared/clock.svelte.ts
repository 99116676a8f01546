// The server's time on the page: the last answer plus what the monotonic clock counted since. One tick a second, on the second.
// The computer's wall clock never gives a time; it only betrays that the computer slept, during which the monotonic clock stands still.
import type { ClockView } from "../ipc/types";
import { minuteNumber } from "./beijing";

let anchorServerMs = 0;
let anchorMonotonicMs = 0;
let anchorWallMs = 0;
let doubted: () => void = () => undefined;
let known = $state(false);
let isEstimate = $state(false);
let errorMs = $state<number | null>(null);
let second = $state(0);
let minute = $state(0);
let timer: ReturnType<typeof setTimeout> | undefined;

function read(): number {
  return anchorServerMs + (performance.now() - anchorMonotonicMs);
}

/** The two clocks of this computer may part by this much before a sleep is suspected. */
const SLEPT_ABOVE_MS = 2000;

/** Asks for the time anew when the computer slept or its clock was set since the last answer. */
function doubt(): void {
  const parted = Date.now() - anchorWallMs - (performance.now() - anchorMonotonicMs);
  if (known && Math.abs(parted) > SLEPT_ABOVE_MS) {
    anchorWallMs += parted;
    doubted();
  }
}

function tick(): void {
  doubt();
  const at = read();
  second = Math.floor(at / 1000) * 1000;
  minute = minuteNumber(at);
  // A few milliseconds past the second, so that a tick that comes early does not show the old one twice.
  timer = setTimeout(tick, 1000 - (at % 1000) + 4);
}

export const clock = {
  /** Takes the server's time over from an answer, and how far it can be trusted. */
  set({ now_ms, error_ms, is_estimate }: ClockView): void {
    anchorServerMs = now_ms;
    anchorMonotonicMs = performance.now();
    anchorWallMs = Date.now();
    known = true;
    isEstimate = is_estimate;
    errorMs = error_ms;
    clearTimeout(timer);
    tick();
  },
  /** Whom to call when the time can no longer be trusted. */
  onDoubt(ask: () => void): void {
    doubted = ask;
  },
  /** Whether a server time was ever heard. */
  get known(): boolean {
    return known;
  },
  /** The last word from the server is older than an hour, or there was none: 估算. */
  get isEstimate(): boolean {
    return isEstimate;
  },
  /** Error bound at the last answer, ms; null when the server was not heard since the start. */
  get errorMs(): number | null {
    return errorMs;
  },
  /** Server time at the last whole second, ms; reading it in a component follows the tick. */
  get now(): number {
    return second;
  },
  /** Number of the minute; reading it follows the change of the minute only. */
  get minute(): number {
    return minute;
  },
};
