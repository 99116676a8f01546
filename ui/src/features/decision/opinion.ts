// Which reasons an opinion may have and what is asked of the shell for it. The rules themselves are the shell's.
import type { DraftView, OpinionKindView, OpinionRequest, ReasonView } from "../../ipc/types";

/** The opinion that a draft opens with, so that what was written is seen. An approval is chosen anew each time: one key confirms it. */
export function kindToBeginWith(draft: DraftView | null): OpinionKindView | null {
  return draft === null || draft.kind === "approve" ? null : draft.kind;
}

/** The reasons offered with an opinion, in the order in which they are shown. */
export function offeredReasons(kind: OpinionKindView, reasons: readonly ReasonView[]): ReasonView[] {
  const retry = reasons.filter((reason) => reason.kind === "retry");
  const escalate = reasons.filter((reason) => reason.kind === "escalate");
  if (kind === "approve") return [];
  return kind === "reject" ? retry : [...escalate, ...retry];
}

/** The opinion as it is asked and recorded: reasons that are offered, in their order; an approval has neither reasons nor text. */
export function opinionOf(
  kind: OpinionKindView,
  chosen: readonly string[],
  text: string,
  reasons: readonly ReasonView[],
): OpinionRequest {
  if (kind === "approve") return { kind, reasons: [], text: "" };
  const codes = offeredReasons(kind, reasons)
    .map((reason) => reason.code)
    .filter((code) => chosen.includes(code));
  return { kind, reasons: codes, text: text.trim() };
}

/** Whether two opinions are the same, so that a preview of the one is a preview of the other. */
export function isSameOpinion(a: OpinionRequest, b: OpinionRequest): boolean {
  return (
    a.kind === b.kind &&
    a.text === b.text &&
    a.reasons.length === b.reasons.length &&
    a.reasons.every((code, i) => code === b.reasons[i])
  );
}
