// The server's time on the page: the last answer plus what the monotonic clock counted since. One tick a second, on the second.
// The computer's wall clock is never asked.
import { minuteNumber } from "./beijing";

let anchorServerMs = 0;
let anchorMonotonicMs = 0;
let known = $state(false);
let second = $state(0);
let minute = $state(0);
let timer: ReturnType<typeof setTimeout> | undefined;

function read(): number {
  return anchorServerMs + (performance.now() - anchorMonotonicMs);
}

function tick(): void {
  const at = read();
  second = Math.floor(at / 1000) * 1000;
  minute = minuteNumber(at);
  // A few milliseconds past the second, so that a tick that comes early does not show the old one twice.
  timer = setTimeout(tick, 1000 - (at % 1000) + 4);
}

export const clock = {
  /** Takes the server's time over from an answer. */
  set(nowMs: number): void {
    anchorServerMs = nowMs;
    anchorMonotonicMs = performance.now();
    known = true;
    clearTimeout(timer);
    tick();
  },
  /** Whether a server time was ever heard. */
  get known(): boolean {
    return known;
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
