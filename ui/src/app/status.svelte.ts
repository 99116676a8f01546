// The strip's facts and the server's time, asked again whenever the shell says that they changed, and every minute.
import type { CommandError, StatusView } from "../ipc/types";
import { call } from "../platform/shell";
import { clock } from "../shared/clock.svelte";

export class Status {
  view = $state.raw<StatusView | null>(null);
  error = $state.raw<CommandError | null>(null);
  #question = 0;

  async load(): Promise<void> {
    const mine = ++this.#question;
    try {
      const answer = await call("status_view");
      if (mine !== this.#question) return;
      clock.set(answer.clock);
      this.view = answer;
      this.error = null;
    } catch (thrown) {
      if (mine === this.#question) this.error = thrown as CommandError;
    }
  }
}
