// SPDX-License-Identifier: Apache-2.0
// All models of a project: how much they run, how well, how fast.
import { useMemo, useRef, useState } from "preact/hooks";
import { useModels } from "../../api/models";
import type { Model } from "../../api/types";
import { Sparkline } from "../../charts/sparkline";
import { formatCount, formatDuration, formatPercent, groupThousands, plural } from "../../lib/format";
import { makeTerm } from "../../lib/query";
import { modelPath, tracesPath } from "../../lib/route";
import { ModelTag } from "../../parts/chip";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { SEARCH_ID } from "../../parts/searchbar";
import { Starter } from "../../parts/starter";
import { EmptyState, ErrorBar, ErrorState, Skeleton } from "../../parts/states";
import { Count, Duration, TimeText } from "../../parts/values";
import { useVirtual } from "../../parts/virtual";
import { useKeys } from "../../state/keyboard";
import { navigate, setParams, useParam } from "../../state/location";

const ROW = 44;

export default function ModelsPage({ project }: { project: string }) {
  const models = useModels(project);
  const text = useParam("q") ?? "";
  const shown = useMemo(() => {
    const wanted = text.toLowerCase();
    return (models.data ?? []).filter((m) =>
      [m.name, ...m.former_names].some((n) => n.toLowerCase().includes(wanted)),
    );
  }, [models.data, text]);
  return (
    <div class="page">
      <div class="topbar">
        <div class="search">
          <span class="search-icon">
            <Icon name="search" />
          </span>
          <input
            id={SEARCH_ID}
            class="search-input"
            type="search"
            aria-label="Find a model"
            placeholder="Find a model"
            value={text}
            onInput={(e) => setParams({ q: e.currentTarget.value })}
            onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
          />
          <kbd class="search-hint">/</kbd>
        </div>
      </div>
      {models.error && models.data && <ErrorBar error={models.error} onRetry={models.refetch} />}
      {models.data ? (
        models.data.length > 0 ? (
          <ModelTable project={project} models={shown} />
        ) : (
          <EmptyState title={`No models in ${project} yet`}>
            <p>
              A traced function is a model: its first run makes v1, and each change of its code the next
              version.
            </p>
            <Starter project={project} />
          </EmptyState>
        )
      ) : models.error ? (
        <ErrorState error={models.error} what="The models could not be read" onRetry={models.refetch} />
      ) : (
        <Skeleton rows={8} />
      )}
    </div>
  );
}

function ModelTable({ project, models }: { project: string; models: readonly Model[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtual({ count: models.length, size: ROW, scroller, before: 30 });
  const [active, setActive] = useState(-1);
  const step = (by: number) => () => {
    const next = Math.max(0, Math.min(models.length - 1, active < 0 ? 0 : active + by));
    setActive(next);
    virtual.reveal(next);
    return undefined;
  };
  useKeys({
    j: step(1),
    k: step(-1),
    ArrowDown: step(1),
    ArrowUp: step(-1),
    Enter: () => {
      const model = models[active];
      if (!model) return false;
      navigate(modelPath(project, model.name));
      return undefined;
    },
  });
  if (models.length === 0) return <EmptyState title="No model has such a name" />;
  return (
    <div
      class="model-table"
      ref={scroller}
      role="grid"
      aria-label="Models"
      aria-rowcount={models.length + 1}
      tabIndex={0}
    >
      <div class="model-head" role="row">
        {["Model", "Latest", "Versions"].map((t) => (
          <span key={t} role="columnheader" class={t === "Versions" ? "right" : ""}>
            {t}
          </span>
        ))}
        {["Runs", "Errors", "p50", "p95"].map((t) => (
          <span key={t} role="columnheader" class="right">
            {t}
          </span>
        ))}
        <span role="columnheader">Runs over time</span>
        <span role="columnheader">Latency over time</span>
        <span role="columnheader">Last seen</span>
      </div>
      <div class="virtual" style={{ height: `${virtual.total}px` }}>
        {virtual.rows.map(({ index, start }) => {
          const model = models[index];
          return (
            model && (
              <Row key={model.name} project={project} model={model} top={start} active={index === active} />
            )
          );
        })}
      </div>
      <p class="sr-only" role="status">
        {plural(models.length, "model")}
      </p>
    </div>
  );
}

interface RowProps {
  project: string;
  model: Model;
  top: number;
  active: boolean;
}

function Row({ project, model, top, active }: RowProps) {
  const term = makeTerm("model", model.name);
  const failed = model.errors > 0;
  const time = (ns: number | null) => (ns === null ? <span class="faint">–</span> : <Duration ns={ns} />);
  return (
    <div
      class="model-row"
      role="row"
      aria-selected={active}
      style={{ top: `${top}px` }}
      onClick={() => navigate(modelPath(project, model.name))}
    >
      <span role="gridcell" class="cut">
        <Link class="model-name" href={modelPath(project, model.name)} onClick={(e) => e.stopPropagation()}>
          {model.name}
        </Link>
        {model.former_names.length > 0 && <span class="faint"> was {model.former_names.join(", ")}</span>}
      </span>
      <span role="gridcell" class="cut">
        {model.latest && <ModelTag tag={model.latest} project={project} />}
      </span>
      <span role="gridcell" class="right">
        <Count value={model.version_count} />
      </span>
      <span role="gridcell" class="right">
        <Link
          class="number-link"
          href={tracesPath(project, { q: term, from: "all" })}
          onClick={(e) => e.stopPropagation()}
        >
          <Count value={model.runs} />
        </Link>
      </span>
      <span
        role="gridcell"
        class="right"
        title={`${groupThousands(model.errors)} of ${groupThousands(model.runs)} runs failed`}
      >
        {failed ? (
          <Link
            class="number-link danger"
            href={tracesPath(project, { q: `span(${term} status:error)`, from: "all" })}
            onClick={(e) => e.stopPropagation()}
          >
            <Icon name="error" size={12} /> {formatPercent(model.errors, model.runs)}
          </Link>
        ) : (
          <span class="faint">{formatPercent(0, 1)}</span>
        )}
      </span>
      <span role="gridcell" class="right">
        {time(model.latency_p50_ns)}
      </span>
      <span role="gridcell" class="right">
        {time(model.latency_p95_ns)}
      </span>
      <span role="gridcell">
        <Sparkline values={model.sparkline} format={formatCount} label={`Runs of ${model.name}`} />
      </span>
      <span role="gridcell">
        {model.latencies.length > 0 && (
          <Sparkline
            kind="line"
            values={model.latencies}
            format={formatDuration}
            label={`Median latency of ${model.name}`}
          />
        )}
      </span>
      <span role="gridcell" class="muted">
        <TimeText text={model.last_seen} />
      </span>
    </div>
  );
}
