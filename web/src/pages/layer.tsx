// SPDX-License-Identifier: Apache-2.0
// Something over the page for a moment: closed by Escape and by a click beside
// it; the focus stays within and returns to where it was.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface Props {
  label: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function Layer({ label, onClose, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const first = box.current?.querySelector<HTMLElement>("input, button, [tabindex]");
    (first ?? box.current)?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
    else if (event.key === "Tab") trap(event, box.current);
    event.stopPropagation();
  };
  return (
    <div
      class="palette-back"
      onPointerDown={(e) => e.target === e.currentTarget && onClose()}
      onKeyDown={keys}
    >
      <div class="palette" role="dialog" aria-modal="true" aria-label={label} ref={box} tabIndex={-1}>
        {children}
      </div>
    </div>
  );
}

function trap(event: KeyboardEvent, box: HTMLElement | null): void {
  const stops = [...(box?.querySelectorAll<HTMLElement>("input, button, a[href]") ?? [])];
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (stops.length > 0 && document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
}
