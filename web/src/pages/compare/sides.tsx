// SPDX-License-Identifier: Apache-2.0
// The figures of both selections beside each other, and how they changed.
import type { Comparison, Side } from "../../api/compare";
import { exactDuration, formatCount, formatDuration, groupThousands, significant } from "../../lib/format";
import { formatMeasure } from "../../lib/measure";
import { tracesPath } from "../../lib/route";
import { describeWindow, type TimeWindow } from "../../lib/time";
import { Link } from "../../parts/link";

export interface Chosen {
  query: string;
  window: TimeWindow;
}

export interface BothChosen {
  a: Chosen;
  b: Chosen;
}

export const sidePath = (project: string, chosen: Chosen, q = chosen.query): string =>
  tracesPath(project, { q, from: chosen.window.from, to: chosen.window.to });

interface Props {
  project: string;
  comparison: Comparison;
  sides: BothChosen;
}

interface Figure {
  label: string;
  pick: (side: Side) => number | null;
  format: (value: number) => string;
  exact: (value: number) => string;
  /** More of it is worse. */
  worse?: boolean;
}

const share = (value: number) => formatMeasure("error_rate", value);

const FIGURES: readonly Figure[] = [
  { label: "Traces", pick: (s) => s.traces, format: formatCount, exact: groupThousands },
  { label: "Error rate", pick: (s) => s.errorRate, format: share, exact: (v) => `${v * 100} %`, worse: true },
  {
    label: "Latency, median",
    pick: (s) => s.p50Ns,
    format: formatDuration,
    exact: exactDuration,
    worse: true,
  },
  { label: "Latency, p95", pick: (s) => s.p95Ns, format: formatDuration, exact: exactDuration, worse: true },
];

export function Sides({ project, comparison, sides }: Props) {
  return (
    <table class="table compare-sides">
      <thead>
        <tr>
          <th />
          {(["a", "b"] as const).map((side) => (
            <th key={side} class="right">
              <span class={`side-mark side-${side}`}>{side.toUpperCase()}</span>{" "}
              <span class="faint">{describeWindow(sides[side].window)}</span>
            </th>
          ))}
          <th class="right">A against B</th>
        </tr>
      </thead>
      <tbody>
        {FIGURES.map((f) => {
          const a = f.pick(comparison.a);
          const b = f.pick(comparison.b);
          return (
            <tr key={f.label}>
              <th scope="row">{f.label}</th>
              {(["a", "b"] as const).map((side) => (
                <td key={side} class="right">
                  <FigureCell
                    figure={f}
                    value={f.pick(comparison[side])}
                    href={sidePath(project, sides[side])}
                  />
                </td>
              ))}
              <td class="right">
                <Change a={a} b={b} worse={f.worse ?? false} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function FigureCell({ figure, value, href }: { figure: Figure; value: number | null; href: string }) {
  if (value === null) return <span class="faint">–</span>;
  return (
    <Link class="number-link" href={href} title={`${figure.exact(value)}: show the traces`}>
      {figure.format(value)}
    </Link>
  );
}

const SMALL = 0.05;

/** A ratio, with a sign and a word and not by colour alone. */
function Change({ a, b, worse }: { a: number | null; b: number | null; worse: boolean }) {
  if (a === null || b === null || b === 0) return <span class="faint">–</span>;
  const change = a / b - 1;
  const text =
    change > 1
      ? `${significant(a / b)} ×`
      : `${change >= 0 ? "+" : "−"}${significant(Math.abs(change) * 100)} %`;
  if (!worse || Math.abs(change) < SMALL) return <span>{text}</span>;
  return (
    <span class={change > 0 ? "danger" : "good"} title={change > 0 ? "worse in A" : "better in A"}>
      {change > 0 ? "▲" : "▼"} {text}
    </span>
  );
}
