// SPDX-License-Identifier: Apache-2.0
// One sample, whole, beside the list; from one made of a trace the way back to it.
import { useMemo } from "preact/hooks";
import type { Sample } from "../../api/datasets";
import type { SampleSpace } from "../../api/samplescores";
import { type Json, stringify } from "../../lib/json";
import { tracePath } from "../../lib/route";
import { CopyButton, IconButton } from "../../parts/button";
import { Tag } from "../../parts/chip";
import { Link } from "../../parts/link";
import { Drawing } from "../../parts/sampledrawing";
import { PayloadView } from "../trace/payload";
import { SampleScores } from "./samplescores";

const EXPECTED = "--series-3";
const textOf = (value: Json) => (typeof value === "string" ? value : stringify(value));

interface Props {
  project: string;
  sample: Sample;
  list: SampleListOf;
  onApplied: () => void;
  onClose: () => void;
}

/** Whose samples these are: a dataset's, or a case's in a workflow. */
export interface SampleListOf {
  space: SampleSpace;
  inCase: string | null;
}

export function SampleDetails({ project, sample, list, onApplied, onClose }: Props) {
  const trace = sample.metadata["trace_id"];
  const metadata = Object.entries(sample.metadata);
  const sides = useMemo(() => [{ name: "expected", color: EXPECTED, value: sample.expected }], [sample]);
  return (
    <aside class="sample-panel" aria-label="Sample">
      <header class="side-head">
        <span class="faint">Sample</span>
        <span class="mono cut" title={sample.id}>
          {sample.id}
        </span>
        <CopyButton text={sample.id} label="Copy the id" />
        <span class="grow" />
        {typeof trace === "string" && (
          <Link class="link" href={tracePath(project, trace)}>
            Its trace
          </Link>
        )}
        <IconButton icon="close" label="Close (Esc)" onClick={onClose} />
      </header>
      <div class="stack sample-panel-body">
        <Drawing project={project} value={sample.input} sides={sides} />
        <PayloadView title="Input" text={textOf(sample.input)} />
        {sample.expected !== null && <PayloadView title="Expected" text={textOf(sample.expected)} />}
        {metadata.length > 0 && (
          <div class="tags">
            {metadata.map(([name, value]) => (
              <Tag key={name} name={name} value={value} />
            ))}
          </div>
        )}
        <SampleScores
          key={sample.number}
          project={project}
          sample={{ ...list, number: sample.number, expected: sample.expected, model: null }}
          onApplied={onApplied}
        />
      </div>
    </aside>
  );
}
