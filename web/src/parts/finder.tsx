// SPDX-License-Identifier: Apache-2.0
// The search field of a list of named things; the address holds its text.
import { setParams, useParam } from "../state/location";
import { Icon } from "./icon";
import { SEARCH_ID } from "./searchbar";

export const useFinder = (): string => (useParam("q") ?? "").trim().toLowerCase();

/** Whether one of the texts holds what is looked for. */
export const finds = (wanted: string, ...texts: readonly string[]): boolean =>
  wanted === "" || texts.some((t) => t.toLowerCase().includes(wanted));

export function Finder({ what }: { what: string }) {
  const text = useParam("q") ?? "";
  return (
    <div class="search">
      <span class="search-icon">
        <Icon name="search" />
      </span>
      <input
        id={SEARCH_ID}
        class="search-input"
        type="search"
        aria-label={`Find ${what}`}
        placeholder={`Find ${what}`}
        value={text}
        onInput={(e) => setParams({ q: e.currentTarget.value })}
        onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
      />
      <kbd class="search-hint">/</kbd>
    </div>
  );
}
