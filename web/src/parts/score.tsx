// SPDX-License-Identifier: Apache-2.0
// A score as a mark: its name, its value, and whether it passed - a sign, not only a colour.
import type { Score } from "../api/types";
import { inlineText, type Json, toNumber } from "../lib/json";
import { formatMetric } from "../lib/metric";
import { Icon } from "./icon";

export function scoreText(value: Json): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  const number = typeof value === "number" || (typeof value === "object" && "text" in value);
  return number ? formatMetric(toNumber(value)) : inlineText(value);
}

type Marked = Pick<Score, "name" | "value" | "passed" | "error" | "judge" | "by" | "reason">;

export function ScoreMark({ score }: { score: Marked }) {
  const { name, value, passed, error, judge, by, reason } = score;
  const told = [judge ?? by, error || reason].filter(Boolean).join(": ");
  const tone = error ? "error" : passed === null ? "plain" : passed ? "passed" : "failed";
  const icon = error ? "error" : passed === null ? null : passed ? "check" : "close";
  return (
    <span class={`score score-${tone}`} title={told}>
      {icon && <Icon name={icon} size={11} />}
      <span class="score-name">{name}</span>
      <span>{error ? "error" : scoreText(value)}</span>
      {passed !== null && <span class="sr-only">{passed ? "passed" : "failed"}</span>}
    </span>
  );
}
