// SPDX-License-Identifier: Apache-2.0
// The metrics of each case (and stratum), every evaluation beside the baseline.  A cell
// leads to the samples that make the difference.
import type { Compared, Comparison, ComparisonRow, Metric } from "../../api/evaluations";
import type { MetricGroup } from "../../api/standards";
import { Icon } from "../../parts/icon";
import { Count } from "../../parts/values";
import { MetricValue, Verdict } from "../../parts/verdict";
import { setParams, useParam } from "../../state/location";
import { canBeSaid, nextSaid, saidOf, sayDirection, useDirections } from "./directions";
import { SideMark } from "./sides";

interface Props {
  comparison: Comparison;
  selected: string;
  /** Of the standard; without metrics: all metrics there are. */
  groups: readonly MetricGroup[];
}

/** How evaluators call the number of samples: the table has a column for that. */
const SIZES = new Set([
  "N",
  "n",
  "nTestSamples",
  "n_test_samples",
  "sampleSize",
  "sample_size",
  "SampleSize",
]);

/** Metrics that can be compared; those that the samples have, and can be tested by, are first. */
export const comparable = (metrics: readonly Metric[]): Metric[] =>
  metrics.filter((m) => m.kind !== "text" && m.kind !== "nested" && !SIZES.has(m.name));

interface Column {
  metric: Metric;
  label: string;
}

/** A metric of the standard that is not there has an empty column. */
function columnsOf(metrics: readonly Metric[], groups: readonly MetricGroup[]): Column[] {
  if (groups.every((g) => g.metrics.length === 0))
    return comparable(metrics).map((metric) => ({ metric, label: metric.name }));
  return groups.flatMap((g) =>
    g.metrics.map(({ label, metric: name, higherIsBetter }) => ({
      label,
      metric: metrics.find((m) => m.name === name) ?? { name, kind: "", higherIsBetter },
    })),
  );
}

export function CaseTable({ comparison, selected, groups }: Props) {
  const { rows, metrics } = comparison;
  const columns = columnsOf(metrics, groups);
  const metric = useParam("metric") ?? "";
  if (rows.length === 0) return <p class="muted">There are no results yet.</p>;
  return (
    <div class="table-scroll case-table">
      <table class="table">
        <thead>
          <GroupHeads groups={groups} />
          <tr>
            <th scope="col" class="case-name">
              Case
            </th>
            <th scope="col" class="right">
              Samples
            </th>
            {columns.map((c, i) => (
              <MetricHead key={i} column={c} chosen={c.metric.name === metric} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={JSON.stringify([row.case, row.stratum])}
              class={row.case === selected && row.stratum === null ? "row-selected" : "row-plain"}
              onClick={() => setParams({ case: row.case === selected ? null : row.case }, { push: true })}
            >
              <th scope="row" class="case-name">
                <RowName row={row} selected={row.case === selected} />
              </th>
              <td class="right">
                <Count value={samplesOf(row)} />
              </td>
              {columns.map((c, i) => (
                <Cell key={i} row={row} metric={c.metric} comparison={comparison} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function GroupHeads({ groups }: { groups: readonly MetricGroup[] }) {
  const filled = groups.filter((g) => g.metrics.length > 0);
  if (filled.length === 0) return null;
  return (
    <tr class="metric-groups">
      <th class="case-name" colSpan={2} />
      {filled.map((g) => (
        <th key={g.name} scope="colgroup" class="right" colSpan={g.metrics.length}>
          {g.name}
        </th>
      ))}
    </tr>
  );
}

/** Rows behind the values: the most that any metric has. */
const samplesOf = (row: ComparisonRow) => Math.max(0, ...[...row.cells.values()].flat().map((c) => c.n));

/** The row's click, for keys too. */
function RowName({ row, selected }: { row: ComparisonRow; selected: boolean }) {
  if (row.stratum === null)
    return (
      <button type="button" class="text-button cut" aria-pressed={selected} title="Only its samples">
        {row.case}
      </button>
    );
  return (
    <span class="cut stratum">
      <span class="faint">{row.case}</span> {row.stratum}
    </span>
  );
}

const better = (higher: boolean | null) =>
  higher === null ? "it is not known which way is better" : higher ? "higher is better" : "lower is better";

/** A click says which way is better. */
function MetricHead({ column, chosen }: { column: Column; chosen: boolean }) {
  const { metric, label: shown } = column;
  const directions = useDirections();
  const said = saidOf(directions, metric.name);
  const next = nextSaid(said, metric.higherIsBetter);
  const then = next === null ? "as before" : better(next);
  const label = (
    <>
      {shown}
      {metric.higherIsBetter === null ? (
        <span aria-hidden="true">?</span>
      ) : (
        <Icon name={metric.higherIsBetter ? "up" : "down"} size={10} />
      )}
    </>
  );
  return (
    <th scope="col" class={`right${chosen ? " metric-chosen" : ""}`}>
      {canBeSaid(metric.name) ? (
        <button
          type="button"
          class={`text-button row row-end metric-head${said === null ? "" : " metric-said"}`}
          title={`${better(metric.higherIsBetter)}${said === null ? "" : ", you say"}; a click: ${then}`}
          onClick={() => sayDirection(directions, metric.name, next)}
        >
          {label}
        </button>
      ) : (
        <span class="row row-end" title={better(metric.higherIsBetter)}>
          {label}
        </span>
      )}
    </th>
  );
}

interface CellProps {
  row: ComparisonRow;
  metric: Metric;
  comparison: Comparison;
}

function Cell({ row, metric, comparison }: CellProps) {
  const values = row.cells.get(metric.name) ?? [];
  const many = comparison.evaluations.length > 1;
  return (
    <td class="right metric-cell">
      {values.map((c) => (
        <span key={c.evaluation} class="metric-side">
          {many && <SideMark comparison={comparison} evaluation={c.evaluation} small />}
          <MetricValue value={c.value} />
          {many && <Door compared={c} row={row} metric={metric} />}
        </span>
      ))}
    </td>
  );
}

/** A difference opens the samples behind it. */
function Door({ compared, row, metric }: { compared: Compared; row: ComparisonRow; metric: Metric }) {
  if (compared.delta === null) return <span class="verdict-none" />;
  const open = (event: MouseEvent) => {
    event.stopPropagation();
    const worse =
      compared.verdict === "regressed" || (compared.verdict !== "improved" && isWorse(compared, metric));
    setParams(
      {
        case: row.case,
        metric: metric.name,
        show: worse ? "worse" : "better",
        against: String(compared.evaluation),
        tab: null,
      },
      { push: true },
    );
  };
  return (
    <button type="button" class="verdict-door" onClick={open}>
      <Verdict compared={compared} />
    </button>
  );
}

function isWorse(compared: Compared, metric: Metric): boolean {
  const delta = compared.delta ?? 0;
  return metric.higherIsBetter === false ? delta > 0 : delta < 0;
}
