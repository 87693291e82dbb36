// SPDX-License-Identifier: Apache-2.0
// All evaluations of a project, the newest first; two or more that ran over the same
// samples can be put side by side.
import { useMemo, useState } from "preact/hooks";
import { type Evaluation, useEvaluations, useWhole } from "../../api/evaluations";
import { plural } from "../../lib/format";
import { formatMetric } from "../../lib/metric";
import { evaluationPath } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { Button } from "../../parts/button";
import { ModelTag } from "../../parts/chip";
import { Code } from "../../parts/code";
import { finds, useFinder } from "../../parts/finder";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { type ListColumn, ObjectList } from "../../parts/objectlist";
import { EmptyState } from "../../parts/states";
import { Count, TimeText } from "../../parts/values";
import { navigate } from "../../state/location";
import { TestsBar } from "../tests/bar";
import { sameTarget, TargetLink } from "../tests/target";

const MAX_SIDES = 10;
const SHOWN_METRICS = 4;

export default function EvaluationsPage({ project }: { project: string }) {
  const evaluations = useEvaluations(project);
  const wanted = useFinder();
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const shown = useMemo(
    () =>
      (evaluations.data ?? []).filter((e) =>
        finds(wanted, e.model, e.target.name, e.target.workflow, e.evaluator),
      ),
    [evaluations.data, wanted],
  );
  const toggle = (e: Evaluation) =>
    setChosen(
      chosen.includes(e.id) ? chosen.filter((id) => id !== e.id) : [...chosen, e.id].slice(-MAX_SIDES),
    );
  return (
    <div class="page">
      <TestsBar project={project} place="evaluations" what="a model, suite or dataset" />
      {chosen.length > 0 && (
        <Chosen
          project={project}
          chosen={(evaluations.data ?? []).filter((e) => chosen.includes(e.id))}
          onClear={() => setChosen([])}
        />
      )}
      <Answer answer={evaluations} what="The evaluations could not be read">
        {(all) =>
          all.length === 0 ? (
            <NoEvaluations project={project} />
          ) : shown.length === 0 ? (
            <EmptyState title="No evaluation is called that" />
          ) : (
            <ObjectList
              label="Evaluations"
              items={shown}
              columns={columns(project, chosen, toggle)}
              keyOf={(e) => e.id}
              href={(e) => evaluationPath(project, [e.id])}
              onChoose={toggle}
              isChosen={(e) => chosen.includes(e.id)}
            />
          )
        }
      </Answer>
    </div>
  );
}

function Chosen({
  project,
  chosen,
  onClear,
}: {
  project: string;
  chosen: readonly Evaluation[];
  onClear: () => void;
}) {
  const [first] = chosen;
  const same = first !== undefined && chosen.every((e) => sameTarget(e.target, first.target));
  // The oldest is what the newer ones are compared with.
  const ids = chosen.map((e) => e.id).sort((a, b) => a - b);
  return (
    <div class="choice-bar" role="status">
      <span>{plural(chosen.length, "evaluation")} chosen</span>
      {!same && <span class="amber">they ran over different samples</span>}
      <span class="grow" />
      <Button
        look="primary"
        icon="compare"
        disabled={chosen.length < 2 || !same}
        onClick={() => navigate(evaluationPath(project, ids))}
      >
        Side by side
      </Button>
      <Button look="quiet" onClick={onClear}>
        Clear
      </Button>
    </div>
  );
}

function columns(
  project: string,
  chosen: readonly number[],
  toggle: (e: Evaluation) => void,
): ListColumn<Evaluation>[] {
  return [
    {
      title: "",
      width: "20px",
      cell: (e) => (
        <input
          type="checkbox"
          aria-label={`Choose ${e.model}`}
          checked={chosen.includes(e.id)}
          onClick={(event) => event.stopPropagation()}
          onChange={() => toggle(e)}
        />
      ),
    },
    {
      title: "Model",
      width: "minmax(150px, 1.4fr)",
      cell: (e) => <ModelTag tag={e.model} project={project} />,
    },
    {
      title: "Samples of",
      width: "minmax(130px, 1.2fr)",
      cell: (e) => <TargetLink project={project} target={e.target} />,
    },
    {
      title: "Evaluator",
      width: "minmax(90px, 1fr)",
      cell: (e) => (
        <Link
          class="link"
          href={evaluationPath(project, [e.id])}
          title={`The evaluation of ${e.model}`}
          onClick={(event) => event.stopPropagation()}
        >
          {e.evaluator || `evaluation ${e.id}`}
        </Link>
      ),
    },
    { title: "State", width: "116px", cell: (e) => <State evaluation={e} /> },
    {
      title: "Samples",
      width: "70px",
      right: true,
      cell: (e) => <Samples project={project} evaluation={e} />,
    },
    {
      title: "Metrics",
      width: "minmax(200px, 2.4fr)",
      cell: (e) => <Metrics project={project} evaluation={e} />,
    },
    { title: "Changed", width: "minmax(84px, 0.7fr)", cell: (e) => <TimeText text={e.updated_at} /> },
  ];
}

const STATES: Record<string, { icon: "check" | "error" | "refresh"; tone: string }> = {
  complete: { icon: "check", tone: "accent" },
  failed: { icon: "error", tone: "danger" },
  running: { icon: "refresh", tone: "muted" },
};

export function State({ evaluation }: { evaluation: Evaluation }) {
  const { status, progress, message, remaining } = evaluation;
  const look = STATES[status];
  const text = status === "running" ? `running ${Math.round(progress * 100)} %` : status;
  return (
    <span class={`row ${look?.tone ?? "muted"}`} title={message || text}>
      {look && <Icon name={look.icon} size={13} />}
      {text}
      {status === "complete" && remaining > 0 && (
        <span class="danger" title="Samples without an inference">
          {plural(remaining, "gap")}
        </span>
      )}
    </span>
  );
}

interface RowProps {
  project: string;
  evaluation: Evaluation;
}

function Samples({ project, evaluation }: RowProps) {
  const whole = useWhole(project, evaluation);
  return whole && <Count value={whole.samples} />;
}

function Metrics({ project, evaluation }: RowProps) {
  const shown = (useWhole(project, evaluation)?.metrics ?? []).slice(0, SHOWN_METRICS);
  return (
    <span class="metric-line" title={shown.map(([name, value]) => `${name}: ${value}`).join("\n")}>
      {shown.map(([name, value]) => (
        <span key={name} class="cut">
          <span class="faint">{name}</span> {formatMetric(value)}
        </span>
      ))}
    </span>
  );
}

function NoEvaluations({ project }: { project: string }) {
  const code = `from vireo import Vireo

vr = Vireo(${JSON.stringify(project)}, url=${JSON.stringify(location.origin)})
dataset = vr.dataset("questions").add([{"input": {"text": "2 + 2"}, "expected": "4"}])
vr.evaluate("model:v1", dataset, judges=["exactness:v1"])`;
  return (
    <EmptyState title={`Nothing was evaluated in ${project} yet`}>
      <p>
        An evaluation is one version of a model over one suite or dataset, with a metric for every sample.
      </p>
      <Code text={code} language="python" numbers={false} />
    </EmptyState>
  );
}
