// SPDX-License-Identifier: Apache-2.0
// The key that the reader gave, for servers with accounts.  Kept for the tab's
// session only: a key in lasting storage outlives the reader's attention.
import { makeStore } from "./store";

const NAME = "vireo.key";

function load(): string | null {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

export const accessKey = makeStore<string | null>(load());

/** Set when the server refused a request for want of a (valid) key. */
export const keyNeeded = makeStore(false);

export function setAccessKey(key: string | null): void {
  try {
    if (key === null) sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, key);
  } catch {
    // Then it lasts as long as the page.
  }
  accessKey.set(key);
  keyNeeded.set(false);
}
