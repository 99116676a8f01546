// The rows of the outbox in the order in which a person needs them: what needs a person, what is on its way by deadline, what arrived.
import type { OutboxRowView } from "../../ipc/types";

export interface OutboxGroups {
  attention: OutboxRowView[];
  waiting: OutboxRowView[];
  delivered: OutboxRowView[];
}

export function groupOutbox(rows: readonly OutboxRowView[]): OutboxGroups {
  const limit = (row: OutboxRowView): number => row.breach_ms ?? Number.POSITIVE_INFINITY;
  const byLimit = (a: OutboxRowView, b: OutboxRowView): number =>
    limit(a) === limit(b) ? a.decided_at_ms - b.decided_at_ms : limit(a) - limit(b);
  const of = (...states: OutboxRowView["state"][]): OutboxRowView[] => rows.filter((row) => states.includes(row.state));
  return {
    attention: of("conflict", "parked").sort(byLimit),
    waiting: of("queued", "sending").sort(byLimit),
    delivered: of("delivered").sort((a, b) => (b.delivered_at_ms ?? 0) - (a.delivered_at_ms ?? 0)),
  };
}
