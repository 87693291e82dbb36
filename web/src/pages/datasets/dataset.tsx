// SPDX-License-Identifier: Apache-2.0
// One dataset: the samples of a version, its history, and what changed between two
// versions.  The address holds the version (v), the pair (compare), the split, the text.
import {
  type Commit,
  type Dataset,
  samplePath,
  samplesPath,
  useCommits,
  useDataset,
} from "../../api/datasets";
import { useEvaluations } from "../../api/evaluations";
import type { Attributes } from "../../api/types";
import { groupThousands, plural } from "../../lib/format";
import { datasetsPath, evaluationPath, parseCompare, parseVersion, reviewPath } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { Chip, Tag } from "../../parts/chip";
import { Segmented } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { Panel } from "../../parts/panel";
import { TableHead } from "../../parts/tablehead";
import { Tabs } from "../../parts/tabs";
import { TimeText } from "../../parts/values";
import { VersionBox, VersionSelect } from "../../parts/versionbox";
import { setParams, useParam } from "../../state/location";
import { Leaderboard } from "../tests/leaderboard";
import { Changes } from "./changes";
import { SampleFinder, SampleList, ScoredBox, useScored } from "./samplelist";
import "./datasets.css";

const TABS = [
  { id: "samples", label: "Samples" },
  { id: "history", label: "History" },
  { id: "evaluations", label: "Evaluations" },
] as const;

export default function DatasetPage({ project, name }: { project: string; name: string }) {
  const dataset = useDataset(project, name);
  const tab = useParam("tab") ?? "samples";
  const active = TABS.some((t) => t.id === tab) ? tab : "samples";
  return (
    <div class="page">
      <div class="topbar">
        <nav class="crumbs grow" aria-label="Where">
          <Link class="link" href={datasetsPath(project)}>
            Datasets
          </Link>
          <Icon name="right" size={12} />
          <h1 class="cut">{name}</h1>
        </nav>
      </div>
      <div class="page-scroll dataset-page">
        <Answer answer={dataset} what={`The dataset ${name} could not be read`}>
          {(data) => (
            <>
              <p class="model-facts muted">
                {data.description && <span>{data.description}</span>}
                <span>v{data.version}</span>
                <span>{plural(data.samples, "sample")}</span>
                <span>
                  changed <TimeText text={data.updated_at} />
                </span>
                {data.tags.map((tag) => (
                  <Chip key={tag}>{tag}</Chip>
                ))}
              </p>
              <Metadata of={data.metadata} />
              <Tabs
                items={TABS}
                active={active}
                label="Of the dataset"
                onPick={(id) => setParams({ tab: id === "samples" ? null : id })}
              >
                {active === "samples" && <Samples project={project} dataset={data} />}
                {active === "history" && <History project={project} dataset={data} />}
                {active === "evaluations" && <Evaluations project={project} dataset={data} />}
              </Tabs>
            </>
          )}
        </Answer>
      </div>
    </div>
  );
}

function Metadata({ of }: { of: Attributes }) {
  const entries = Object.entries(of);
  if (entries.length === 0) return null;
  return (
    <div class="tags" role="group" aria-label="Metadata">
      {entries.map(([name, value]) => (
        <Tag key={name} name={name} value={value} />
      ))}
    </div>
  );
}

function Samples({ project, dataset }: { project: string; dataset: Dataset }) {
  const version = parseVersion(useParam("v"));
  const split = useParam("split") ?? "";
  const q = useParam("q") ?? "";
  const scored = useScored();
  return (
    <div class="samples">
      <div class="sample-bar">
        <VersionBox newest={dataset.version} shown={version ?? dataset.version} />
        {dataset.splits.length > 1 && (
          <Segmented
            label="Split"
            value={split}
            options={[
              { value: "", label: "All" },
              ...dataset.splits.map((s) => ({
                value: s.split,
                label: `${s.split} ${groupThousands(s.samples)}`,
              })),
            ]}
            onPick={(value) => setParams({ split: value || null })}
          />
        )}
        <ScoredBox />
        <SampleFinder />
        <span class="grow" />
        <Link
          class="link"
          href={reviewPath(project, null, {
            dataset: dataset.name,
            v: version === null ? null : `v${version}`,
            split: split || null,
            where: q || null,
          })}
        >
          Review them
        </Link>
      </div>
      <SampleList
        project={project}
        pathOf={(cursor) => samplesPath(project, dataset.name, { version, split, q, scored }, cursor)}
        list={{ space: { kind: "dataset", name: dataset.name }, inCase: null }}
        oneAt={(id) => samplePath(project, dataset.name, id, version)}
        split={dataset.splits.length > 1}
        empty={q || split || scored ? "No sample is like that" : "No samples in this version"}
      />
    </div>
  );
}

