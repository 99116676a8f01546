// Opening, keeping and closing a case reach the shell one after another, in the order in which they were asked: what was typed is kept
// under the opening in which it was typed, and a late close never closes the case that was opened after it.

let last: Promise<unknown> = Promise.resolve();

/** Asks after everything that was asked before has been answered. */
export function inTurn<T>(ask: () => Promise<T>): Promise<T> {
  const mine = last.then(ask);
  last = mine.catch(() => undefined);
  return mine;
}

/** Answered when everything that was asked before is. */
export async function allAnswered(): Promise<void> {
  await last;
}
