// SPDX-License-Identifier: Apache-2.0
// Still drawings of what an evaluator computed: curves, bars, a confusion matrix.  No
// time axis, nothing to zoom: plain SVG, said in words by their titles.
import { useMemo } from "preact/hooks";
import { formatMetric } from "../lib/metric";
import { type CurvePlot, type EvaluatorPlot, scaleOf, ticks } from "../lib/plots";

const WIDTH = 420;
const HEIGHT = 260;
const LEFT = 52;
const BOTTOM = 34;
const TOP = 8;
const RIGHT = 10;
const INNER = { width: WIDTH - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM };

const color = (index: number) => `var(--series-${(index % 8) + 1})`;

type BarPlot = Extract<EvaluatorPlot, { kind: "bars" }>;
type Confusion = Extract<EvaluatorPlot, { kind: "confusion" }>;

interface AxesProps {
  x: { label: string; marks: readonly { at: number; text: string }[] };
  y: { label: string; marks: readonly { at: number; text: string }[] };
}

/** Places are shares of the inner frame. */
function Axes({ x, y }: AxesProps) {
  return (
    <g class="still-axes">
      {y.marks.map((m) => (
        <g key={m.at}>
          <line x1={LEFT} x2={WIDTH - RIGHT} y1={down(m.at)} y2={down(m.at)} />
          <text x={LEFT - 6} y={down(m.at) + 4} text-anchor="end">
            {m.text}
          </text>
        </g>
      ))}
      {x.marks.map((m) => (
        <text key={m.at} x={across(m.at)} y={HEIGHT - BOTTOM + 14} text-anchor="middle">
          {m.text}
        </text>
      ))}
      <text class="still-label" x={LEFT + INNER.width / 2} y={HEIGHT - 4} text-anchor="middle">
        {x.label}
      </text>
      <text
        class="still-label"
        x={12}
        y={TOP + INNER.height / 2}
        text-anchor="middle"
        transform={`rotate(-90 12 ${TOP + INNER.height / 2})`}
      >
        {y.label}
      </text>
    </g>
  );
}

const across = (share: number) => LEFT + share * INNER.width;
const down = (share: number) => TOP + (1 - share) * INNER.height;

