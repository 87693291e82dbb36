// SPDX-License-Identifier: Apache-2.0
import { useStore } from "../state/store";
import { closeToast, toasts } from "../state/toast";
import { IconButton } from "./button";
import { Icon } from "./icon";

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map((t) => (
        <div key={t.id} class={`toast toast-${t.kind}`}>
          <Icon name={t.kind === "error" ? "error" : "check"} />
          <span class="grow">{t.text}</span>
          <IconButton icon="close" label="Close the message" onClick={() => closeToast(t.id)} />
        </div>
      ))}
    </div>
  );
}
