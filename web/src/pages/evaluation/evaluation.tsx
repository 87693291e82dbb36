// SPDX-License-Identifier: Apache-2.0
// One evaluation, or several side by side: the metrics of each case with what is
// significant about the differences, the samples behind them, and the plots.
//
// The address holds all of it: the evaluations, the baseline (base), the case that is
// looked at (case), the metric (metric), which way metrics are better (higher, lower), the
// quality standard (standard), the strata (by), the tab (tab).
import { useMemo } from "preact/hooks";
import {
  type Comparison,
  type Evaluation,
  useComparison,
  useEvaluations,
  useSecondRuns,
} from "../../api/evaluations";
import { useAnswerAgreement } from "../../api/samplescores";
import { type Standard, useStandards } from "../../api/standards";
import { groupThousands, plural } from "../../lib/format";
import { evaluationPath, evaluationsPath, judgePath, splitTag } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { ModelTag } from "../../parts/chip";
import { Select } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { Menu } from "../../parts/menu";
import { Panel } from "../../parts/panel";
import { EmptyState, ErrorBar } from "../../parts/states";
import { Tabs } from "../../parts/tabs";
import { TimeText } from "../../parts/values";
import { navigate, setParams, useParam } from "../../state/location";
import { State } from "../evaluations/evaluations";
import { AgreementTable } from "../judges/agreement";
import { sameTarget, TargetLink, targetText } from "../tests/target";
import { CaseTable } from "./casetable";
import { CaseDetails } from "./details";
import { useDirections, withStandard } from "./directions";
import { sideColor } from "./sides";
import { Plots } from "./plots";
import { Samples } from "./samples";
import { StandardMenu } from "./standardmenu";
import { StratifyBox } from "./stratify";
import "./evaluation.css";

interface Props {
  project: string;
  ids: readonly number[];
}

export default function EvaluationPage({ project, ids }: Props) {
  const base = Number(useParam("base") ?? "");
  const baseline = ids.includes(base) ? base : (ids[0] ?? null);
  const configuration = useParam("configuration") ?? "";
  const stratify = useParam("by") ?? "";
  const standards = useStandards(project);
  const named = useParam("standard");
  const standard = standards.data?.find((s) => s.name === named) ?? null;
  const directions = withStandard(standard, useDirections());
  const metrics = [...new Set(standard?.groups.flatMap((g) => g.metrics.map((m) => m.metric)))];
  const unsure = named !== null && !standards.data && !standards.error;
  const comparison = useComparison(project, {
    ids: unsure ? [] : ids,
    baseline,
    configuration,
    stratify,
    metrics,
    ...directions,
  });
  if (ids.length === 0) return <EmptyState title="No evaluation is named by this address" />;
  return (
    <div class="page">
      <div class="topbar">
        <nav class="crumbs grow" aria-label="Where">
          <Link class="link" href={evaluationsPath(project)}>
            Evaluations
          </Link>
          <Icon name="right" size={12} />
          <h1 class="cut">{title(comparison.data, ids)}</h1>
        </nav>
        {comparison.data && (
          <StandardMenu
            project={project}
            comparison={comparison.data}
            all={standards.data ?? []}
            applied={standard}
          />
        )}
        {comparison.data && <AddSide project={project} comparison={comparison.data} ids={ids} />}
      </div>
      <div class="page-scroll evaluation-page">
        <Answer answer={comparison} what="The evaluation could not be read" rows={10}>
          {(data) => (
            <>
              {standards.error && <ErrorBar error={standards.error} onRetry={standards.refetch} />}
              {named !== null && standards.data && !standard && (
                <p class="warn row">
                  <Icon name="error" size={12} /> There is no standard {named}: all metrics are shown.
                </p>
              )}
              <Body project={project} comparison={data} stale={comparison.stale} standard={standard} />
            </>
          )}
        </Answer>
      </div>
    </div>
  );
}

function title(comparison: Comparison | undefined, ids: readonly number[]): string {
  const [first] = comparison?.evaluations ?? [];
  if (!first) return ids.join(", ");
  return ids.length === 1
    ? `${first.model} on ${targetText(first.target)}`
    : `${plural(ids.length, "evaluation")} on ${first.target.name}`;
}

/** Another evaluation over the same samples, beside those that are shown. */
function AddSide({
  project,
  comparison,
  ids,
}: {
  project: string;
  comparison: Comparison;
  ids: readonly number[];
}) {
  const all = useEvaluations(project);
  const [first] = comparison.evaluations;
  const others = (all.data ?? []).filter(
    (e) => first !== undefined && !ids.includes(e.id) && sameTarget(e.target, first.target),
  );
  if (others.length === 0) return null;
  return (
    <Menu
      label="Beside it"
      title="Put another evaluation beside it"
      icon="compare"
      align="right"
      items={others.map((e) => ({
        id: String(e.id),
        label: e.model,
        detail: `${targetText(e.target)} · ${e.evaluator}`,
      }))}
      onPick={(id) => navigate(evaluationPath(project, [...ids, Number(id)]))}
    />
  );
}

const TABS = [
  { id: "samples", label: "Samples" },
  { id: "plots", label: "Plots" },
  { id: "details", label: "What the evaluator said" },
] as const;

interface BodyProps {
  project: string;
  comparison: Comparison;
  stale: boolean;
  standard: Standard | null;
}