const comparePair = (from: number, to: number) => setParams({ compare: `v${from}..v${to}` });

/** Two versions, and what is different between them; v0 is empty. */
function Pair({ newest, from, to }: { newest: number; from: number; to: number }) {
  return (
    <span class="row">
      <VersionSelect
        label="From version"
        first={0}
        newest={newest}
        shown={from}
        onPick={(v) => comparePair(v, to)}
      />
      <span class="faint">to</span>
      <VersionSelect label="To version" newest={newest} shown={to} onPick={(v) => comparePair(from, v)} />
    </span>
  );
}

function History({ project, dataset }: { project: string; dataset: Dataset }) {
  const { name, version } = dataset;
  const commits = useCommits(project, name);
  const asked = parseCompare(useParam("compare"));
  const pair = asked && { from: asked.base ?? Math.max(0, asked.head - 1), to: asked.head };
  return (
    <div class="stack">
      <Answer answer={commits} what="The history could not be read">
        {(all) => (
          <div class="table-scroll">
            <table class="table">
              <TableHead
                columns={["Version", "What changed", { right: "Samples" }, "Message", "By", "When"]}
              />
              <tbody>
                {all.map((c) => (
                  <tr
                    key={c.version}
                    class={pair?.to === c.version ? "row-selected" : "row-plain"}
                    onClick={() => comparePair(c.version - 1, c.version)}
                  >
                    <td>
                      <button
                        type="button"
                        class="text-button"
                        aria-pressed={pair?.to === c.version}
                        title={`What v${c.version} changed`}
                      >
                        <strong>v{c.version}</strong>
                      </button>
                    </td>
                    <td>
                      <ChangeCounts {...c} />
                    </td>
                    <td class="right">{groupThousands(c.samples)}</td>
                    <td>{c.message || <span class="faint">–</span>}</td>
                    <td class="muted">{c.by}</td>
                    <td>
                      <TimeText text={c.created_at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Answer>
      {pair && (
        <Panel title="What changed" actions={<Pair newest={version} {...pair} />}>
          <Changes project={project} name={name} pair={pair} />
        </Panel>
      )}
    </div>
  );
}

export function ChangeCounts({ added, changed, removed }: Pick<Commit, "added" | "changed" | "removed">) {
  return (
    <span class="row">
      {added > 0 && <span class="change change-added">+{groupThousands(added)}</span>}
      {changed > 0 && <span class="change change-changed">~{groupThousands(changed)}</span>}
      {removed > 0 && <span class="change change-removed">−{groupThousands(removed)}</span>}
    </span>
  );
}

function Evaluations({ project, dataset }: { project: string; dataset: Dataset }) {
  const { name, version } = dataset;
  const evaluations = useEvaluations(project, { dataset: name });
  return (
    <>
      <Leaderboard project={project} target={{ kind: "dataset", workflow: "", name, version, split: null }} />
      <Answer answer={evaluations} what="The evaluations could not be read">
        {(all) =>
          all.length === 0 ? (
            <p class="muted">No model was evaluated on it yet.</p>
          ) : (
            <ul class="plain-list">
              {all.map((e) => (
                <li key={e.id}>
                  <Link class="link" href={evaluationPath(project, [e.id])}>
                    {e.model}
                  </Link>{" "}
                  <span class="muted">
                    on v{e.target.version}, {e.status}, <TimeText text={e.updated_at} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </>
  );
}
