// SPDX-License-Identifier: Apache-2.0
// A chart over time under a title that names its series.
import { Suspense } from "preact/compat";
import { lazyPart } from "../parts/lazy";
import type { Series } from "./series";

const SeriesPlot = lazyPart(() => import("./series"), "The chart");

interface Props {
  title: string;
  /** For who does not see it; the title by default. */
  label?: string;
  times: readonly number[];
  series: readonly Series[];
  step?: number;
  format: (value: number) => string;
  onZoom?: (fromMs: number, toMs: number) => void;
}

const HEIGHT = 132;

export function TimeChart({ title, label = title, ...plot }: Props) {
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        <span class="legend">
          {plot.series.map((s) => (
            <span key={s.name} class="legend-item">
              <span class="dot" style={{ background: `var(${s.color})` }} />
              {s.name}
            </span>
          ))}
        </span>
      </figcaption>
      <div style={{ height: `${HEIGHT}px` }}>
        <Suspense fallback={null}>
          <SeriesPlot {...plot} label={label} height={HEIGHT} />
        </Suspense>
      </div>
    </figure>
  );
}
