// SPDX-License-Identifier: Apache-2.0
// happy-dom lays nothing out: give elements a size so that virtual lists have
// rows, and take each test's page away after it.
import { cleanup, configure } from "@testing-library/preact";
import { closeToast, toasts } from "../src/state/toast";
import { afterEach, vi } from "vitest";

process.env.TZ = "UTC";

// A busy machine is slow, not wrong.
configure({
  asyncUtilTimeout: 15_000,
  getElementError: (message) => new Error(message?.slice(0, 300) ?? "not found"),
});

for (const [name, size] of Object.entries({ Height: 600, Width: 1000 })) {
  Object.defineProperty(HTMLElement.prototype, `offset${name}`, { configurable: true, get: () => size });
  Object.defineProperty(HTMLElement.prototype, `client${name}`, { configurable: true, get: () => size });
}

// Canvases draw nothing here.
vi.mock("uplot", () => ({
  default: Object.assign(
    class {
      width = 0;
      setData() {
        return undefined;
      }
      setSize() {
        return undefined;
      }
      destroy() {
        return undefined;
      }
    },
    { paths: {} },
  ),
}));
vi.mock("uplot/dist/uPlot.min.css", () => ({}));

afterEach(() => {
  cleanup();
  for (const toast of toasts.get()) closeToast(toast.id);
  document.body.replaceChildren();
});
