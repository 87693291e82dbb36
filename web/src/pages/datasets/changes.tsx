// SPDX-License-Identifier: Apache-2.0
// What is different between two versions of a dataset, sample by sample.
import { type Sample, type SampleChange, useDatasetDiff } from "../../api/datasets";
import { type Json, stringify } from "../../lib/json";
import { Answer } from "../../parts/answer";
import { Diff } from "../../parts/diff";
import { ChangeCounts } from "./dataset";

interface Props {
  project: string;
  name: string;
  pair: { from: number; to: number };
}

const textOf = (sample: Sample | null): string => {
  if (!sample) return "";
  const { input, expected, metadata, split } = sample;
  return stringify({ input, expected, metadata, split } satisfies Record<string, Json>, 2);
};

export function Changes({ project, name, pair }: Props) {
  const diff = useDatasetDiff(project, name, pair);
  return (
    <Answer answer={diff} what="The versions could not be compared" rows={4}>
      {(found) => (
        <div class="stack">
          <ChangeCounts {...found} />
          {found.items.map((c) => (
            <Change key={c.id} change={c} from={`v${pair.from}`} to={`v${pair.to}`} />
          ))}
          {found.more && (
            <p class="faint">
              The first {found.items.length} changes are shown; vireo dataset diff tells all.
            </p>
          )}
        </div>
      )}
    </Answer>
  );
}

function Change({ change, from, to }: { change: SampleChange; from: string; to: string }) {
  return (
    <details class="dependency" open={change.change === "changed"}>
      <summary class="row">
        <span class={`change change-${change.change}`}>{change.change}</span>
        <span class="mono cut">{change.id}</span>
      </summary>
      <Diff
        oldText={textOf(change.before)}
        newText={textOf(change.after)}
        oldLabel={from}
        newLabel={to}
        language="text"
        layout={change.change === "changed" ? "split" : "unified"}
      />
    </details>
  );
}