function Body({ project, comparison, stale, standard }: BodyProps) {
  const cases = useMemo(() => [...new Set(comparison.rows.map((r) => r.case))], [comparison]);
  const asked = useParam("case") ?? "";
  const shownCase = cases.includes(asked) ? asked : "";
  const tab = useParam("tab") ?? "samples";
  const active = TABS.some((t) => t.id === tab) ? tab : "samples";
  const ids = comparison.evaluations.map((e) => e.id);
  return (
    <div class={stale ? "stale stack" : "stack"}>
      <Sides project={project} comparison={comparison} />
      <section class="panel">
        <header class="panel-head">
          <h2>Metrics by case</h2>
          <span class="faint">
            {ids.length > 1 &&
              `${Math.round(comparison.confidence * 100)} % confidence, corrected for many comparisons (${comparison.correction})`}
          </span>
          <span class="grow" />
          <ConfigurationBox evaluations={comparison.evaluations} />
          <StratifyBox
            project={project}
            evaluation={comparison.baseline}
            ofDataset={comparison.evaluations.some((e) => e.target.kind === "dataset")}
            strata={standard?.strata ?? []}
          />
        </header>
        <CaseTable comparison={comparison} selected={shownCase} groups={standard?.groups ?? []} />
      </section>
      <Tabs
        items={TABS}
        active={active}
        label="Behind the metrics"
        onPick={(id) => setParams({ tab: id === "samples" ? null : id })}
      >
        {active === "samples" && (
          <>
            {ids.map((id) => (
              <People key={id} project={project} evaluation={id} comparison={comparison} />
            ))}
            <Samples project={project} comparison={comparison} shownCase={shownCase} />
          </>
        )}
        {active === "plots" && <Plots project={project} comparison={comparison} shownCase={shownCase} />}
        {active === "details" && (
          <CaseDetails project={project} comparison={comparison} shownCase={shownCase} />
        )}
      </Tabs>
    </div>
  );
}

function ConfigurationBox({ evaluations }: { evaluations: readonly Evaluation[] }) {
  const names = [...new Set(evaluations.flatMap((e) => e.configurations))].filter(Boolean);
  const chosen = useParam("configuration") ?? "";
  if (names.length < 2) return null;
  return (
    <Select
      label="Configuration"
      value={names.includes(chosen) ? chosen : (names[0] ?? "")}
      options={names.map((n) => ({ value: n, label: n }))}
      onPick={(configuration) => setParams({ configuration }, { push: true })}
    />
  );
}

/** Which evaluations stand side by side, in their colours. */
function Sides({ project, comparison }: { project: string; comparison: Comparison }) {
  const many = comparison.evaluations.length > 1;
  return (
    <div class="sides">
      {comparison.evaluations.map((e, i) => (
        <section key={e.id} class="side">
          <header class="row">
            {many && <span class="dot" style={{ background: `var(${sideColor(i)})` }} />}
            <ModelTag tag={e.model} project={project} />
            {many && e.id === comparison.baseline && <span class="chip chip-plain">baseline</span>}
            <span class="grow" />
            {many && e.id !== comparison.baseline && (
              <button
                type="button"
                class="text-button link"
                onClick={() => setParams({ base: String(e.id) }, { push: true })}
              >
                Make it the baseline
              </button>
            )}
          </header>
          <p class="side-facts muted">
            <State evaluation={e} />
            <TargetLink project={project} target={e.target} />
            {e.samples > 0 && <span>{plural(e.samples, "sample")}</span>}
            <span>{e.evaluator}</span>
            {e.judges.map((tag) => (
              <Link key={tag} class="link" href={judgePath(project, splitTag(tag)?.name ?? tag)}>
                {tag}
              </Link>
            ))}
            <TimeText text={e.updated_at} />
            <SecondRunFact project={project} id={e.id} />
          </p>
          {e.status === "failed" && e.message && <p class="danger">{e.message}</p>}
        </section>
      ))}
    </div>
  );
}

/** Amber when a second run answered otherwise: the model is not deterministic. */
function SecondRunFact({ project, id }: { project: string; id: number }) {
  const { data } = useSecondRuns(project, id);
  if (!data || data.differing === 0) return null;
  return (
    <button
      type="button"
      class="chip chip-amber"
      title="The model is not deterministic: it gave other answers the second time, in any evaluation over these samples"
      onClick={() =>
        setParams({ show: "differing", against: String(id), case: null, tab: null }, { push: true })
      }
    >
      <Icon name="error" size={12} />
      {`${groupThousands(data.differing)} of ${plural(data.checked, "sample")} inferred again ${data.differing === 1 ? "differs" : "differ"}`}
    </button>
  );
}

/** How far people who reviewed answers agree with the judges; nothing before somebody did. */
function People({
  project,
  evaluation,
  comparison,
}: {
  project: string;
  evaluation: number;
  comparison: Comparison;
}) {
  const { data = [] } = useAnswerAgreement(project, evaluation);
  const found = data.filter((a) => a.compared > 0 || a.pearson !== null);
  if (found.length === 0) return null;
  const model = comparison.evaluations.find((e) => e.id === evaluation)?.model ?? "";
  return (
    <Panel title={`How far people and judges agree on answers of ${model}`}>
      <AgreementTable items={found} />
    </Panel>
  );
}
