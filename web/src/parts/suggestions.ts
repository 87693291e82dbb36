// SPDX-License-Identifier: Apache-2.0
// Asks for suggestions while somebody types: a little later than the last letter,
// one question at a time, the one before is cancelled.
import { useEffect, useRef, useState } from "preact/hooks";
import { carryOver, type Completion, NO_COMPLETION } from "../lib/completion";

export type Suggest = (text: string, caret: number, signal: AbortSignal) => Promise<Completion>;

const DEBOUNCE_MS = 70;

export interface Suggestions {
  completion: Completion;
  /** After a letter: soon; else at once. */
  ask: (text: string, caret: number, soon?: boolean) => void;
  /** Whether there was something to close, shown or on its way. */
  close: () => boolean;
}

export function useSuggestions(suggest: Suggest): Suggestions {
  const [completion, setCompletion] = useState(NO_COMPLETION);
  const shown = useRef({ completion: NO_COMPLETION, text: "" });
  const pending = useRef<{ timer: number; controller: AbortController } | null>(null);
  const show = (next: Completion, text: string) => {
    shown.current = { completion: next, text };
    setCompletion(next);
  };
  const cancel = () => {
    clearTimeout(pending.current?.timer);
    pending.current?.controller.abort();
    pending.current = null;
  };
  const done = (answer: Completion, text: string) => {
    pending.current = null;
    show(answer, text);
  };
  useEffect(() => cancel, []);
  const ask = (text: string, caret: number, soon = false) => {
    cancel();
    const controller = new AbortController();
    const run = () => {
      suggest(text, caret, controller.signal).then(
        (answer) => !controller.signal.aborted && done(answer, text),
        // Suggestions are a help: without them one types on.
        () => !controller.signal.aborted && done(NO_COMPLETION, text),
      );
    };
    const timer = soon ? window.setTimeout(run, DEBOUNCE_MS) : 0;
    pending.current = { timer, controller };
    show(carryOver(shown.current.completion, shown.current.text, text), text);
    if (!soon) run();
  };
  return {
    completion,
    ask,
    close: () => {
      const closed = pending.current !== null || shown.current.completion.items.length > 0;
      cancel();
      show(NO_COMPLETION, "");
      return closed;
    },
  };
}
