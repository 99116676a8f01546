// A file that somebody chose as a calendar pack: too large a one is refused before a byte of it is read. What is in it is judged by the
// shell, never here.
import type { CommandError } from "../../ipc/types";

/** Bytes. The signed file of a pack is far smaller, and the shell refuses less than this. */
export const MAX_FILE_BYTES = 2 * 1024 * 1024;

/** The refusal of a file of this size; null when it may be read. */
export function sizeProblem(bytes: number): CommandError | null {
  if (bytes <= MAX_FILE_BYTES) return null;
  return { code: "calendar_refused", params: { refusal: "too_large" }, incident: "" };
}
