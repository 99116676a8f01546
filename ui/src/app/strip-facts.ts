// What of the desk's state is worth a word in the strip. Said once: what the connection says already is not said of the delivery again.
import type { DeliveryStateView, StatusView, WaitingView } from "../ipc/types";

/** The state of my delivery, if there is something to say beyond the connection. */
export function deliveryToSay(status: Pick<StatusView, "delivery" | "connection">): DeliveryStateView | null {
  const { delivery, connection } = status;
  if (delivery === "working") return null;
  if (delivery === "offline") return connection === "online" ? delivery : null;
  if (delivery === "needs_sign_in") return connection === "sign_in_needed" ? null : delivery;
  return delivery;
}

/** How many decisions of others wait here; the count is null when one of the stores cannot tell. Null when none waits. */
export function waitingOfOthers(others: readonly Pick<WaitingView, "undelivered">[]): { count: number | null } | null {
  if (others.length === 0) return null;
  let count = 0;
  for (const { undelivered } of others) {
    if (undelivered === null) return { count: null };
    count += undelivered;
  }
  return { count };
}
