// SPDX-License-Identifier: Apache-2.0
// The address is the state of a view.  navigate() goes to another place (back
// returns); setParams() changes the view of this place, by default without a
// step in the history.
import { makeQuery, type Params } from "../lib/route";
import { makeStore, useStore } from "./store";

export interface Place {
  path: string;
  search: string;
}

const read = (): Place => ({ path: location.pathname, search: location.search });

const place = makeStore<Place>(read());

/** Steps that this page itself put on the history: so far back is still the page. */
let steps = 0;

addEventListener("popstate", () => {
  steps = Math.max(0, steps - 1);
  place.set(read());
});

export function navigate(url: string, options: { replace?: boolean } = {}): void {
  if (url === location.pathname + location.search) return;
  if (options.replace) history.replaceState(null, "", url);
  else {
    history.pushState(null, "", url);
    steps++;
  }
  place.set(read());
}

/** The place before, as it was left; elsewhere when the reader came from outside. */
export function goBack(fallback: string): void {
  if (steps > 0) history.back();
  else navigate(fallback);
}

export function currentParams(): URLSearchParams {
  return new URLSearchParams(location.search);
}

export function setParams(changes: Params, options: { push?: boolean } = {}): void {
  const params: Params = Object.fromEntries(currentParams());
  const query = makeQuery({ ...params, ...changes });
  navigate(location.pathname + (query ? `?${query}` : ""), { replace: !options.push });
}

export function usePlace(): Place {
  return useStore(place);
}

/** One parameter of the address, or null. */
export function useParam(name: string): string | null {
  return new URLSearchParams(usePlace().search).get(name);
}
