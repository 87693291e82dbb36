// SPDX-License-Identifier: Apache-2.0
// A tooltip for things that are not plain text; plain text has a title.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export function Tooltip({ tip, children }: { tip: ComponentChildren; children: ComponentChildren }) {
  const id = useId();
  return (
    <span class="tooltip" tabIndex={0} aria-describedby={id}>
      {children}
      <span class="tooltip-tip" role="tooltip" id={id}>
        {tip}
      </span>
    </span>
  );
}