/** The least and the most of as many values as there are: an argument for each is too much. */
function spanOf(values: readonly number[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
}

function extent(values: readonly number[], log: boolean): [number, number] {
  const [low, high] = spanOf(log ? values.filter((v) => v > 0) : values);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  // Shares and rates are seen on their whole scale.
  if (!log && low >= 0 && high <= 1) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function marks(low: number, high: number, log: boolean, place: (v: number) => number) {
  const values = log
    ? Array.from({ length: 20 }, (_, i) => 10 ** (i - 9)).filter((v) => v >= low && v <= high)
    : ticks(low, high);
  return values.map((v) => ({ at: place(v), text: formatMetric(v) }));
}

export function CurveChart({ plot }: { plot: CurvePlot }) {
  const { x, y, lines } = useMemo(() => {
    const [x0, x1] = extent(
      plot.curves.flatMap((c) => c.x),
      plot.x.log,
    );
    const [y0, y1] = extent(
      plot.curves.flatMap((c) => c.y),
      plot.y.log,
    );
    const px = scaleOf(x0, x1, plot.x.log);
    const py = scaleOf(y0, y1, plot.y.log);
    return {
      x: marks(x0, x1, plot.x.log, px),
      y: marks(y0, y1, plot.y.log, py),
      lines: plot.curves.map((c) =>
        c.x.map((v, i) => `${across(px(v)).toFixed(1)},${down(py(c.y[i] ?? 0)).toFixed(1)}`).join(" "),
      ),
    };
  }, [plot]);
  return (
    <Still title={plot.title} names={plot.curves.map((c) => c.label)}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={plot.title}>
        <Axes x={{ label: plot.x.label, marks: x }} y={{ label: plot.y.label, marks: y }} />
        {lines.map((points, i) => (
          <polyline key={i} points={points} fill="none" stroke={color(i)} stroke-width="1.6">
            <title>{plot.curves[i]?.label}</title>
          </polyline>
        ))}
      </svg>
    </Still>
  );
}

const MAX_MARKS = 12;

export function BarChart({ plot }: { plot: BarPlot }) {
  const all = plot.series.flatMap((s) => s.values).filter((v) => v !== null);
  const [least, most] = spanOf(all);
  const low = Math.min(0, least);
  const high = Math.max(0, most) || 1;
  const place = scaleOf(plot.y.log ? 0 : low, high, plot.y.log);
  const slot = INNER.width / Math.max(1, plot.names.length);
  const width = (slot * 0.8) / Math.max(1, plot.series.length);
  const every = Math.ceil(plot.names.length / MAX_MARKS);
  const names = plot.names.flatMap((text, i) =>
    i % every === 0 ? [{ at: (i + 0.5) / plot.names.length, text: text.slice(0, 14) }] : [],
  );
  const zero = down(place(0));
  return (
    <Still title={plot.title} names={plot.series.map((s) => s.label)}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={plot.title}>
        <Axes
          x={{ label: plot.x.label, marks: names }}
          y={{ label: plot.y.label, marks: marks(low, high, plot.y.log, place) }}
        />
        {plot.series.map((s, k) =>
          s.values.map((v, i) => {
            if (v === null) return null;
            const top = down(place(v));
            return (
              <rect
                key={`${k}/${i}`}
                x={LEFT + i * slot + slot * 0.1 + k * width}
                y={Math.min(top, zero)}
                width={Math.max(1, width - 1)}
                height={Math.max(0.5, Math.abs(zero - top))}
                fill={color(k)}
              >
                <title>{`${plot.names[i] ?? ""} ${s.label}: ${formatMetric(v)}`}</title>
              </rect>
            );
          }),
        )}
      </svg>
    </Still>
  );
}

/** Rows are what was, columns what was said; a cell's tint is its share of the row. */
export function ConfusionTable({ plot }: { plot: Confusion }) {
  return (
    <Still title={plot.title} names={[]}>
      <div class="table-scroll">
        <table class="confusion">
          <caption class="faint">
            {plot.y} ↓ · {plot.x} →
          </caption>
          <thead>
            <tr>
              <th scope="col">
                <span class="sr-only">{plot.y}</span>
              </th>
              {plot.labels.map((l, i) => (
                <th key={i} scope="col" title={l}>
                  {l}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {plot.matrix.map((row, i) => {
              const total = row.reduce<number>((sum, v) => sum + (v ?? 0), 0);
              return (
                <tr key={i}>
                  <th scope="row" title={plot.labels[i]}>
                    {plot.labels[i]}
                  </th>
                  {row.map((v, j) => (
                    <ConfusionCell
                      key={j}
                      value={v}
                      share={total > 0 ? (v ?? 0) / total : 0}
                      right={i === j}
                    />
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Still>
  );
}

function ConfusionCell({ value, share, right }: { value: number | null; share: number; right: boolean }) {
  const tint = `color-mix(in srgb, var(${right ? "--accent-fill" : "--red-fill"}) ${Math.round(share * 70)}%, transparent)`;
  return (
    <td style={{ background: tint }} title={`${Math.round(share * 1000) / 10} % of the row`}>
      {value === null ? "" : formatMetric(value)}
    </td>
  );
}

function Still({
  title,
  names,
  children,
}: {
  title: string;
  names: readonly string[];
  children: preact.ComponentChildren;
}) {
  return (
    <figure class="chart still">
      <figcaption>
        <span class="cut">{title}</span>
        <span class="legend">
          {names.map(
            (name, i) =>
              name && (
                <span key={i} class="legend-item">
                  <span class="dot" style={{ background: color(i) }} />
                  {name}
                </span>
              ),
          )}
        </span>
      </figcaption>
      {children}
    </figure>
  );
}
