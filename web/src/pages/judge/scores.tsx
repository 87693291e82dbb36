// SPDX-License-Identifier: Apache-2.0
// What a judge said: over time by its versions, how its numbers lie, and by versions of models.
import { useMemo } from "preact/hooks";
import type { JudgeStats, ScoreSeries, ScoreStats } from "../../api/judges";
import HeatMap, { edgeOf, type HeatCell } from "../../charts/heatmap";
import type { Series } from "../../charts/series";
import { TimeChart } from "../../charts/timechart";
import { formatCount, groupThousands } from "../../lib/format";
import { formatMetric } from "../../lib/metric";
import { seriesLooks } from "../../lib/palette";
import { msToText, nsToMs, nsToText, type TimeWindow } from "../../lib/time";
import { ModelTag } from "../../parts/chip";
import { Link } from "../../parts/link";
import { Panel } from "../../parts/panel";
import { TableHead } from "../../parts/tablehead";
import { Count } from "../../parts/values";
import { navigate } from "../../state/location";
import { chooseWindow } from "../../state/window";
import { PassBar } from "../judges/passbar";
import { judgedPath, judgedQuery, rangeQuery } from "../judges/links";

interface Props {
  project: string;
  stats: JudgeStats;
  window: TimeWindow;
}

export function Scores({ project, stats, window }: Props) {
  if (stats.items.length === 0) return <p class="muted">It gave no scores in this time.</p>;
  return (
    <>
      <OverTime project={project} stats={stats} />
      <Panel title="By version of the model">
        <ScoreTable project={project} items={stats.items} window={window} />
      </Panel>
    </>
  );
}

/** A version, and which of its scores where it gives several. */
function titlesOf(series: readonly ScoreSeries[]): string[] {
  const several = new Set(series.map((s) => s.name)).size > 1;
  return series.map((s) => (several ? `${s.judge} ${s.name}` : s.judge));
}

const MAX_MAPS = 8;

function OverTime({ project, stats }: { project: string; stats: JudgeStats }) {
  const times = useMemo(() => stats.times.map(nsToMs), [stats]);
  const { mean, rate } = useMemo(() => seriesOf(stats.series), [stats]);
  const titles = titlesOf(stats.series);
  // Of the newest versions: they come last.
  const maps = stats.series.flatMap((s, i) => (s.histogram ? [{ s, h: s.histogram, title: titles[i] }] : []));
  const chart = {
    times: times.map((t) => t / 1000),
    step: stats.stepNs / 1e9,
    onZoom: (from: number, to: number) => chooseWindow({ from: msToText(from), to: msToText(to) }, "all"),
  };
  const open = ({ judge, name }: ScoreSeries, h: NonNullable<ScoreSeries["histogram"]>, at: HeatCell) => {
    const bins = h.counts[0]?.length ?? 0;
    const edge = (bin: number) => edgeOf(h.low, h.high, bins, bin);
    const last = at.bin === bins - 1 || h.low === h.high;
    const from = stats.times[at.time] ?? 0n;
    const query = rangeQuery(judge, name, edge(at.bin), edge(at.bin + 1), last);
    navigate(judgedPath(project, query, { from: nsToText(from), to: nsToText(from + BigInt(stats.stepNs)) }));
  };
  return (
    <div class="judge-charts">
      {times.length > 1 && mean.length > 0 && (
        <TimeChart title="Mean score" series={mean} format={formatMetric} {...chart} />
      )}
      {times.length > 1 && rate.length > 0 && (
        <TimeChart
          title="Share that passed"
          series={rate}
          format={(v) => `${Math.round(v * 100)} %`}
          {...chart}
        />
      )}
      {maps.slice(-MAX_MAPS).map(({ s, h, title }) => (
        <HeatMap
          key={`${s.judge}/${s.name}`}
          title={`How scores lie, ${title ?? ""}`}
          times={times}
          onPick={(at) => open(s, h, at)}
          {...h}
        />
      ))}
    </div>
  );
}

/** Only those that have something to draw. */
function seriesOf(series: readonly ScoreSeries[]): { mean: Series[]; rate: Series[] } {
  const titles = titlesOf(series);
  const looks = seriesLooks(titles);
  const lines = (values: (s: ScoreSeries) => (number | null)[]) =>
    series
      .map((s, i): Series => {
        const name = titles[i] ?? "";
        const { color, dashed } = looks.get(name) ?? { color: "--series-1", dashed: false };
        return { name, color, dashed, values: values(s) };
      })
      .filter((line) => line.values.some((v) => v !== null));
  return {
    mean: lines((s) => s.mean),
    rate: lines((s) =>
      s.passed.map((passed, i) => {
        const judged = passed + (s.failed[i] ?? 0);
        return judged > 0 ? passed / judged : null;
      }),
    ),
  };
}

interface TableProps {
  project: string;
  items: readonly ScoreStats[];
  window: TimeWindow;
}

function ScoreTable({ project, items, window }: TableProps) {
  const number = (v: number | null) => (v === null ? <span class="faint">–</span> : formatMetric(v));
  return (
    <div class="table-scroll">
      <table class="table">
        <TableHead
          columns={[
            "Model",
            "Judge",
            "Score",
            { right: "Scored" },
            "Passed",
            { right: "Mean" },
            { right: "Least" },
            { right: "Most" },
            "How they lie",
            { right: "Errors" },
          ]}
        />
        <tbody>
          {items.map((s) => (
            <tr key={`${s.judge}/${s.model ?? ""}/${s.name}`}>
              <td>
                {s.model ? <ModelTag tag={s.model} project={project} /> : <span class="faint">no model</span>}
              </td>
              <td class="muted">{s.judge}</td>
              <td>{s.name}</td>
              <td class="right">
                <Link class="number-link" href={judgedPath(project, judgedQuery(s.judge, s.model), window)}>
                  <Count value={s.count} />
                </Link>
              </td>
              <td>
                <PassBar passed={s.passed} failed={s.failed} />
              </td>
              <td class="right">{number(s.mean)}</td>
              <td class="right">{number(s.min)}</td>
              <td class="right">{number(s.max)}</td>
              <td>{s.labels.length > 0 ? <Labels labels={s.labels} /> : <Histogram stats={s} />}</td>
              <td class="right">
                {s.errors > 0 ? (
                  <span class="danger">{groupThousands(s.errors)}</span>
                ) : (
                  <span class="faint">0</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Histogram({ stats }: { stats: ScoreStats }) {
  const h = stats.histogram;
  if (!h) return null;
  const most = Math.max(1, ...h.counts);
  const said = `from ${formatMetric(h.low)} to ${formatMetric(h.high)}: ${h.counts.join(", ")}`;
  return (
    <span class="score-histogram" role="img" aria-label={said} title={said}>
      {h.counts.map((n, i) => (
        <span key={i} style={{ height: `${(n / most) * 100}%` }} />
      ))}
    </span>
  );
}

const MAX_LABELS = 4;

function Labels({ labels }: { labels: ScoreStats["labels"] }) {
  const more = labels.slice(MAX_LABELS);
  return (
    <span class="row">
      {labels.slice(0, MAX_LABELS).map((l) => (
        <span key={l.label} class="chip chip-plain">
          {l.label} {formatCount(l.count)}
        </span>
      ))}
      {more.length > 0 && (
        <span class="faint" title={more.map((l) => `${l.label} ${groupThousands(l.count)}`).join("\n")}>
          {more.length} more
        </span>
      )}
    </span>
  );
}
