// SPDX-License-Identifier: Apache-2.0
// What the evaluator said of each case as it said it: every metric, tables within and
// metrics at thresholds included.
import { Fragment } from "preact";
import { useMemo } from "preact/hooks";
import { useCases, type Comparison } from "../../api/evaluations";
import { CurveChart } from "../../charts/still";
import { inlineText, isObject, type Json } from "../../lib/json";
import { formatMetric } from "../../lib/metric";
import { sweepsOf } from "../../lib/plots";
import { Answer } from "../../parts/answer";
import { DataTable } from "../../parts/table";
import { useParam } from "../../state/location";
import { EachEvaluation } from "./each";

interface Props {
  project: string;
  comparison: Comparison;
  shownCase: string;
}

export function CaseDetails({ project, comparison, shownCase }: Props) {
  return (
    <EachEvaluation project={project} comparison={comparison}>
      {(id) => <Said project={project} id={id} shownCase={shownCase} />}
    </EachEvaluation>
  );
}

function Said({ project, id, shownCase }: { project: string; id: number; shownCase: string }) {
  const cases = useCases(project, id, useParam("configuration") ?? "");
  return (
    <Answer answer={cases} what="The metrics could not be read" rows={4}>
      {(all) =>
        all
          .filter((c) => shownCase === "" || c.case === shownCase)
          .map((c) => (
            <div key={c.case} class="said-case">
              <h4>{c.case}</h4>
              <dl class="facts">
                {Object.entries(c.metrics)
                  .filter(([, value]) => !isTable(value))
                  .map(([name, value]) => (
                    <Fragment key={name}>
                      <dt>{name}</dt>
                      <dd>{typeof value === "number" ? formatMetric(value) : inlineText(value)}</dd>
                    </Fragment>
                  ))}
              </dl>
              {Object.entries(c.metrics)
                .filter(([, value]) => isTable(value))
                .map(([name, value]) => (
                  <Nested key={name} name={name} rows={value as Json[]} />
                ))}
              <Thresholded rows={c.thresholded} />
            </div>
          ))
      }
    </Answer>
  );
}

const isTable = (value: Json) => Array.isArray(value) && value.length > 0 && value.every((v) => isObject(v));

/** Metrics at thresholds: curves, and the numbers behind them. */
function Thresholded({ rows }: { rows: readonly Json[] }) {
  const sweeps = useMemo(() => sweepsOf(rows), [rows]);
  return (
    <>
      {sweeps.map((s) => (
        <div key={s.name} class="stack">
          <div class="plots">
            {s.plots.map((plot) => (
              <CurveChart key={plot.title} plot={plot} />
            ))}
          </div>
          <Nested name={s.name || "at thresholds"} rows={s.rows} />
        </div>
      ))}
    </>
  );
}

/** Metrics within a case: a row a class, a member of an ensemble, a step. */
function Nested({ name, rows }: { name: string; rows: readonly Json[] }) {
  const records = rows.filter((r) => isObject(r));
  const columns = [...new Set(records.flatMap((r) => Object.keys(r)))].filter((c) => c !== "data_type");
  const table = { columns, rows: records.map((r) => columns.map((c) => r[c] ?? null)) };
  return (
    <div class="stack">
      <h5 class="muted">{name}</h5>
      <DataTable table={table} label={name} />
    </div>
  );
}
