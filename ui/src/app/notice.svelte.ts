// The one short message that is shown; a new one takes the place of the old.

const SHOWN_MS = 5_000;

/** Words by function, so that they follow a change of language. */
type Words = () => string;

let words = $state.raw<Words | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export const notice = {
  get words(): string {
    return words?.() ?? "";
  },
  say(next: Words): void {
    words = next;
    clearTimeout(timer);
    timer = setTimeout(() => (words = null), SHOWN_MS);
  },
  clear(): void {
    clearTimeout(timer);
    words = null;
  },
};
