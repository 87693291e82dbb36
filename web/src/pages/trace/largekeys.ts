// SPDX-License-Identifier: Apache-2.0
// Keys of a large trace: the same as of a small one, and n and N through what was found.
import { hasChildren, type Outline } from "../../lib/outline";
import { useKeys } from "../../state/keyboard";
import { setParams } from "../../state/location";
import { TABS } from "./details";

interface Props {
  /** In the panel beside a list j and k are the list's. */
  page: boolean;
  outline: Outline | null;
  at: number;
  folded: ReadonlySet<number>;
  select: (position: number) => void;
  toggle: (position: number) => void;
  step: (by: number) => void;
  stepHit: (by: number) => void;
  toggleZoom: () => void;
}

export function useLargeKeys(props: Props): void {
  const { page, outline, at, folded, select, toggle, step, stepHit, toggleZoom } = props;
  const inTree = () => page || document.activeElement?.closest(".waterfall") !== null;
  const stepping = (by: number) => () => {
    if (!inTree()) return false;
    step(by);
    return undefined;
  };
  const fold = (shut: boolean) => () => {
    if (!page || !outline) return false;
    const parent = hasChildren(outline, at);
    const above = outline.parents[at] ?? -1;
    if (parent && folded.has(at) !== shut) toggle(at);
    else if (shut && above >= 0) select(above);
    else if (!shut && parent) step(1);
    return undefined;
  };
  const hit = (by: number) => () => {
    stepHit(by);
    return undefined;
  };
  const tabKeys = Object.fromEntries(
    TABS.map((t, i) => [
      String(i + 1),
      () => (setParams({ time: null, tab: i === 0 ? null : t.id }), undefined),
    ]),
  );
  useKeys({
    j: stepping(1),
    k: stepping(-1),
    ArrowDown: stepping(1),
    ArrowUp: stepping(-1),
    ArrowLeft: fold(true),
    ArrowRight: fold(false),
    n: hit(1),
    N: hit(-1),
    z: () => {
      toggleZoom();
      return undefined;
    },
    f: () => {
      document.getElementById("span-search")?.focus();
      return undefined;
    },
    ...tabKeys,
  });
}
