// SPDX-License-Identifier: Apache-2.0
// A sample under review: what went in, what is expected, and the answer that is judged.
import { useMemo } from "preact/hooks";
import type { QueueSample } from "../../api/judges";
import { asApiError } from "../../api/http";
import { type NewSampleScore, type SampleSpace, sendSampleScore } from "../../api/samplescores";
import { type Json, stringify } from "../../lib/json";
import { ModelTag, Tag } from "../../parts/chip";
import type { Side } from "../../parts/drawing/layers";
import { Drawing } from "../../parts/sampledrawing";
import { showToast } from "../../state/toast";
import { ExpectationForm } from "../datasets/samplescores";
import { PayloadView } from "../trace/payload";

const textOf = (value: Json) => (typeof value === "string" ? value : stringify(value));

const sidesOf = ({ expected, inference }: QueueSample, model: string | null): Side[] => [
  { name: "expected", color: "--series-3", value: expected },
  ...(model === null ? [] : [{ name: "inference", title: model, color: "--series-1", value: inference }]),
];

interface Props {
  project: string;
  space: SampleSpace;
  sample: QueueSample;
  /** Whose answer is judged; null: the sample itself. */
  model: string | null;
  /** Whether the form for an expectation is open. */
  expecting: boolean;
  onExpected: () => void;
}

export function ReviewedSample({ project, space, sample, model, expecting, onExpected }: Props) {
  const metadata = Object.entries(sample.metadata);
  const sides = useMemo(() => sidesOf(sample, model), [sample, model]);
  const store = async (said: Omit<NewSampleScore, "number">) => {
    try {
      await sendSampleScore(project, space, { number: sample.number, ...said });
      showToast("Kept as an expectation of the sample");
      return true;
    } catch (error) {
      showToast(`The expectation was not stored: ${asApiError(error).message}`, "error");
      return false;
    }
  };
  return (
    <div class="review-sample stack">
      <header class="row">
        <span class="faint">Sample</span>
        <span class="mono cut" title={sample.id}>
          {sample.id}
        </span>
        {model !== null && (
          <>
            <span class="faint">answered by</span>
            <ModelTag tag={model} project={project} />
          </>
        )}
        <span class="grow" />
        <div class="tags">
          {metadata.map(([name, value]) => (
            <Tag key={name} name={name} value={value} />
          ))}
        </div>
      </header>
      {expecting && (
        <ExpectationForm first={sample.expected ?? sample.inference} store={store} onDone={onExpected} />
      )}
      <Drawing project={project} value={sample.input} sides={sides} />
      <PayloadView title="Input" text={textOf(sample.input)} />
      {sample.expected !== null && <PayloadView title="Expected" text={textOf(sample.expected)} />}
      {model !== null &&
        (sample.error === null ? (
          <PayloadView title="Inference" text={textOf(sample.inference)} />
        ) : (
          <p class="danger">{sample.error}</p>
        ))}
    </div>
  );
}
