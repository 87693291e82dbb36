// SPDX-License-Identifier: Apache-2.0
// The list beneath a field, after the ARIA pattern: the focus stays in the
// field, arrows move the active option.
import { useState } from "preact/hooks";

export interface Listbox {
  active: number;
  setActive: (index: number) => void;
  /** True if the key was for the list. */
  onKey: (event: KeyboardEvent) => boolean;
}

/** Moving through `count` options; -1 is none. */
export function useListbox(count: number, onPick: (index: number) => void, initial = -1): Listbox {
  const [chosen, setActive] = useState(initial);
  const active = chosen < count ? chosen : initial;
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (count === 0) return false;
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive(active < 0 ? (step > 0 ? 0 : count - 1) : (active + step + count) % count);
    } else if ((event.key === "Enter" || event.key === "Tab") && active >= 0) {
      if (event.key === "Tab" && event.shiftKey) return false;
      onPick(active);
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { active, setActive, onKey };
}

export interface Option {
  label: string;
  detail: string;
}

interface Props {
  id: string;
  label: string;
  options: readonly Option[];
  active: number;
  onPick: (index: number) => void;
  onActive: (index: number) => void;
}

export function OptionList({ id, label, options, active, onPick, onActive }: Props) {
  return (
    <ul class="options" id={id} role="listbox" aria-label={label}>
      {options.map((option, i) => (
        <li
          key={`${option.label}/${i}`}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === active}
          class="option"
          onPointerDown={(e) => {
            e.preventDefault(); // the focus stays in the field
            onPick(i);
          }}
          onPointerMove={() => onActive(i)}
        >
          <span class="cut grow mono">{option.label}</span>
          <span class="faint">{option.detail}</span>
        </li>
      ))}
    </ul>
  );
}
