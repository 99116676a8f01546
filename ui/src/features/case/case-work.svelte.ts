// What a person has on a case besides a decision, as the page shows it: draft, note, hold. One of these per opening of a case.
import type { CaseView, CommandError, DraftView, HoldView } from "../../ipc/types";
import { call } from "../../platform/shell";
import { allAnswered } from "./turns";
import { WorkKeeper, worthKeeping } from "./work-keeper";

export class CaseWork {
  readonly #shown: Pick<CaseView, "case_id" | "case_token" | "is_decided_here">;
  readonly #keeper: WorkKeeper;
  /** As it was when the case was opened. */
  readonly draftAtOpening: DraftView | null;
  /** The colleague who made it. */
  readonly byName: string | null;
  note = $state("");
  hold = $state.raw<HoldView | null>(null);
  /** What was typed is not kept yet. */
  isDirty = $state(false);
  /** Something was kept since the opening. */
  wasKept = $state(false);
  error = $state.raw<CommandError | null>(null);

  constructor(shown: CaseView) {
    const { case_id, case_token, work } = shown;
    this.#shown = shown;
    this.draftAtOpening = work.draft;
    this.byName = work.by_name;
    this.note = work.note;
    this.hold = work.hold;
    this.#keeper = new WorkKeeper(
      { draft: work.draft, note: work.note, hold: work.hold },
      (content) => call("case_keep_work", { case_id, case_token, ...content }),
      (standing) => {
        this.isDirty = standing.isDirty;
        this.wasKept = standing.wasKept;
        this.error = standing.error;
      },
    );
  }

  /** Whether this is of the same opening; if not, what the answer brought along counts. */
  isOf(shown: CaseView): boolean {
    return (
      shown.case_id === this.#shown.case_id &&
      shown.case_token === this.#shown.case_token &&
      shown.is_decided_here === this.#shown.is_decided_here
    );
  }

  setDraft(draft: DraftView): void {
    this.#keeper.change({ draft: worthKeeping(draft) });
  }

  setNote(note: string): void {
    this.note = note;
    this.#keeper.change({ note });
  }

  /** Sets or ends the hold; answered when it is kept. */
  async setHold(hold: HoldView | null): Promise<void> {
    await this.#keeper.changeNow({ hold });
    this.hold = hold;
  }

  /** Keeps what is not kept yet. */
  async flush(): Promise<void> {
    await this.#keeper.flush();
  }
}

let open: CaseWork | null = null;

/** The work of the case on the screen, so that it can be kept before the desk is locked. */
export function onScreen(work: CaseWork | null): void {
  open = work;
}

/** Keeps what is on the screen; answered when it is on the disk. */
export async function keepWhatIsOpen(): Promise<void> {
  await open?.flush();
  await allAnswered();
}
