// SPDX-License-Identifier: Apache-2.0
// All models of a project: how much they run, how well, how fast.
import { useModels } from "../../api/models";
import type { Model } from "../../api/types";
import { Sparkline } from "../../charts/sparkline";
import { formatCount, formatDuration, formatPercent, groupThousands } from "../../lib/format";
import { makeTerm } from "../../lib/query";
import { modelPath, tracesPath } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { ModelTag } from "../../parts/chip";
import { finds, Finder, useFinder } from "../../parts/finder";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { type ListColumn, ObjectList } from "../../parts/objectlist";
import { Starter } from "../../parts/starter";
import { EmptyState } from "../../parts/states";
import { Count, Duration, TimeText } from "../../parts/values";

export default function ModelsPage({ project }: { project: string }) {
  const models = useModels(project);
  const wanted = useFinder();
  return (
    <div class="page">
      <div class="topbar">
        <Finder what="a model" />
      </div>
      <Answer answer={models} what="The models could not be read">
        {(all) => {
          const shown = all.filter((m) => finds(wanted, m.name, ...m.former_names));
          if (all.length === 0) return <NoModels project={project} />;
          if (shown.length === 0) return <EmptyState title="No model has such a name" />;
          return (
            <ObjectList
              label="Models"
              items={shown}
              columns={columns(project)}
              minWidth={1140}
              keyOf={(m) => m.name}
              href={(m) => modelPath(project, m.name)}
            />
          );
        }}
      </Answer>
    </div>
  );
}

function NoModels({ project }: { project: string }) {
  return (
    <EmptyState title={`No models in ${project} yet`}>
      <p>
        A traced function is a model: its first run makes v1, and each change of its code the next version.
      </p>
      <Starter project={project} />
    </EmptyState>
  );
}

const latency = (ns: number | null) => (ns === null ? <span class="faint">–</span> : <Duration ns={ns} />);

function columns(project: string): ListColumn<Model>[] {
  return [
    { title: "Model", width: "minmax(150px, 3fr)", cell: (m) => <Name project={project} model={m} /> },
    {
      title: "Latest",
      width: "minmax(120px, 1.4fr)",
      cell: (m) => m.latest && <ModelTag tag={m.latest} project={project} />,
    },
    { title: "Versions", width: "64px", right: true, cell: (m) => <Count value={m.version_count} /> },
    {
      title: "Runs",
      width: "70px",
      right: true,
      cell: (m) => (
        <Link
          class="number-link"
          href={tracesPath(project, { q: makeTerm("model", m.name), from: "all" })}
          onClick={(e) => e.stopPropagation()}
        >
          <Count value={m.runs} />
        </Link>
      ),
    },
    { title: "Errors", width: "78px", right: true, cell: (m) => <Errors project={project} model={m} /> },
    { title: "p50", width: "74px", right: true, cell: (m) => latency(m.latency_p50_ns) },
    { title: "p95", width: "74px", right: true, cell: (m) => latency(m.latency_p95_ns) },
    {
      title: "Runs over time",
      width: "124px",
      cell: (m) => <Sparkline values={m.sparkline} format={formatCount} label={`Runs of ${m.name}`} />,
    },
    {
      title: "Latency over time",
      width: "124px",
      cell: (m) =>
        m.latencies.length > 0 && (
          <Sparkline
            kind="line"
            values={m.latencies}
            format={formatDuration}
            label={`Median latency of ${m.name}`}
          />
        ),
    },
    {
      title: "Last seen",
      width: "minmax(90px, 1fr)",
      cell: (m) => (
        <span class="muted">
          <TimeText text={m.last_seen} />
        </span>
      ),
    },
  ];
}

interface CellProps {
  project: string;
  model: Model;
}

function Name({ project, model }: CellProps) {
  return (
    <>
      <Link class="model-name" href={modelPath(project, model.name)} onClick={(e) => e.stopPropagation()}>
        {model.name}
      </Link>
      {model.former_names.length > 0 && <span class="faint"> was {model.former_names.join(", ")}</span>}
    </>
  );
}

function Errors({ project, model }: CellProps) {
  const { errors, runs } = model;
  const title = `${groupThousands(errors)} of ${groupThousands(runs)} runs failed`;
  if (errors === 0)
    return (
      <span class="faint" title={title}>
        {formatPercent(0, 1)}
      </span>
    );
  return (
    <Link
      class="number-link danger"
      title={title}
      href={tracesPath(project, { q: `span(${makeTerm("model", model.name)} status:error)`, from: "all" })}
      onClick={(e) => e.stopPropagation()}
    >
      <Icon name="error" size={12} /> {formatPercent(errors, runs)}
    </Link>
  );
}
