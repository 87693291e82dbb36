// SPDX-License-Identifier: Apache-2.0
// A sample with its annotations, loaded when the first one is opened.
import { type ComponentProps, Suspense } from "preact/compat";
import { lazyPart } from "./lazy";

const Loaded = lazyPart(() => import("./drawing/drawing"), "The drawing");

export function Drawing(props: ComponentProps<typeof Loaded>) {
  return (
    <Suspense fallback={null}>
      <Loaded {...props} />
    </Suspense>
  );
}
