// Why a deadline bears its marks, in words. The date's own words are given, so that nothing here asks for the time.
import type { DeadlineView } from "../ipc/types";
import type { Catalogue } from "../text/zh";

export interface MarkWords {
  provisional: string | undefined;
  moved: string | undefined;
  differs: string | undefined;
}

/** The sentence behind each mark; undefined where the deadline does not bear it. */
export function markWords(text: Catalogue, deadline: DeadlineView, day: (iso: string) => string): MarkWords {
  const { status, earliest, latest, moved, difference } = deadline;
  const words = text.countdown;
  return {
    provisional:
      status === "provisional" && earliest !== null && latest !== null
        ? words.provisional_why(day(earliest), day(latest))
        : undefined,
    moved: moved
      ? (moved.is_late_by_move ? words.late_by_move_why : words.moved_why)(day(moved.first_due_date))
      : undefined,
    differs: difference
      ? difference.due_date === null
        ? words.differs_none
        : words.differs_why(day(difference.due_date))
      : undefined,
  };
}
