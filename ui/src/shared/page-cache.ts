// The pages of a long list that are kept: at most `limit`, the longest unused one goes first.

export class PageCache<Row> {
  readonly #limit: number;
  readonly #pages = new Map<number, readonly Row[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#pages.size;
  }

  put(page: number, rows: readonly Row[]): void {
    this.#pages.delete(page);
    this.#pages.set(page, rows);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= this.#limit) break;
      this.#pages.delete(oldest);
    }
  }

  has(page: number): boolean {
    return this.#pages.has(page);
  }

  /** The page, which counts as used. */
  get(page: number): readonly Row[] | undefined {
    const rows = this.#pages.get(page);
    if (rows) {
      this.#pages.delete(page);
      this.#pages.set(page, rows);
    }
    return rows;
  }

  /** Forgets every page but these. */
  keepOnly(pages: readonly number[]): void {
    for (const page of [...this.#pages.keys()]) if (!pages.includes(page)) this.#pages.delete(page);
  }

  clear(): void {
    this.#pages.clear();
  }

  entries(): [number, readonly Row[]][] {
    return [...this.#pages.entries()];
  }
}
