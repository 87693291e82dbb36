// SPDX-License-Identifier: Apache-2.0
// One model: its versions and how they do, what changed between any two, what
// is known of it.  The address holds the pair that is compared
// (compare=v1..v2), the version that is looked at (v), and the time window.
import { useState } from "preact/hooks";
import { useModel, useModelStats } from "../../api/models";
import type { Model, Version } from "../../api/types";
import { plural } from "../../lib/format";
import { makeTerm } from "../../lib/query";
import { modelsPath, parseCompare, tracesPath } from "../../lib/route";
import { Button } from "../../parts/button";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { Panel } from "../../parts/panel";
import { ErrorBar, ErrorState, Skeleton } from "../../parts/states";
import { TimeRange } from "../../parts/timerange";
import { TimeText } from "../../parts/values";
import { setParams, useParam } from "../../state/location";
import { chooseWindow, useWindow } from "../../state/window";
import { ModelCharts } from "./charts";
import { Comparison } from "./compare";
import { MetadataEditor } from "./metadata";
import { RenameForm } from "./rename";
import { VersionTable } from "./versions";

export interface Pair {
  base: number | null;
  head: number;
}

/** Which versions are compared: as the address says, else the chosen or latest one with the one before it. */
export function choosePair(
  versions: readonly Version[],
  compare: string | null,
  chosen: string | null,
): Pair | null {
  const known = (v: number) => versions.some((x) => x.version === v);
  const pair = parseCompare(compare);
  if (pair && (pair.base === null || known(pair.base)) && known(pair.head)) return pair;
  const wanted = Number(/^v?(\d{1,9})$/.exec(chosen ?? "")?.[1] ?? NaN);
  const head = known(wanted) ? wanted : versions[0]?.version;
  if (head === undefined) return null;
  const before = versions.filter((v) => v.version < head).map((v) => v.version);
  return { base: before.length ? Math.max(...before) : null, head };
}

export default function ModelPage({ project, name }: { project: string; name: string }) {
  const model = useModel(project, name);
  const { window, bounds } = useWindow("all");
  const stats = useModelStats(project, name, bounds);
  const [renaming, setRenaming] = useState(false);
  return (
    <div class="page">
      <div class="topbar">
        <nav class="crumbs grow" aria-label="Where">
          <Link class="link" href={modelsPath(project)}>
            Models
          </Link>
          <Icon name="right" size={12} />
          <h1 class="cut">{model.data?.name ?? name}</h1>
          {model.data && !renaming && (
            <Button look="quiet" icon="edit" onClick={() => setRenaming(true)}>
              Rename
            </Button>
          )}
        </nav>
        <Link
          class="button button-plain"
          href={tracesPath(project, { q: makeTerm("model", name), from: "all" })}
        >
          <Icon name="traces" /> Its traces
        </Link>
        <TimeRange window={window} onPick={(w) => chooseWindow(w, "all")} />
      </div>
      <div class="page-scroll model-page">
        {model.error && model.data && <ErrorBar error={model.error} onRetry={model.refetch} />}
        {renaming && <RenameForm project={project} name={name} onDone={() => setRenaming(false)} />}
        {model.data ? (
          <>
            <ModelFacts model={model.data} />
            <ModelCharts stats={stats.data ?? []} stale={stats.stale} />
            <ModelVersions project={project} model={model.data} stats={stats.data ?? []} />
            <Panel title="Metadata">
              <MetadataEditor project={project} model={model.data} />
            </Panel>
          </>
        ) : model.error ? (
          <ErrorState
            error={model.error}
            what={model.error.status === 404 ? `There is no model ${name}` : "The model could not be read"}
            onRetry={model.refetch}
          />
        ) : (
          <Skeleton rows={10} />
        )}
      </div>
    </div>
  );
}

function ModelFacts({ model }: { model: Model }) {
  return (
    <p class="model-facts muted">
      <span>{plural(model.version_count || model.versions.length, "version")}</span>
      <span>{plural(model.runs, "run")}</span>
      <span>
        last seen <TimeText text={model.last_seen} />
      </span>
      <span>
        known since <TimeText text={model.created_at} form="absolute" />
      </span>
      {model.former_names.length > 0 && <span>was {model.former_names.join(", ")}</span>}
    </p>
  );
}

interface VersionsProps {
  project: string;
  model: Model;
  stats: Parameters<typeof VersionTable>[0]["stats"];
}

function ModelVersions({ project, model, stats }: VersionsProps) {
  const pair = choosePair(model.versions, useParam("compare"), useParam("v"));
  if (!pair) return null;
  const look = (version: number) => setParams({ v: `v${version}`, compare: null }, { push: true });
  const compare = (base: number | null, head: number) =>
    setParams({ compare: base === null ? `v${head}` : `v${base}..v${head}`, v: null }, { push: true });
  return (
    <>
      <Panel title="Versions">
        <VersionTable
          project={project}
          versions={model.versions}
          stats={stats}
          pair={pair}
          onLook={look}
          onCompare={compare}
        />
      </Panel>
      <Comparison project={project} model={model} pair={pair} onCompare={compare} />
    </>
  );
}
