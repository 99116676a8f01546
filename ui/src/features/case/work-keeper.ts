// Keeps draft, note and hold of one opening of a case: a moment after a change, at once when asked, never what is kept already, and one
// after another. It deliberately knows neither the shell nor the page.
import type { CommandError, DraftView, HoldView } from "../../ipc/types";
import { inTurn } from "./turns";

/** How long typing must pause before it is kept. */
export const KEEP_AFTER_MS = 500;

export interface Content {
  draft: DraftView | null;
  note: string;
  hold: HoldView | null;
}

/** How keeping stands. */
export interface Standing {
  /** What was typed is not kept yet. */
  isDirty: boolean;
  /** Something was kept since the opening. */
  wasKept: boolean;
  error: CommandError | null;
}

/** A draft that is worth keeping: a mere choice is not, it is made anew each time. */
export function worthKeeping(draft: DraftView): DraftView | null {
  return draft.reasons.length === 0 && draft.text === "" && draft.note === "" ? null : draft;
}

/** The answers that say that there is nothing to keep: a decision took the draft along, or the desk is locked. */
const SETTLED: readonly CommandError["code"][] = ["already_decided_here", "locked"];

export class WorkKeeper {
  readonly #keep: (content: Content) => Promise<unknown>;
  readonly #told: (standing: Standing) => void;
  #content: Content;
  #kept: string;
  #wasKept = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `told` hears how it stands after every change. */
  constructor(begin: Content, keep: (content: Content) => Promise<unknown>, told: (standing: Standing) => void) {
    this.#content = begin;
    this.#kept = JSON.stringify(begin);
    this.#keep = keep;
    this.#told = told;
  }

  /** Takes a change; it is kept when no other one follows for a moment. */
  change(part: Partial<Content>): void {
    this.#content = { ...this.#content, ...part };
    clearTimeout(this.#timer);
    if (this.#isDirty()) this.#timer = setTimeout(() => void this.flush(), KEEP_AFTER_MS);
    this.#tell(null);
  }

  /** Keeps what is not kept yet. What fails is told, not thrown. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    await inTurn(() => this.#save()).catch((thrown: CommandError) => this.#tell(thrown));
  }

  /** Takes a change and keeps it at once; when that fails, the change is as if it had not been. */
  async changeNow(part: Partial<Content>): Promise<void> {
    const before = this.#content;
    this.#content = { ...before, ...part };
    try {
      await inTurn(() => this.#save());
    } catch (thrown) {
      const undone = Object.fromEntries(Object.keys(part).map((key) => [key, before[key as keyof Content]]));
      this.#content = { ...this.#content, ...undone };
      throw thrown;
    }
  }

  async #save(): Promise<void> {
    if (!this.#isDirty()) return;
    const content = this.#content;
    try {
      await this.#keep(content);
      this.#wasKept = true;
    } catch (thrown) {
      if (!SETTLED.includes((thrown as CommandError).code)) throw thrown;
    }
    this.#kept = JSON.stringify(content);
    this.#tell(null);
  }

  #isDirty(): boolean {
    return JSON.stringify(this.#content) !== this.#kept;
  }

  #tell(error: CommandError | null): void {
    this.#told({ isDirty: this.#isDirty(), wasKept: this.#wasKept, error });
  }
}
