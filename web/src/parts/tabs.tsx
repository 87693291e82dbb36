// SPDX-License-Identifier: Apache-2.0
// Tabs after the ARIA pattern: arrows move, one of them is in the tab order.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface TabItem {
  id: string;
  label: string;
  count?: number;
}

interface Props {
  items: readonly TabItem[];
  active: string;
  label: string;
  onPick: (id: string) => void;
  children: ComponentChildren;
  actions?: ComponentChildren;
}

export function Tabs({ items, active, label, onPick, children, actions }: Props) {
  const base = useId();
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    event.stopPropagation();
    event.preventDefault();
    const at = items.findIndex((i) => i.id === active);
    const next = items[(at + step + items.length) % items.length];
    if (!next) return;
    onPick(next.id);
    document.getElementById(`${base}-${next.id}`)?.focus();
  };
  return (
    <div class="tabs">
      <div class="tabs-bar">
        <div role="tablist" aria-label={label} class="tabs-list" onKeyDown={move}>
          {items.map((item) => (
            <button
              key={item.id}
              id={`${base}-${item.id}`}
              type="button"
              role="tab"
              class="tab"
              aria-selected={item.id === active}
              aria-controls={`${base}-panel`}
              tabIndex={item.id === active ? 0 : -1}
              onClick={() => onPick(item.id)}
            >
              {item.label}
              {item.count ? <span class="tab-count">{item.count}</span> : null}
            </button>
          ))}
        </div>
        {actions}
      </div>
      <div role="tabpanel" id={`${base}-panel`} aria-labelledby={`${base}-${active}`} class="tabs-panel">
        {children}
      </div>
    </div>
  );
}
