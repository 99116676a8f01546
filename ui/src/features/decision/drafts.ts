// What the reviewer began to write and did not confirm, per case, until the desk is locked. In the memory of the page only.
import type { OpinionKindView } from "../../ipc/types";

export interface Draft {
  kind: OpinionKindView | null;
  reasons: string[];
  text: string;
  note: string;
}

const drafts = new Map<string, Draft>();

export const emptyDraft = (): Draft => ({ kind: null, reasons: [], text: "", note: "" });

/** What was begun for a case, with no opinion chosen: that is chosen anew each time. */
export function draftOf(caseId: string): Draft {
  return { ...(drafts.get(caseId) ?? emptyDraft()), kind: null };
}

export function keepDraft(caseId: string, draft: Draft): void {
  if (draft.reasons.length === 0 && draft.text === "" && draft.note === "") drafts.delete(caseId);
  else drafts.set(caseId, draft);
}

export function dropDraft(caseId: string): void {
  drafts.delete(caseId);
}

/** Forgets everything: the desk was locked. */
export function forgetDrafts(): void {
  drafts.clear();
}
