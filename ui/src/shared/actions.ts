// What a key can do, by name. A part of the page that is on the screen says here how it does it; the shell binds the keys.
// The newest part that can do an action gets it, so that a dialog stands before the screen under it.

export type ActionId =
  | "keys.show"
  | "go.queue"
  | "go.outbox"
  | "go.settings"
  | "session.lock"
  | "leave"
  | "list.down"
  | "list.up"
  | "list.page_down"
  | "list.page_up"
  | "list.first"
  | "list.last"
  | "list.open"
  | "queue.only_mine"
  | "deadline.explain"
  | "case.next"
  | "case.technical"
  | "photo.next"
  | "photo.previous"
  | "photo.fit"
  | "photo.actual"
  | "photo.zoom_in"
  | "photo.zoom_out"
  | "photo.turn_right"
  | "photo.turn_left"
  | "photo.left"
  | "photo.right"
  | "photo.up"
  | "photo.down"
  | "decision.approve"
  | "decision.reject"
  | "decision.escalate"
  | "decision.confirm"
  | "decision.note"
  | "decision.reason"
  | "decision.undo"
  | "case.hold"
  | "case.give_back"
  | "case.recuse"
  | "case.note";

/** Does the action; `false` when it does not want it now, and the next older part is asked. */
export type ActionHandler = (event: KeyboardEvent) => boolean | void;

const stacks = new Map<ActionId, ActionHandler[]>();

/** Takes an action on until the returned function is called. */
export function offer(handlers: Partial<Record<ActionId, ActionHandler>>): () => void {
  const added = Object.entries(handlers) as [ActionId, ActionHandler][];
  for (const [id, handler] of added) stacks.set(id, [...(stacks.get(id) ?? []), handler]);
  return () => {
    for (const [id, handler] of added) {
      stacks.set(
        id,
        (stacks.get(id) ?? []).filter((other) => other !== handler),
      );
    }
  };
}

/** Lets the newest part that can do the action do it; tells whether one did. */
export function perform(id: ActionId, event: KeyboardEvent): boolean {
  const stack = stacks.get(id) ?? [];
  for (let i = stack.length - 1; i >= 0; i -= 1) {
    if (stack[i]?.(event) !== false) return true;
  }
  return false;
}
