// SPDX-License-Identifier: Apache-2.0
// Which columns the reader wants, in which order and how wide: remembered in this
// browser.
import { isStrings, ofProject } from "../../state/prefs";
import type { Store } from "../../state/store";
import { type Column, columnOf, COLUMNS } from "./columns";

export interface Layout {
  shown: string[];
  widths: Record<string, number>;
}

const isLayout = (value: unknown): value is Layout =>
  typeof value === "object" &&
  value !== null &&
  "shown" in value &&
  isStrings(value.shown) &&
  "widths" in value;

const INITIAL: Layout = { shown: COLUMNS.filter((c) => !c.optional).map((c) => c.id), widths: {} };

/** Each project has its own: their tags differ. */
export const layoutOf = ofProject<Layout>("columns", INITIAL, isLayout);

export type LayoutStore = Store<Layout>;

export function shownColumns(current: Layout): Column[] {
  return current.shown.flatMap((id) => columnOf(id) ?? []);
}

const MIN_WIDTH = 48;
const MAX_WIDTH = 1200;

export function setWidth(store: LayoutStore, id: string, width: number): void {
  const current = store.get();
  const kept = Math.round(Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, width)));
  store.set({ ...current, widths: { ...current.widths, [id]: kept } });
}

export function toggleColumn(store: LayoutStore, id: string): void {
  const current = store.get();
  const shown = current.shown.includes(id) ? current.shown.filter((s) => s !== id) : [...current.shown, id];
  if (shown.length > 0) store.set({ ...current, shown });
}

export function moveColumn(store: LayoutStore, id: string, step: -1 | 1): void {
  const current = store.get();
  const shown = [...current.shown];
  const from = shown.indexOf(id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= shown.length) return;
  shown.splice(from, 1);
  shown.splice(to, 0, id);
  store.set({ ...current, shown });
}

export function resetColumns(store: LayoutStore): void {
  store.set(INITIAL);
}

export function gridTemplate(columns: readonly Column[], widths: Readonly<Record<string, number>>): string {
  return columns
    .map((c) => {
      const set = widths[c.id];
      if (set !== undefined) return `${set}px`;
      return c.grow ? `minmax(${c.width}px, ${c.grow}fr)` : `${c.width}px`;
    })
    .join(" ");
}
