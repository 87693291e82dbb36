// SPDX-License-Identifier: Apache-2.0
// Short messages about what just happened; errors stay until they are closed.
import { makeStore } from "./store";

export interface ToastMessage {
  id: number;
  kind: "info" | "error";
  text: string;
}

const SHOWN_MS = 4000;
const MAX_SHOWN = 4;

export const toasts = makeStore<readonly ToastMessage[]>([]);
let nextId = 1;

export function closeToast(id: number): void {
  toasts.set(toasts.get().filter((t) => t.id !== id));
}

export function showToast(text: string, kind: ToastMessage["kind"] = "info"): void {
  const id = nextId++;
  toasts.set([...toasts.get(), { id, kind, text }].slice(-MAX_SHOWN));
  if (kind === "info") setTimeout(() => closeToast(id), SHOWN_MS);
}

export async function copyText(text: string, what = "Copied"): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    showToast(what);
  } catch {
    showToast("The browser did not allow copying", "error");
  }
}
