// SPDX-License-Identifier: Apache-2.0
// A sample of an evaluation as a card with its picture, and as a line.
import type { Comparison, ResultRow } from "../../api/evaluations";
import { inlineText, type Json } from "../../lib/json";
import { formatMetric } from "../../lib/metric";
import { Icon } from "../../parts/icon";
import { SamplePicture, ShortValue } from "../../parts/sample";
import { ScoreMark } from "../../parts/score";
import { sideColor } from "./sides";

export interface SampleProps {
  project: string;
  comparison: Comparison;
  metric: string;
  row: ResultRow;
  active: boolean;
  onOpen: () => void;
}

export const EXPECTED_COLOR = "--series-3";

/** The colour that an evaluation has in the table above. */
export function colorOf(comparison: Comparison, evaluation: number): string {
  const index = comparison.evaluations.findIndex((e) => e.id === evaluation);
  return sideColor(Math.max(0, index));
}

/** What is drawn over the picture: the ground truth, then each inference. */
export function layersOf(comparison: Comparison, row: ResultRow) {
  const inferences = row.results.map((r) => ({
    name: String(r.evaluation),
    title: comparison.evaluations.find((e) => e.id === r.evaluation)?.model ?? String(r.evaluation),
    color: colorOf(comparison, r.evaluation),
    value: r.inference,
  }));
  return [{ name: "expected", color: EXPECTED_COLOR, value: row.expected }, ...inferences];
}

export function metricOf(result: ResultRow["results"][number], metric: string): string {
  if (result.value !== null) return formatMetric(result.value);
  const value: Json | undefined = result.metrics[metric];
  if (value === undefined || value === null) return "–";
  return typeof value === "number" ? formatMetric(value) : inlineText(value);
}

function Results({ comparison, metric, row }: SampleProps) {
  return (
    <>
      {row.results.map((r) => (
        <span key={r.evaluation} class="sample-result">
          <span
            class="dot dot-small"
            style={{ background: `var(${colorOf(comparison, r.evaluation)})` }}
            aria-hidden="true"
          />
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

export function SampleCard(props: SampleProps) {
  const { project, comparison, row, active, onOpen } = props;
  return (
    <button type="button" class="sample-card" aria-pressed={active} title={row.id} onClick={onOpen}>
      <span class="sample-picture">
        <SamplePicture project={project} value={row.input} over={layersOf(comparison, row)} />
      </span>
      <span class="sample-expected">
        <span class="faint">expected</span> <ShortValue value={row.expected} />
      </span>
      <Results {...props} />
    </button>
  );
}

export function SampleLine(props: SampleProps) {
  const { row, active, onOpen } = props;
  return (
    <button type="button" class="sample-line" aria-pressed={active} onClick={onOpen}>
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
}
