// SPDX-License-Identifier: Apache-2.0
// Light, dark, or as the system says.  The styles switch by color-scheme alone;
// canvases ask for the colours and are told of changes.
import { persistent } from "./prefs";
import { makeStore } from "./store";

export type Theme = "system" | "light" | "dark";

const isTheme = (value: unknown): value is Theme =>
  value === "system" || value === "light" || value === "dark";

export const theme = persistent<Theme>("theme", "system", isTheme);

/** Counts changes of what is shown, for drawings that keep colours. */
export const themeEpoch = makeStore(0);

function apply(): void {
  const chosen = theme.get();
  document.documentElement.dataset["theme"] = chosen;
  themeEpoch.set(themeEpoch.get() + 1);
}

export function startTheme(): void {
  apply();
  theme.subscribe(apply);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
}

export function isDark(): boolean {
  const chosen = theme.get();
  return chosen === "system" ? matchMedia("(prefers-color-scheme: dark)").matches : chosen === "dark";
}

/** A custom property as a colour that a canvas understands. */
export function resolveColor(property: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
