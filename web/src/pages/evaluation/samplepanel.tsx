// SPDX-License-Identifier: Apache-2.0
// Everything about one sample: what went in, what was expected, what each evaluation
// made of it, and the way to its traces.
import { useMemo } from "preact/hooks";
import type { Comparison, Target } from "../../api/evaluations";
import type { Result, ResultRow } from "../../api/results";
import type { SampleSpace } from "../../api/samplescores";
import { inlineText, type Json, stringify } from "../../lib/json";
import { formatMetric } from "../../lib/metric";
import { tracePath } from "../../lib/route";
import { IconButton } from "../../parts/button";
import { ModelTag, Tag } from "../../parts/chip";
import { Link } from "../../parts/link";
import { Drawing } from "../../parts/sampledrawing";
import { SampleScores } from "../datasets/samplescores";
import { PayloadView } from "../trace/payload";
import { layersOf } from "./samplecards";
import { modelOf, SideMark } from "./sides";

interface Props {
  project: string;
  comparison: Comparison;
  metric: string;
  row: ResultRow;
  shownCase: string;
  onChange: () => void;
  onClose: () => void;
}

const textOf = (value: Json) => (typeof value === "string" ? value : stringify(value));

/** Where the samples of an evaluation have their scores. */
export function spaceOfTarget(target: Target): SampleSpace {
  return target.kind === "dataset"
    ? { kind: "dataset", name: target.name }
    : { kind: "workflow", name: target.workflow };
}

export function SamplePanel({ project, comparison, row, shownCase, onChange, onClose }: Props) {
  const [first] = comparison.evaluations;
  const sample = first && {
    space: spaceOfTarget(first.target),
    number: row.number,
    expected: row.expected,
    inCase: first.target.kind === "suite" && shownCase ? shownCase : null,
  };
  const metadata = Object.entries(row.metadata);
  const sides = useMemo(() => layersOf(comparison, row), [comparison, row]);
  return (
    <aside class="sample-panel" aria-label="Sample">
      <header class="side-head">
        <span class="faint">Sample</span>
        <span class="mono cut" title={row.id}>
          {row.id}
        </span>
        <span class="grow" />
        <IconButton icon="close" label="Close (Esc)" onClick={onClose} />
      </header>
      <div class="stack sample-panel-body">
        <Drawing project={project} value={row.input} sides={sides} />
        {metadata.length > 0 && (
          <div class="tags">
            {metadata.map(([name, value]) => (
              <Tag key={name} name={name} value={value} />
            ))}
          </div>
        )}
        {row.difficulty !== null && (
          <p class="muted" title="0: all evaluations do well on it; 1: none does">
            Difficulty {formatMetric(row.difficulty)}
          </p>
        )}
        <PayloadView title="Input" text={textOf(row.input)} />
        {row.expected !== null && <PayloadView title="Expected" text={textOf(row.expected)} />}
        {sample && (
          <SampleScores
            key={row.number}
            project={project}
            sample={{ ...sample, model: null }}
            proposed={row.expected ?? row.results[0]?.inference ?? null}
          />
        )}
        {row.results.map((r) => (
          <section key={r.evaluation} class="sample-side">
            <header class="row">
              <SideMark comparison={comparison} evaluation={r.evaluation} />
              <ModelTag tag={modelOf(comparison, r.evaluation)} project={project} />
              <span class="grow" />
              {r.trace_id && (
                <Link class="link" href={tracePath(project, r.trace_id)}>
                  Its trace
                </Link>
              )}
            </header>
            {r.error !== null && <p class="danger">{r.error}</p>}
            <PayloadView title="Inference" text={textOf(r.inference)} />
            <SampleMetrics metrics={r.metrics} />
            {sample && r.error === null && (
              <SampleScores
                key={row.number}
                project={project}
                sample={{ ...sample, model: modelOf(comparison, r.evaluation) }}
                onChange={onChange}
              />
            )}
          </section>
        ))}
      </div>
    </aside>
  );
}

function SampleMetrics({ metrics }: Pick<Result, "metrics">) {
  const entries = Object.entries(metrics);
  if (entries.length === 0) return null;
  return (
    <dl class="facts">
      {entries.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{typeof value === "number" ? formatMetric(value) : inlineText(value)}</dd>
        </>
      ))}
    </dl>
  );
}
