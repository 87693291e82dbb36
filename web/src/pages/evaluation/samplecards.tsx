// SPDX-License-Identifier: Apache-2.0
// A sample of an evaluation as a card with its picture, and as a line: what was expected, and
// the answer of each evaluation under its model's name.
import { memo } from "preact/compat";
import { useMemo } from "preact/hooks";
import type { Comparison } from "../../api/evaluations";
import type { Result, ResultRow } from "../../api/results";
import { inlineText, type Json } from "../../lib/json";
import { formatMetric } from "../../lib/metric";
import { Icon } from "../../parts/icon";
import { SamplePicture, ShortValue } from "../../parts/sample";
import { ScoreMark } from "../../parts/score";
import { colorOf, modelOf, SideMark } from "./sides";

export interface SampleProps {
  project: string;
  comparison: Comparison;
  metric: string;
  row: ResultRow;
  active: boolean;
  onOpen: (number: number) => void;
}

const EXPECTED_COLOR = "--series-3";

/** What is drawn over the picture: the ground truth, then each inference. */
export function layersOf(comparison: Comparison, row: ResultRow) {
  const inferences = row.results.map((r) => ({
    name: String(r.evaluation),
    title: modelOf(comparison, r.evaluation),
    color: colorOf(comparison, r.evaluation),
    value: r.inference,
  }));
  return [{ name: "expected", color: EXPECTED_COLOR, value: row.expected }, ...inferences];
}

function metricOf(result: Result, metric: string): string {
  const value: Json | undefined = result.metrics[metric];
  if (value === undefined || value === null) return "–";
  return typeof value === "number" ? formatMetric(value) : inlineText(value);
}

function Results({ comparison, metric, row }: SampleProps) {
  const many = comparison.evaluations.length > 1;
  return (
    <>
      {row.results.map((r) => (
        <span key={r.evaluation} class="sample-result">
          <SideMark comparison={comparison} evaluation={r.evaluation} small />
          {many && (
            <span class="sample-model faint cut" aria-hidden="true">
              {modelOf(comparison, r.evaluation)}
            </span>
          )}
          {r.error === null ? (
            <ShortValue value={r.inference} />
          ) : (
            <span class="danger row cut" title={r.error}>
              <Icon name="error" size={12} /> {r.error}
            </span>
          )}
          {r.scores.map((s) => (
            <ScoreMark key={s.id} score={s} />
          ))}
          {metric && <span class="sample-metric">{metricOf(r, metric)}</span>}
        </span>
      ))}
    </>
  );
}

/** Drawn once while it is in sight: masks and pictures are dear. */
export const SampleCard = memo(function SampleCard(props: SampleProps) {
  const { project, comparison, row, active, onOpen } = props;
  const layers = useMemo(() => layersOf(comparison, row), [comparison, row]);
  return (
    <button
      type="button"
      class="sample-card"
      aria-pressed={active}
      title={row.id}
      onClick={() => onOpen(row.number)}
    >
      <span class="sample-picture">
        <SamplePicture project={project} value={row.input} over={layers} />
      </span>
      <span class="sample-expected">
        <span class="faint">expected</span> <ShortValue value={row.expected} />
        {row.difficulty !== null && (
          <span class="sample-metric faint" title="0: both do well on it; 1: neither does">
            difficulty {formatMetric(row.difficulty)}
          </span>
        )}
      </span>
      <Results {...props} />
    </button>
  );
});

export const SampleLine = memo(function SampleLine(props: SampleProps) {
  const { row, active, onOpen } = props;
  return (
    <button type="button" class="sample-line" aria-pressed={active} onClick={() => onOpen(row.number)}>
      <span class="sample-line-input">
        <ShortValue value={row.input} />
      </span>
      <span class="sample-expected">
        <ShortValue value={row.expected} />
      </span>
      <span class="sample-line-results">
        <Results {...props} />
      </span>
    </button>
  );
});
