// The one short message that is shown; a new one takes the place of the old.

const SHOWN_MS = 5_000;

let words = $state("");
let timer: ReturnType<typeof setTimeout> | undefined;

export const notice = {
  get words(): string {
    return words;
  },
  say(next: string): void {
    words = next;
    clearTimeout(timer);
    timer = setTimeout(() => (words = ""), SHOWN_MS);
  },
  clear(): void {
    clearTimeout(timer);
    words = "";
  },
};
