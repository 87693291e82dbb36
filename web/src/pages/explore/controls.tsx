// SPDX-License-Identifier: Apache-2.0
// What is counted, by what, how fine, and how it is drawn.
import { suggestFields } from "../../api/complete";
import { type Ask, CHARTS, type ChartKind, MAX_BY, MAX_MEASURES, STEPS, TOPS } from "../../lib/ask";
import type { Completion } from "../../lib/completion";
import { FUNCTIONS, MEASURES } from "../../lib/measure";
import { ChipField } from "../../parts/chipfield";
import { Segmented, Select } from "../../parts/form";

interface Props {
  project: string;
  ask: Ask;
  onAsk: (change: Partial<Ask>) => void;
}

type Items = Completion["items"];

export async function suggestMeasures(project: string, text: string, signal: AbortSignal): Promise<Items> {
  const call = /^(\w+)\((.*?)\)?$/.exec(text.trim());
  const name = call?.[1] ?? "";
  if (FUNCTIONS.some((f) => f === name)) {
    const fields = await suggestFields(project, call?.[2] ?? "", signal);
    const fits = fields.filter((f) => name === "distinct" || !f.detail.startsWith("text"));
    return fits.map((f) => ({ ...f, insert: `${name}(${f.insert})`, label: `${name}(${f.insert})` }));
  }
  return MEASURES.filter(([measure, what]) => `${measure} ${what}`.includes(text.trim())).map(
    ([measure, what]) => ({ insert: measure, label: measure, detail: what }),
  );
}

const CHART_NAMES: Record<ChartKind, string> = { line: "Lines", bar: "Bars", table: "Table" };
const STEP_NAMES: Record<string, string> = { auto: "auto", none: "no time axis" };

export function Controls({ project, ask, onAsk }: Props) {
  const steps = STEPS.some((s) => s === ask.step) ? STEPS : [...STEPS, ask.step];
  const tops = TOPS.some((t) => t === ask.top) ? TOPS : [...TOPS, ask.top];
  return (
    <div class="explore-controls">
      <Segmented
        label="Of"
        value={ask.of}
        options={[
          { value: "spans", label: "Spans" },
          { value: "traces", label: "Traces" },
        ]}
        onPick={(of) => onAsk({ of: of === "traces" ? "traces" : "spans" })}
      />
      <ChipField
        label="Measure"
        values={ask.measures}
        max={MAX_MEASURES}
        least={1}
        placeholder="add"
        suggest={(text, signal) => suggestMeasures(project, text, signal)}
        onChange={(measures) => onAsk({ measures })}
      />
      <ChipField
        label="By"
        values={ask.by}
        max={MAX_BY}
        placeholder={ask.by.length ? "add" : "model, tag.country …"}
        suggest={(text, signal) => suggestFields(project, text, signal)}
        onChange={(by) => onAsk({ by })}
      />
      <label class="explore-control">
        Step
        <Select
          label="Step"
          value={ask.step}
          options={steps.map((s) => ({ value: s, label: STEP_NAMES[s] ?? s }))}
          onPick={(step) => onAsk({ step })}
        />
      </label>
      {ask.by.length > 0 && (
        <label class="explore-control">
          Top
          <Select
            label="Top"
            value={String(ask.top)}
            options={tops.map((t) => ({ value: String(t), label: String(t) }))}
            onPick={(top) => onAsk({ top: Number(top) })}
          />
        </label>
      )}
      <span class="explore-chart-kind">
        <Segmented
          label="Chart"
          value={ask.chart}
          options={CHARTS.map((c) => ({ value: c, label: CHART_NAMES[c] }))}
          onPick={(chart) => onAsk({ chart: CHARTS.find((c) => c === chart) ?? "line" })}
        />
      </span>
    </div>
  );
}
