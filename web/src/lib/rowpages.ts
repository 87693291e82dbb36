// SPDX-License-Identifier: Apache-2.0
// A long list as pages behind cursors, of which only those near the reader are
// kept.  A page that went can be asked for again by its cursor; the first one
// stays, because new rows come in there.
//
// Costs: a row is found by binary search; a change of a page's length is linear
// in the number of pages.

interface Page<T> {
  /** What the page was asked with; null: from the start. */
  cursor: string | null;
  length: number;
  start: number;
  items: readonly T[] | null;
}

export class RowPages<T> {
  private pages: Page<T>[] = [];
  /** Behind the last page; null: that was all. */
  next: string | null = null;
  count = 0;

  constructor(readonly keep: number) {}

  append(cursor: string | null, items: readonly T[], next: string | null): void {
    this.pages.push({ cursor, length: items.length, start: this.count, items });
    this.count += items.length;
    this.next = next;
  }

  /** The rows of a page, again or changed. */
  put(page: number, items: readonly T[]): void {
    const old = this.pages[page];
    if (!old) return;
    const moved = items.length !== old.length;
    this.pages[page] = { ...old, items, length: items.length };
    if (moved) this.recount();
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

  /** Among the rows that are kept; -1: none. */
  findIndex(test: (row: T) => boolean): number {
    for (const page of this.pages) {
      const found = page.items?.findIndex(test) ?? -1;
      if (found >= 0) return page.start + found;
    }
    return -1;
  }

  page(index: number): readonly T[] | null {
    return this.pages[index]?.items ?? null;
  }

  get last(): readonly T[] {
    return this.pages.at(-1)?.items ?? [];
  }

  /** The page of a row, to ask for it again. */
  holding(index: number): { page: number; cursor: string | null } | null {
    if (index < 0 || index >= this.count) return null;
    const page = this.pageOf(index);
    return { page, cursor: this.pages[page]?.cursor ?? null };
  }

  /** A page that is in sight but not kept. */
  missing(first: number, last: number): { page: number; cursor: string | null } | null {
    if (this.count === 0) return null;
    for (let i = this.pageOf(Math.max(0, first)); i <= this.pageOf(Math.max(0, last)); i++) {
      const page = this.pages[i];
      if (page?.items === null) return { page: i, cursor: page.cursor };
    }
    return null;
  }

  /** Lets go of the pages that are farthest from the rows in sight. */
  evict(first: number, last: number): void {
    const from = this.pageOf(Math.max(0, first));
    const to = this.pageOf(Math.max(0, last));
    const side = Math.max(1, Math.floor((this.keep - (to - from + 1)) / 2));
    for (const [i, page] of this.pages.entries())
      if (i > 0 && (i < from - side || i > to + side)) page.items = null;
  }

  kept(): T[] {
    return this.pages.flatMap((p) => p.items ?? []);
  }
}
