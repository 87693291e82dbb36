// SPDX-License-Identifier: Apache-2.0
// A titled section, and the handle between two panes.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Store } from "../state/store";

interface PanelProps {
  title: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Panel({ title, actions, children }: PanelProps) {
  return (
    <section class="panel">
      <header class="panel-head">
        <h2>{title}</h2>
        <span class="grow" />
        {actions}
      </header>
      {children}
    </section>
  );
}

interface SplitterProps {
  width: Store<number>;
  /** Which side the width belongs to. */
  side: "before" | "after";
  min: number;
  max: number;
  label: string;
}

export function Splitter({ width, side, min, max, label }: SplitterProps) {
  const drag = useRef<{ x: number; width: number } | null>(null);
  const sign = side === "before" ? 1 : -1;
  const set = (value: number) => width.set(Math.round(Math.max(min, Math.min(max, value))));
  const keys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 24 : event.key === "ArrowLeft" ? -24 : 0;
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    set(width.get() + step * sign);
  };
  return (
    <div
      class="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width.get()}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      onKeyDown={keys}
      onPointerDown={(e) => {
        e.currentTarget.setPointerCapture(e.pointerId);
        drag.current = { x: e.clientX, width: width.get() };
      }}
      onPointerMove={(e) => {
        if (drag.current) set(drag.current.width + (e.clientX - drag.current.x) * sign);
      }}
      onPointerUp={() => (drag.current = null)}
      onPointerCancel={() => (drag.current = null)}
    />
  );
}
