// SPDX-License-Identifier: Apache-2.0
// Where a reviewer is in a queue, which comes a page at a time.  What was answered and what was
// skipped are kept apart: an answer leaves the queue on the server, a skipped thing stays in it.
// A page knows what was answered before it; only answers since then are counted against it.
// Requests reach the server in the order of the keys, each when the one before it is done: a
// verdict that is given anew cannot be overtaken by the deletion of the first one.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { asApiError } from "../../api/http";
import { showToast } from "../../state/toast";

/** Takes a stored answer back. */
export type TakeBack = () => Promise<void>;

interface Step<Item> {
  item: Item;
  /** On which it was passed. */
  page: Counted;
  /** Null: skipped. */
  stored: Promise<TakeBack> | null;
  sending: boolean;
}

interface Keyed {
  key: string;
}

export interface Counted {
  left: number;
  done: number;
}

export interface Round<Item> {
  current: Item | undefined;
  left: number;
  done: number;
  skipped: number;
  /** The next page is on its way. */
  waiting: boolean;
  canGoBack: boolean;
  answer: (send: () => Promise<TakeBack>) => void;
  skip: () => void;
  /** The last answer is deleted, or what was skipped last comes again. */
  back: () => void;
  /** What was skipped comes again. */
  again: () => void;
}

/** `onMore` asks for the page anew, told how many of it will be passed over. */
export function useRound<Item extends Keyed>(
  page: Counted,
  items: readonly Item[],
  onMore: (skipped: number) => void,
): Round<Item> {
  const [steps, setSteps] = useState<readonly Step<Item>[]>([]);
  const [taken, setTaken] = useState<readonly Item[]>([]);
  /** How far one was when more was asked for; the same question twice gets the same answer. */
  const asked = useRef<{ steps: number; page: Counted } | null>(null);
  /** The last request; it never fails. */
  const line = useRef<Promise<unknown>>(Promise.resolve());
  const passed = useMemo(() => new Set(steps.map((s) => s.item.key)), [steps]);
  const current = [...taken, ...items].find((item) => !passed.has(item.key));
  const answered = steps.filter((s) => s.stored !== null);
  const fresh = answered.filter((s) => s.page === page).length;
  const skipped = steps.length - answered.length;
  const left = Math.max(0, page.left - fresh);
  const sending = steps.some((s) => s.sending);
  const wantsMore = !current && !sending && left > skipped && asked.current?.steps !== steps.length;
  useEffect(() => {
    if (!wantsMore) return;
    asked.current = { steps: steps.length, page };
    onMore(skipped);
  }, [wantsMore, steps.length, page, skipped, onMore]);

  const inLine = <T>(request: () => Promise<T>): Promise<T> => {
    const done = line.current.then(request);
    line.current = done.catch(() => undefined);
    return done;
  };
  const pass = (item: Item, stored: Promise<TakeBack> | null) => {
    const step = { item, page, stored, sending: stored !== null };
    setSteps((all) => [...all, step]);
    stored?.then(
      () => setSteps((all) => all.map((s) => (s.stored === stored ? { ...s, sending: false } : s))),
      (error: unknown) => {
        showToast(`The verdict was not stored: ${asApiError(error).message}`, "error");
        setSteps((all) => all.filter((s) => s.stored !== stored));
      },
    );
  };
  const back = () => {
    const last = steps.at(-1);
    if (!last) return;
    setSteps(steps.slice(0, -1));
    setTaken((all) => [last.item, ...all.filter((i) => i.key !== last.item.key)]);
    const { stored } = last;
    if (!stored) return;
    const takeBack = stored.catch(() => null); // what was not stored is told already
    inLine(async () => (await takeBack)?.()).then(
      // A page that came after the answer does not count it as left.
      () => last.page !== page && onMore(skipped),
      (error: unknown) => showToast(`The verdict was not taken back: ${asApiError(error).message}`, "error"),
    );
  };
  return {
    current,
    left,
    done: page.done + fresh,
    skipped,
    waiting: !current && (sending || wantsMore || asked.current?.page === page),
    canGoBack: steps.length > 0,
    answer: (send) => current && pass(current, inLine(send)),
    skip: () => current && pass(current, null),
    back,
    again: () => {
      asked.current = null;
      setSteps(answered);
      onMore(0);
    },
  };
}
