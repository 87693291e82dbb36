// SPDX-License-Identifier: Apache-2.0
// A link within the page: a real address (open in a new tab, copy), without a
// reload when it is simply clicked.
import type { AnchorHTMLAttributes, ComponentChildren } from "preact";
import { navigate } from "../state/location";

interface Props extends Omit<AnchorHTMLAttributes, "href" | "onClick"> {
  href: string;
  children: ComponentChildren;
  onClick?: (event: MouseEvent) => void;
}

export function Link({ href, onClick, children, ...rest }: Props) {
  const follow = (event: MouseEvent) => {
    onClick?.(event);
    const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0;
    if (event.defaultPrevented || modified) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a href={href} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
