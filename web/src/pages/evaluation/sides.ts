// SPDX-License-Identifier: Apache-2.0
// What stands side by side keeps its colour: by place, not by name.
import { SERIES_COLORS } from "../../lib/color";

/** A custom property. */
export const sideColor = (index: number): string => `--series-${(index % SERIES_COLORS) + 1}`;
