// SPDX-License-Identifier: Apache-2.0
// The one place that knows uPlot: makes a plot, keeps it as wide as its frame,
// draws it anew when its data, its look or the theme changes.  Loaded on demand.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { resolveColor, themeEpoch } from "../state/theme";
import { useStore } from "../state/store";
import { formatClock, formatDay } from "../lib/time";

export type { uPlot };

export interface Look {
  text: string;
  line: string;
  color: (property: string) => string;
}

interface Props {
  /** Options without size; called again when the theme changes. */
  options: (look: Look) => Omit<uPlot.Options, "width" | "height">;
  data: uPlot.AlignedData;
  height: number;
  label: string;
  /** Changes when the options do. */
  optionsKey: string;
}

export default function Plot({ options, data, height, label, optionsKey }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const epoch = useStore(themeEpoch);
  const latest = useRef({ options, data });
  latest.current = { options, data };

  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const look = { text: resolveColor("--text-3"), line: resolveColor("--line"), color: resolveColor };
    const size = { width: Math.max(120, element.clientWidth), height };
    const made = new uPlot({ ...size, ...latest.current.options(look) }, latest.current.data, element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      const width = Math.max(120, element.clientWidth);
      if (width !== made.width) made.setSize({ width, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [height, optionsKey, epoch]);

  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);

  return <div class="plot" ref={frame} role="img" aria-label={label} style={{ height: `${height}px` }} />;
}

export const FONT = "11px system-ui, sans-serif";

export function axis(look: Look, rest: uPlot.Axis = {}): uPlot.Axis {
  return {
    stroke: look.text,
    font: FONT,
    grid: { stroke: look.line, width: 1 },
    ticks: { show: false },
    border: { show: false },
    gap: 4,
    ...rest,
  };
}

const DAY_S = 86_400;

/** Clock labels, the day at midnight; days where the ticks are that far apart. In the reader's zone. */
export function timeLabels(_u: uPlot, ticks: number[]): string[] {
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  return ticks.map((t) => {
    const ms = t * 1000;
    const clock = formatClock(ms, step < 1);
    const day = formatDay(ms).slice(5);
    if (step >= DAY_S) return step >= 300 * DAY_S ? formatDay(ms).slice(0, 4) : day;
    if (clock.startsWith("00:00:00")) return day;
    // Minutes, seconds and their parts, where all is within an hour.
    if (step < 1) return clock.slice(3);
    return step < 60 ? clock : clock.slice(0, 5);
  });
}
