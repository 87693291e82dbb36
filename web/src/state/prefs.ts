// SPDX-License-Identifier: Apache-2.0
// What the reader chose once and wants kept in this browser: theme, columns,
// widths, the last project.  Storage may be forbidden; then choices last as long
// as the page.
import { makeStore, type Store } from "./store";

const PREFIX = "vireo.";

function load<T>(key: string, fallback: T, valid: (value: unknown) => value is T): T {
  try {
    const text = localStorage.getItem(PREFIX + key);
    if (text === null) return fallback;
    const value: unknown = JSON.parse(text);
    return valid(value) ? value : fallback;
  } catch {
    return fallback;
  }
}

function save(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Full or forbidden: the choice holds until the page is left.
  }
}

export function persistent<T>(key: string, fallback: T, valid: (value: unknown) => value is T): Store<T> {
  const store = makeStore(load(key, fallback, valid));
  store.subscribe(() => save(key, store.get()));
  return store;
}

/** A choice for each project; `fallback` until there is one. */
export function ofProject<T>(
  key: string,
  fallback: T,
  valid: (value: unknown) => value is T,
): (project: string) => Store<T> {
  const stores = new Map<string, Store<T>>();
  return (project) => {
    let store = stores.get(project);
    if (!store) {
      store = persistent(`${key}/${project}`, fallback, valid);
      stores.set(project, store);
    }
    return store;
  };
}

export const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((v) => typeof v === "string");
export const isString = (value: unknown): value is string => typeof value === "string";
export const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
export const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value);

export const lastProject = persistent("project", "default", isString);
export const facetsOpen = persistent("facets", true, isBoolean);
/** On a narrow page filters lie over the list: they open when asked for, at no other time. */
export const facetsOver = makeStore(false);
export const panelWidth = persistent("panel", 640, isNumber);
/** Who reviews in this browser. */
export const reviewer = persistent("reviewer", "", isString);
export const lastDataset = persistent("dataset", "", isString);
export const treeWidth = persistent("tree", 560, isNumber);
