// SPDX-License-Identifier: Apache-2.0
// What stands side by side keeps its colour: by place, not by name.  Who it is, a reader of
// the screen hears and a pointer is told: never colour alone.
import type { Comparison } from "../../api/evaluations";
import { SERIES_COLORS } from "../../lib/color";

/** A custom property. */
export const sideColor = (index: number): string => `--series-${(index % SERIES_COLORS) + 1}`;

export const modelOf = (comparison: Comparison, evaluation: number): string =>
  comparison.evaluations.find((e) => e.id === evaluation)?.model ?? String(evaluation);

/** The colour that an evaluation has in the table of cases. */
export function colorOf(comparison: Comparison, evaluation: number): string {
  const index = comparison.evaluations.findIndex((e) => e.id === evaluation);
  return sideColor(Math.max(0, index));
}

interface Props {
  comparison: Comparison;
  evaluation: number;
  small?: boolean;
}

export function SideMark({ comparison, evaluation, small = false }: Props) {
  const model = modelOf(comparison, evaluation);
  return (
    <span
      class={small ? "dot dot-small" : "dot"}
      style={{ background: `var(${colorOf(comparison, evaluation)})` }}
      title={model}
    >
      <span class="sr-only">{model}</span>
    </span>
  );
}
