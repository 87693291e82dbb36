// SPDX-License-Identifier: Apache-2.0
// One judge: how its scores lie and move, which versions of models pass, its own
// versions with their code and what changed between them.
import { Suspense } from "preact/compat";
import { useMemo } from "preact/hooks";
import {
  type Judge,
  type JudgeStats,
  type ScoreStats,
  useJudge,
  useJudgeStats,
  useJudgeVersion,
} from "../../api/judges";
import type { Series } from "../../charts/series";
import { formatCount, groupThousands, plural } from "../../lib/format";
import { formatMetric } from "../../lib/metric";
import { isObject, stringify } from "../../lib/json";
import { makeTerm } from "../../lib/query";
import { judgesPath, splitTag, tracesPath } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { ModelTag } from "../../parts/chip";
import { Code } from "../../parts/code";
import { Diff } from "../../parts/diff";
import { Select } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { lazyPart } from "../../parts/lazy";
import { Link } from "../../parts/link";
import { Panel } from "../../parts/panel";
import { TimeRange } from "../../parts/timerange";
import { Count, TimeText } from "../../parts/values";
import { setParams, useParam } from "../../state/location";
import { chooseWindow, useWindow } from "../../state/window";
import { PassBar } from "../judges/judges";
import "../judges/judges.css";

const SeriesPlot = lazyPart(() => import("../../charts/series"), "The chart");

export default function JudgePage({ project, name }: { project: string; name: string }) {
  const judge = useJudge(project, name);
  const { window, bounds } = useWindow("all");
  const stats = useJudgeStats(project, name, bounds);
  const term = makeTerm("judge", name);
  return (
    <div class="page">
      <div class="topbar">
        <nav class="crumbs grow" aria-label="Where">
          <Link class="link" href={judgesPath(project)}>
            Judges
          </Link>
          <Icon name="right" size={12} />
          <h1 class="cut">{name}</h1>
        </nav>
        <Link class="button button-plain" href={tracesPath(project, { q: term, from: "all" })}>
          <Icon name="traces" /> What it judged
        </Link>
        <Link
          class="button button-plain"
          href={tracesPath(project, { q: `passed.${name}:false`, from: "all" })}
        >
          <Icon name="error" /> What failed
        </Link>
        <TimeRange window={window} onPick={(w) => chooseWindow(w, "all")} />
      </div>
      <div class="page-scroll judge-page">
        <Answer answer={judge} what={`The judge ${name} could not be read`} rows={10}>
          {(data) => (
            <>
              <Facts judge={data} />
              <Answer answer={stats} what="Its scores could not be counted" rows={5}>
                {(s) => <Scores project={project} stats={s} />}
              </Answer>
              <Versions project={project} judge={data} />
            </>
          )}
        </Answer>
      </div>
    </div>
  );
}

function Facts({ judge }: { judge: Judge }) {
  return (
    <p class="model-facts muted">
      <span>{judge.description}</span>
      <span>{plural(judge.version_count || judge.versions.length, "version")}</span>
      <span>{plural(judge.scores, "score")}</span>
      {judge.errors > 0 && <span class="danger">{plural(judge.errors, "error")}</span>}
      <span>
        last <TimeText text={judge.last_scored} />
      </span>
    </p>
  );
}

function Scores({ project, stats }: { project: string; stats: JudgeStats }) {
  const times = useMemo(() => stats.times.map((t) => Number(t / 1000n) / 1e6), [stats]);
  const { mean, rate } = useMemo(() => seriesOf(stats), [stats]);
  if (stats.items.length === 0) return <p class="muted">It gave no scores in this time.</p>;
  return (
    <>
      {times.length > 1 && (
        <div class="judge-charts">
          <Chart
            title="Mean score"
            times={times}
            series={mean}
            step={stats.stepNs / 1e9}
            format={formatMetric}
          />
          <Chart
            title="Passed, share"
            times={times}
            series={rate}
            step={stats.stepNs / 1e9}
            format={(v) => `${Math.round(v * 100)} %`}
          />
        </div>
      )}
      <Panel title="By version of the model">
        <ScoreTable project={project} items={stats.items} />
      </Panel>
    </>
  );
}

function seriesOf(stats: JudgeStats): { mean: Series[]; rate: Series[] } {
  const look = (judge: string) => `--series-${(((splitTag(judge)?.version ?? 1) - 1) % 8) + 1}`;
  return {
    mean: stats.series.map((s) => ({ name: s.judge, color: look(s.judge), values: s.mean })),
    rate: stats.series.map((s) => ({
      name: s.judge,
      color: look(s.judge),
      values: s.count.map((n, i) => (n > 0 ? (s.passed[i] ?? 0) / n : null)),
    })),
  };
}

