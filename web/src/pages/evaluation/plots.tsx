// SPDX-License-Identifier: Apache-2.0
// The plots that the evaluator drew, of each evaluation beside the others.
import { useMemo } from "preact/hooks";
import { type CasePlots, type Comparison, usePlots } from "../../api/evaluations";
import { BarChart, ConfusionTable, CurveChart } from "../../charts/still";
import { type EvaluatorPlot, readPlot } from "../../lib/plots";
import { Answer } from "../../parts/answer";
import { useParam } from "../../state/location";
import { EachEvaluation } from "./each";

interface Props {
  project: string;
  comparison: Comparison;
  shownCase: string;
}

export function Plots({ project, comparison, shownCase }: Props) {
  return (
    <EachEvaluation project={project} comparison={comparison}>
      {(id) => <PlotsOf project={project} id={id} shownCase={shownCase} />}
    </EachEvaluation>
  );
}

function PlotsOf({ project, id, shownCase }: { project: string; id: number; shownCase: string }) {
  const plots = usePlots(project, id);
  return (
    <Answer answer={plots} what="The plots could not be read" rows={4}>
      {(all) => <Drawn all={all} shownCase={shownCase} />}
    </Answer>
  );
}

function Drawn({ all, shownCase }: { all: readonly CasePlots[]; shownCase: string }) {
  const configuration = useParam("configuration") ?? "";
  const groups = useMemo(
    () =>
      all
        .filter((p) => shownCase === "" || p.case === shownCase)
        .filter((p) => configuration === "" || p.configuration === configuration)
        .map((p) => ({ ...p, drawn: p.plots.map(readPlot).filter((d) => d !== null) }))
        .filter((p) => p.drawn.length > 0),
    [all, shownCase, configuration],
  );
  if (groups.length === 0) return <p class="muted">The evaluator drew no plots.</p>;
  return (
    <>
      {groups.map((g) => (
        <div key={`${g.case}/${g.configuration}`}>
          <h4 class="muted">{[g.case, g.configuration].filter(Boolean).join(" · ")}</h4>
          <div class="plots">
            {g.drawn.map((plot, i) => (
              <OnePlot key={i} plot={plot} />
            ))}
          </div>
        </div>
      ))}
    </>
  );
}

function OnePlot({ plot }: { plot: EvaluatorPlot }) {
  if (plot.kind === "curve") return <CurveChart plot={plot} />;
  return plot.kind === "bars" ? <BarChart plot={plot} /> : <ConfusionTable plot={plot} />;
}
