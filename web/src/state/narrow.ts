// SPDX-License-Identifier: Apache-2.0
// Whether the page is as narrow as the styles' narrowest step (640 px): there what stands
// beside a list lies over it.
import { makeStore } from "./store";

const query = matchMedia("(max-width: 640px)");

export const narrow = makeStore(query.matches);

query.addEventListener("change", () => narrow.set(query.matches));