interface ChartProps {
  title: string;
  times: readonly number[];
  series: readonly Series[];
  step: number;
  format: (value: number) => string;
}

function Chart({ title, times, series, step, format }: ChartProps) {
  return (
    <figure class="chart">
      <figcaption>
        {title}
        <span class="legend">
          {series.map((s) => (
            <span key={s.name} class="legend-item">
              <span class="dot" style={{ background: `var(${s.color})` }} />
              {s.name}
            </span>
          ))}
        </span>
      </figcaption>
      <div style={{ height: "140px" }}>
        <Suspense fallback={null}>
          <SeriesPlot times={times} series={series} step={step} format={format} label={title} />
        </Suspense>
      </div>
    </figure>
  );
}

function ScoreTable({ project, items }: { project: string; items: readonly ScoreStats[] }) {
  const number = (v: number | null) => (v === null ? <span class="faint">–</span> : formatMetric(v));
  return (
    <div class="table-scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Judge</th>
            <th scope="col">Score</th>
            <th scope="col" class="right">
              Scored
            </th>
            <th scope="col">Passed</th>
            <th scope="col" class="right">
              Mean
            </th>
            <th scope="col" class="right">
              Least
            </th>
            <th scope="col" class="right">
              Most
            </th>
            <th scope="col">How they lie</th>
            <th scope="col" class="right">
              Errors
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((s) => (
            <tr key={`${s.judge}/${s.model ?? ""}/${s.name}`}>
              <td>
                {s.model ? <ModelTag tag={s.model} project={project} /> : <span class="faint">no model</span>}
              </td>
              <td class="muted">{s.judge}</td>
              <td>{s.name}</td>
              <td class="right">
                <Link class="number-link" href={tracesPath(project, { q: termOf(s), from: "all" })}>
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

const termOf = (s: ScoreStats) =>
  [makeTerm("judge", s.judge), ...(s.model ? [makeTerm("model", s.model)] : [])].join(" ");

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

function Labels({ labels }: { labels: ScoreStats["labels"] }) {
  return (
    <span class="row">
      {labels.slice(0, 4).map((l) => (
        <span key={l.label} class="chip chip-plain">
          {l.label} {formatCount(l.count)}
        </span>
      ))}
    </span>
  );
}

/** Its code, or its template: of the chosen version, against another one. */
function Versions({ project, judge }: { project: string; judge: Judge }) {
  const numbers = judge.versions.map((v) => v.number);
  const asked = Number((useParam("v") ?? "").replace("v", ""));
  const head = numbers.includes(asked) ? asked : (numbers[0] ?? null);
  const wanted = Number((useParam("against") ?? "").replace("v", ""));
  const base = numbers.includes(wanted) && wanted !== head ? wanted : null;
  const shown = useJudgeVersion(project, judge.name, head);
  const before = useJudgeVersion(project, judge.name, base);
  if (head === null) return null;
  const options = judge.versions.map((v) => ({ value: `v${v.number}`, label: `v${v.number}` }));
  return (
    <Panel
      title="What it judges by"
      actions={
        <span class="row">
          <Select label="Version" value={`v${head}`} options={options} onPick={(v) => setParams({ v })} />
          {numbers.length > 1 && (
            <Select
              label="Compare with"
              value={base === null ? "" : `v${base}`}
              options={[
                { value: "", label: "alone" },
                ...options
                  .filter((o) => o.value !== `v${head}`)
                  .map((o) => ({ ...o, label: `against ${o.label}` })),
              ]}
              onPick={(against) => setParams({ against: against || null })}
            />
          )}
        </span>
      }
    >
      <Answer answer={shown} what="This version could not be read" rows={5}>
        {(v) => {
          const text = v.source || (isObject(v.definition) ? stringify(v.definition, 2) : "");
          const old = base === null ? undefined : before.data?.source;
          return (
            <div class="stack">
              <p class="muted">
                {v.description} <TimeText text={v.created_at} form="absolute" />
              </p>
              {old !== undefined ? (
                <Diff oldText={old} newText={text} oldLabel={`v${base ?? 0}`} newLabel={`v${head}`} />
              ) : (
                <Code text={text} language="python" />
              )}
            </div>
          );
        }}
      </Answer>
    </Panel>
  );
}
