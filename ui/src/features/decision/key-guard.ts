// Keeps a key that was meant for the last case from deciding the next one: nothing decides within 300 ms of a change of case,
// and a key that is held down decides nothing.

export const QUIET_MS = 300;

export class KeyGuard {
  readonly #clock: () => number;
  #changedAt = Number.NEGATIVE_INFINITY;

  /** `clock`: monotonic milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Another case came on the screen. */
  caseChanged(): void {
    this.#changedAt = this.#clock();
  }

  /** Whether a key or a click may decide now. */
  allows(event: { repeat?: boolean }): boolean {
    return event.repeat !== true && this.#clock() - this.#changedAt >= QUIET_MS;
  }
}
