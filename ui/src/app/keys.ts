// Every key of the window in one place: what it does, where it is listed, how it is written. The keys dialog is made from this table and
// tinykeys binds it. Single keys do nothing in fields, while an input method composes, and while a dialog is open.
import { tinykeys } from "tinykeys";
import { perform } from "../shared/actions";
import type { ActionId } from "../shared/actions";
import type { Catalogue } from "../text/zh";

type KeyName = Exclude<keyof Catalogue["keys"], "title" | "hint" | "scope">;
export type KeyScope = keyof Catalogue["keys"]["scope"];

export interface KeyEntry {
  scope: KeyScope;
  name: KeyName;
  /** As it is written for people; alternatives apart. */
  shown: readonly string[];
  /** Bindings and what each does. */
  bindings: Readonly<Record<string, ActionId>>;
  /** Works while a field has the focus. */
  inFields?: boolean;
  /** A key that is held down goes on. */
  repeats?: boolean;
}

const one = (id: ActionId, ...bindings: string[]): Record<string, ActionId> =>
  Object.fromEntries(bindings.map((binding) => [binding, id]));
const reasonBindings = one("decision.reason", ..."1234567890qwyuiopghb");

export const KEYS: readonly KeyEntry[] = [
  { scope: "everywhere", name: "show", shown: ["?"], bindings: one("keys.show", "Shift+?", "?") },
  { scope: "everywhere", name: "queue", shown: ["Ctrl 1"], bindings: one("go.queue", "Control+1"), inFields: true },
  { scope: "everywhere", name: "outbox", shown: ["Ctrl 2"], bindings: one("go.outbox", "Control+2"), inFields: true },
  {
    scope: "everywhere",
    name: "settings",
    shown: ["Ctrl 3"],
    bindings: one("go.settings", "Control+3"),
    inFields: true,
  },
  { scope: "everywhere", name: "lock", shown: ["Ctrl L"], bindings: one("session.lock", "Control+l"), inFields: true },
  { scope: "everywhere", name: "undo", shown: ["Ctrl Z"], bindings: one("decision.undo", "Control+z") },
  { scope: "everywhere", name: "leave", shown: ["Esc"], bindings: one("leave", "Escape"), inFields: true },

  { scope: "list", name: "down", shown: ["↓", "J"], bindings: one("list.down", "ArrowDown", "j"), repeats: true },
  { scope: "list", name: "up", shown: ["↑", "K"], bindings: one("list.up", "ArrowUp", "k"), repeats: true },
  { scope: "list", name: "page_down", shown: ["PgDn"], bindings: one("list.page_down", "PageDown"), repeats: true },
  { scope: "list", name: "page_up", shown: ["PgUp"], bindings: one("list.page_up", "PageUp"), repeats: true },
  { scope: "list", name: "first", shown: ["Home"], bindings: one("list.first", "Home") },
  { scope: "list", name: "last", shown: ["End"], bindings: one("list.last", "End") },
  { scope: "list", name: "open", shown: ["Enter"], bindings: one("list.open", "Enter") },
  { scope: "list", name: "only_mine", shown: ["M"], bindings: one("queue.only_mine", "m") },
  { scope: "list", name: "explain", shown: ["D"], bindings: one("deadline.explain", "d") },

  { scope: "decision", name: "approve", shown: ["A"], bindings: one("decision.approve", "a") },
  { scope: "decision", name: "reject", shown: ["R"], bindings: one("decision.reject", "r") },
  { scope: "decision", name: "escalate", shown: ["E"], bindings: one("decision.escalate", "e") },
  { scope: "decision", name: "reason", shown: ["1 – 0", "Q W Y …"], bindings: reasonBindings },
  { scope: "decision", name: "note", shown: ["M"], bindings: one("decision.note", "m") },
  {
    scope: "decision",
    name: "confirm",
    shown: ["Ctrl Enter"],
    bindings: one("decision.confirm", "Control+Enter"),
    inFields: true,
  },

  { scope: "case", name: "next_case", shown: ["N"], bindings: one("case.next", "n") },
  { scope: "case", name: "explain", shown: ["D"], bindings: one("deadline.explain", "d") },
  { scope: "case", name: "technical", shown: ["X"], bindings: one("case.technical", "x") },
  { scope: "case", name: "case_note", shown: ["Shift N"], bindings: one("case.note", "Shift+n") },
  { scope: "case", name: "hold", shown: ["Shift H"], bindings: one("case.hold", "Shift+h") },
  { scope: "case", name: "give_back", shown: ["Shift G"], bindings: one("case.give_back", "Shift+g") },
  { scope: "case", name: "recuse", shown: ["Shift B"], bindings: one("case.recuse", "Shift+b") },

  { scope: "photo", name: "photo_next", shown: ["]"], bindings: one("photo.next", "]") },
  { scope: "photo", name: "photo_previous", shown: ["["], bindings: one("photo.previous", "[") },
  { scope: "photo", name: "fit", shown: ["F"], bindings: one("photo.fit", "f") },
  { scope: "photo", name: "actual", shown: ["Z"], bindings: one("photo.actual", "z") },
  { scope: "photo", name: "zoom_in", shown: ["+"], bindings: one("photo.zoom_in", "+", "Shift++", "="), repeats: true },
  { scope: "photo", name: "zoom_out", shown: ["-"], bindings: one("photo.zoom_out", "-"), repeats: true },
  { scope: "photo", name: "turn_right", shown: ["T"], bindings: one("photo.turn_right", "t") },
  { scope: "photo", name: "turn_left", shown: ["Shift T"], bindings: one("photo.turn_left", "Shift+t") },
  {
    scope: "photo",
    name: "pan",
    shown: ["← ↑ ↓ →"],
    bindings: {
      ArrowLeft: "photo.left",
      ArrowRight: "photo.right",
      ArrowUp: "photo.up",
      ArrowDown: "photo.down",
    },
    repeats: true,
  },
];

interface Bound {
  id: ActionId;
  entry: KeyEntry;
}

/** What each binding may do, in the order of the table; the first that somebody wants is done. */
export function boundActions(entries: readonly KeyEntry[]): Map<string, Bound[]> {
  const bound = new Map<string, Bound[]>();
  for (const entry of entries) {
    for (const [binding, id] of Object.entries(entry.bindings)) {
      bound.set(binding, [...(bound.get(binding) ?? []), { id, entry }]);
    }
  }
  return bound;
}

/** The input method has the key. */
function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

function isEditable(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "file"].includes(target.type);
}

/** The element does something of its own with the key. */
function isTaken(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (event.key === "Enter" && !event.ctrlKey) return target.closest("button, a, input, summary") !== null;
  if (event.key.startsWith("Arrow")) return target instanceof HTMLInputElement && target.type === "radio";
  return false;
}

/** Binds every key; returns the way to stop. */
export function bindKeys(): () => void {
  const handlers = Object.fromEntries(
    [...boundActions(KEYS)].map(([binding, bound]) => [
      binding,
      (event: KeyboardEvent): void => {
        if (event.defaultPrevented || isComposing(event) || isTaken(event)) return;
        if (document.querySelector("dialog[open]") !== null) return;
        const inField = isEditable(event.target);
        for (const { id, entry } of bound) {
          if ((inField && !entry.inFields) || (event.repeat && !entry.repeats)) continue;
          if (perform(id, event)) {
            event.preventDefault();
            return;
          }
        }
      },
    ]),
  );
  return tinykeys(window, handlers);
}
