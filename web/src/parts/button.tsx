// SPDX-License-Identifier: Apache-2.0
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { copyText } from "../state/toast";
import { Icon, type IconName } from "./icon";

type Native = Omit<ButtonHTMLAttributes, "icon" | "label">;

interface Props extends Native {
  look?: "plain" | "primary" | "quiet" | "danger";
  icon?: IconName;
  children?: ComponentChildren;
}

export function Button({ look = "plain", icon, children, ...rest }: Props) {
  return (
    <button type="button" class={`button button-${look}`} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconProps extends Native {
  icon: IconName;
  label: string;
}

export function IconButton({ icon, label, ...rest }: IconProps) {
  return (
    <button type="button" class="button button-icon" aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}

interface CopyProps {
  text: string | (() => string);
  label?: string;
  icon?: IconName;
}

/** Copies; answers with a tick for a moment. */
export function CopyButton({ text, label = "Copy", icon = "copy" }: CopyProps) {
  const [done, setDone] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = (event: MouseEvent) => {
    event.stopPropagation();
    void copyText(typeof text === "string" ? text : text());
    setDone(true);
    timer.current = window.setTimeout(() => setDone(false), 1200);
  };
  return <IconButton icon={done ? "check" : icon} label={label} onClick={copy} />;
}
