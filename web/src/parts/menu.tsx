// SPDX-License-Identifier: Apache-2.0
// A button with something that opens beneath it.  Escape and a click elsewhere
// close it; focus goes back to the button.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon";

interface PopoverProps {
  label: ComponentChildren;
  title: string;
  icon?: IconName;
  look?: "plain" | "quiet";
  align?: "left" | "right";
  role?: "menu" | "dialog" | "listbox";
  arrow?: boolean;
  children: (close: () => void) => ComponentChildren;
}

export function Popover(props: PopoverProps) {
  const { label, title, icon, look = "plain", align = "left", role = "menu", arrow = true, children } = props;
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    addEventListener("pointerdown", outside);
    const first = root.current?.querySelector<HTMLElement>(
      ".popover [autofocus], .popover [aria-checked=true], .popover [role^=menuitem], .popover input",
    );
    first?.focus();
    return () => removeEventListener("pointerdown", outside);
  }, [open]);
  const keys = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") moveFocus(event, root.current);
  };
  return (
    <div class="menu" ref={root} onKeyDown={keys}>
      <button
        type="button"
        ref={button}
        class={`button button-${look} menu-button`}
        title={title}
        aria-label={title}
        aria-haspopup={role}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {icon && <Icon name={icon} />}
        <span class="button-label">{label}</span>
        {arrow && <Icon name="down" size={12} />}
      </button>
      {open && (
        <div class={`popover popover-${align}`} role={role} aria-label={title}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

function moveFocus(event: KeyboardEvent, root: HTMLElement | null): void {
  const items = [...(root?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
  if (items.length === 0) return;
  event.preventDefault();
  event.stopPropagation();
  const at = items.findIndex((i) => i === document.activeElement);
  const step = event.key === "ArrowDown" ? 1 : -1;
  items[(at + step + items.length) % items.length]?.focus();
}

export interface MenuItem {
  id: string;
  label: ComponentChildren;
  detail?: string;
  icon?: IconName;
}

interface MenuProps extends Omit<PopoverProps, "children" | "role"> {
  items: readonly MenuItem[];
  active?: string;
  onPick: (id: string) => void;
  foot?: (close: () => void) => ComponentChildren;
}

export function Menu({ items, active, onPick, foot, ...rest }: MenuProps) {
  return (
    <Popover {...rest}>
      {(close) => (
        <>
          <div class="menu-list">
            {items.map((item) => (
              <button
                key={item.id}
                type="button"
                role="menuitemradio"
                aria-checked={item.id === active}
                class="menu-item"
                onClick={() => {
                  onPick(item.id);
                  close();
                }}
              >
                {item.icon && <Icon name={item.icon} />}
                <span class="cut grow">{item.label}</span>
                {item.detail && <span class="faint">{item.detail}</span>}
                {item.id === active && <Icon name="check" size={14} />}
              </button>
            ))}
          </div>
          {foot?.(close)}
        </>
      )}
    </Popover>
  );
}
