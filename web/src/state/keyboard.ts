// SPDX-License-Identifier: Apache-2.0
// Shortcuts.  A page binds keys while it is shown; the latest binding wins.
// "g t" is g, then t within a second.  Keys typed into a field are the field's,
// except Escape and those with Ctrl.
import { useLayoutEffect, useRef } from "preact/hooks";

export type Handler = (event: KeyboardEvent) => boolean | undefined;

interface Binding {
  keys: string;
  handler: Handler;
}

const bindings: Binding[] = [];
let prefix = "";
let prefixTimer = 0;

export function bindKey(keys: string, handler: Handler): () => void {
  const binding = { keys, handler };
  bindings.push(binding);
  return () => {
    bindings.splice(bindings.indexOf(binding), 1);
  };
}

/** Binds several keys while the component is mounted; a handler that answers false passes the key on. */
export function useKeys(handlers: Record<string, Handler>): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  const names = Object.keys(handlers).join("\n");
  // Before the page is painted: who sees it may already type.
  useLayoutEffect(() => {
    const unbind = names.split("\n").map((keys) => bindKey(keys, (e) => latest.current[keys]?.(e)));
    return () => unbind.forEach((f) => f());
  }, [names]);
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key : event.key;
  return (event.ctrlKey || event.metaKey ? "Ctrl-" : "") + key;
}

function dispatch(keys: string, event: KeyboardEvent): boolean {
  for (let i = bindings.length - 1; i >= 0; i--) {
    const binding = bindings[i];
    if (binding?.keys !== keys) continue;
    if (binding.handler(event) === false) continue;
    event.preventDefault();
    return true;
  }
  return false;
}

/** Whether Tab chose what has the focus, and no shortcut since: then Enter is its own. */
let tabbed = false;

const isControl = (target: EventTarget | null) =>
  target instanceof Element && target.closest("a, button, summary, [role=button]") !== null;

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const key = nameOf(event);
  if (key === "Enter" && tabbed && isControl(event.target)) return;
  if (key !== "Shift") tabbed = key === "Tab";
  if (isTyping(event.target) && key !== "Escape" && !key.startsWith("Ctrl-")) return;
  clearTimeout(prefixTimer);
  const sequence = prefix ? `${prefix} ${key}` : key;
  prefix = "";
  if (dispatch(sequence, event)) return;
  if (sequence !== key && dispatch(key, event)) return;
  if (bindings.some((b) => b.keys.startsWith(`${key} `))) {
    prefix = key;
    prefixTimer = window.setTimeout(() => (prefix = ""), 1000);
  }
}

export function startKeyboard(): void {
  addEventListener("keydown", handleKey);
}

export const SHORTCUTS: readonly { group: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    group: "Everywhere",
    keys: [
      ["/", "Search"],
      ["Ctrl K", "Go to a page, model or trace"],
      ["g t", "Traces"],
      ["g e", "Explore"],
      ["g m", "Models"],
      ["g j", "Judges"],
      ["g v", "Evaluations"],
      ["g d", "Datasets"],
      ["g s", "Settings"],
      ["?", "This help"],
    ],
  },
  {
    group: "Lists",
    keys: [
      ["j  ↓", "Next row"],
      ["k  ↑", "Row before"],
      ["Enter", "Open the full page"],
      ["Esc", "Close the panel"],
    ],
  },
  {
    group: "Evaluations and review",
    keys: [
      ["x", "Choose an evaluation to put beside others"],
      ["j  k", "Next sample, sample before"],
      ["y  n", "In a review: passes, fails"],
      ["s  u", "In a review: skip, back"],
      ["c  e", "In a review: say why, say what the output of a sample should be"],
    ],
  },
  {
    group: "Trace",
    keys: [
      ["j  k", "Next span, span before"],
      ["←  →", "Fold, unfold"],
      ["f", "Search in spans"],
      ["n  N", "In a large trace: found next, found before"],
      ["z", "In a large trace: just the time of the selected span"],
      ["1 … 5", "Tabs of the details"],
    ],
  },
];
