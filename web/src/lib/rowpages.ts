// SPDX-License-Identifier: Apache-2.0
// A long list as pages, of which only those near the reader are kept.  Pages stand behind
// cursors and are appended as one scrolls; or, where the server holds the list still, all of
// them are known by their rank, and any may be asked for.  A page that went can be asked for
// again; the first one stays, because new rows come in there.
//
// Costs: a row is found by binary search; a change of a page's length is linear
// in the number of pages; nothing else depends on it.

/** What a page is asked with: a cursor, the rank of its first row, or null for the start. */
export type At = string | number | null;

interface Page<T> {
  at: At;
  length: number;
  start: number;
  /** In it null: a row that is gone.  null: the page is not kept. */
  items: readonly (T | null)[] | null;
}

export class RowPages<T> {
  private pages: Page<T>[] = [];
  /** Pages that have items. */
  private held = new Set<number>();
  /** Of them: from before the ranks were known, to be asked for again. */
  private old = new Set<number>();
  /** Behind the last page; null: that was all. */
  next: string | null = null;
  count = 0;

  constructor(readonly keep: number) {}

  append(at: At, items: readonly T[], next: string | null): void {
    this.held.add(this.pages.length);
    this.pages.push({ at, length: items.length, start: this.count, items });
    this.count += items.length;
    this.next = next;
  }

  /** From page `from` on there are `total` rows, known by rank; rows that were there are shown until they are read. */
  rank(from: number, total: number, size: number): void {
    const before = this.pages;
    this.pages = before.slice(0, from);
    this.old = new Set([...this.held].filter((i) => i >= from));
    this.recount();
    for (let rank = 0; rank < total; rank += size) {
      const length = Math.min(size, total - rank);
      const was = before[this.pages.length];
      const items = was?.length === length ? was.items : null;
      this.pages.push({ at: rank, length, start: this.count, items });
      this.count += length;
    }
    for (const i of this.held) if (!this.pages[i]?.items) this.held.delete(i);
    this.next = null;
  }

  /** The rows of a page, again or changed. */
  put(page: number, items: readonly (T | null)[]): void {
    const old = this.pages[page];
    if (!old) return;
    this.pages[page] = { ...old, items, length: items.length };
    this.held.add(page);
    this.old.delete(page);
    if (items.length !== old.length) this.recount();
  }

  private recount(): void {
    this.count = 0;
    for (const page of this.pages) {
      page.start = this.count;
      this.count += page.length;
    }
  }

  private pageOf(index: number): number {
    let low = 0;
    let high = this.pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.pages[middle]?.start ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  at(index: number): T | null {
    const page = this.pages[this.pageOf(index)];
    return page?.items?.[index - page.start] ?? null;
  }

  private inOrder(): number[] {
    return [...this.held].sort((a, b) => a - b);
  }

  /** Among the rows that are kept; -1: none. */
  findIndex(test: (row: T) => boolean): number {
    for (const i of this.inOrder()) {
      const page = this.pages[i];
      const found = page?.items?.findIndex((row) => row !== null && test(row)) ?? -1;
      if (page && found >= 0) return page.start + found;
    }
    return -1;
  }

  page(index: number): readonly T[] | null {
    return this.pages[index]?.items?.filter((row) => row !== null) ?? null;
  }

  get last(): readonly T[] {
    return this.page(this.pages.length - 1) ?? [];
  }

  /** What the second page is asked with; null: there is one only. */
  get second(): At {
    return this.pages[1]?.at ?? this.next;
  }

  /** The page of a row, to ask for it again. */
  holding(index: number): { page: number; at: At } | null {
    if (index < 0 || index >= this.count) return null;
    const page = this.pageOf(index);
    return { page, at: this.pages[page]?.at ?? null };
  }

  /** A page with one of these rows that is not kept. */
  missing(first: number, last: number): { page: number; at: At } | null {
    if (this.count === 0) return null;
    for (let i = this.pageOf(Math.max(0, first)); i <= this.pageOf(Math.max(0, last)); i++) {
      const page = this.pages[i];
      if (page && (page.items === null || this.old.has(i))) return { page: i, at: page.at };
    }
    return null;
  }

  /** Lets go of the pages that are farthest from the rows in sight. */
  evict(first: number, last: number): void {
    const from = this.pageOf(Math.max(0, first));
    const to = this.pageOf(Math.max(0, last));
    const side = Math.max(1, Math.floor((this.keep - (to - from + 1)) / 2));
    for (const i of this.held) {
      const page = this.pages[i];
      if (!page || i === 0 || (i >= from - side && i <= to + side)) continue;
      page.items = null;
      this.held.delete(i);
    }
  }

  kept(): T[] {
    return this.inOrder().flatMap((i) => this.page(i) ?? []);
  }
}
