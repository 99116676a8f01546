// The pages of the queue that are on this page: at most twenty, asked for as the window moves. A re-query replaces them all at once, so
// that nothing flashes; an answer to an older question is dropped. It never holds the whole queue.
import type { CommandError, QueueRowView } from "../../ipc/types";
import { call } from "../../platform/shell";
import { PageCache } from "../../shared/page-cache";
import { pagesOf } from "../../shared/window-list";
import type { RowRange } from "../../shared/window-list";

export const PAGE_SIZE = 100;
const KEPT_PAGES = 20;

export class QueuePages {
  total = $state(0);
  wasPulled = $state(false);
  /** An answer came since the filter was set. */
  isLoaded = $state(false);
  error = $state.raw<CommandError | null>(null);
  #version = $state(0);

  readonly #cache = new PageCache<QueueRowView>(KEPT_PAGES);
  readonly #asked = new Set<number>();
  #revision = -1;
  #generation = 0;
  #onlyMine = false;
  #refreshing: Promise<void> | null = null;
  #refreshAgain = false;
  #range: RowRange = { start: 0, end: 1 };
  readonly #onstale: () => void;
  readonly #onarrived: () => void;

  /**
   * `onstale`: the pages that are here no longer fit together and should be asked for again.
   * `onarrived`: a page that was scrolled to is here.
   */
  constructor(onstale: () => void, onarrived: () => void) {
    this.#onstale = onstale;
    this.#onarrived = onarrived;
  }

  /** Sets the filter and forgets what belongs to the other one. */
  filter(onlyMine: boolean): void {
    this.#onlyMine = onlyMine;
    this.#generation += 1;
    this.#asked.clear();
    this.#cache.clear();
    this.isLoaded = false;
    this.total = 0;
    this.#version += 1;
  }

  /** The row at an index; undefined while its page is on the way. */
  row(index: number): QueueRowView | undefined {
    void this.#version;
    return this.#cache.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE];
  }

  /** Where a case stands in the pages that are here; -1 when it is in none of them. */
  indexOf(caseId: string): number {
    for (const [page, rows] of this.#cache.entries()) {
      const at = rows.findIndex((row) => row.case_id === caseId);
      if (at >= 0) return page * PAGE_SIZE + at;
    }
    return -1;
  }

  /** Asks for the pages of a range that are not here. */
  need(range: RowRange): void {
    const generation = this.#generation;
    for (const page of pagesOf(range, PAGE_SIZE)) {
      if (this.#cache.has(page) || this.#asked.has(page)) continue;
      this.#asked.add(page);
      void this.#ask(page)
        .then((answer) => {
          if (generation !== this.#generation) return;
          this.#cache.put(page, answer.rows);
          this.#version += 1;
          this.#onarrived();
          // The queue moved between two pages: what is here no longer fits together.
          if (answer.revision !== this.#revision) this.#onstale();
        })
        .catch((thrown: CommandError) => {
          if (generation === this.#generation) this.error = thrown;
        })
        .finally(() => this.#asked.delete(page));
    }
  }

  /** Asks again for what is shown. Calls that come meanwhile are answered by one more round. */
  refresh(range: RowRange): Promise<void> {
    this.#range = range;
    if (this.#refreshing) {
      this.#refreshAgain = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#rounds().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  async #rounds(): Promise<void> {
    do {
      this.#refreshAgain = false;
      await this.#round();
    } while (this.#refreshAgain);
  }

  async #round(): Promise<void> {
    const generation = this.#generation;
    const wanted = pagesOf(this.#range, PAGE_SIZE);
    const pages = wanted.length === 0 ? [0] : wanted;
    try {
      const answers = await Promise.all(pages.map((page) => this.#ask(page)));
      if (generation !== this.#generation) return;
      this.#generation += 1;
      this.#asked.clear();
      this.#cache.clear();
      pages.forEach((page, i) => this.#cache.put(page, answers[i]?.rows ?? []));
      const last = answers.at(-1);
      if (last) {
        this.#revision = last.revision;
        this.total = last.total;
        this.wasPulled = last.was_pulled;
      }
      this.error = null;
      this.isLoaded = true;
      this.#version += 1;
    } catch (thrown) {
      if (generation === this.#generation) this.error = thrown as CommandError;
    }
  }

  #ask(page: number) {
    return call("queue_page", { offset: page * PAGE_SIZE, limit: PAGE_SIZE, only_mine: this.#onlyMine });
  }
}
