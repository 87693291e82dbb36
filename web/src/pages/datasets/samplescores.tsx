// SPDX-License-Identifier: Apache-2.0
// What is said of a sample, or of a model's answer to it: thumbs, scores, and what the
// output should be, which can become the expected value of a new version.
import { useState } from "preact/hooks";
import { asApiError } from "../../api/http";
import {
  applyExpectation,
  deleteSampleScore,
  type NewSampleScore,
  type SampleScore,
  type SampleSpace,
  sendSampleScore,
  useSampleScores,
} from "../../api/samplescores";
import { type Json, parseJson, stringify } from "../../lib/json";
import { Button, IconButton } from "../../parts/button";
import { Field, Input } from "../../parts/form";
import { ShortValue } from "../../parts/sample";
import { ScoreMark } from "../../parts/score";
import { ScoreFacts, ScoreForm } from "../../parts/scoreform";
import { reviewer } from "../../state/prefs";
import { useStore } from "../../state/store";
import { showToast } from "../../state/toast";

export interface ScoredSample {
  space: SampleSpace;
  number: number;
  expected: Json;
  /** Whose answer is judged; null: the sample itself. */
  model: string | null;
  /** Where an expectation may go: a dataset, or this case of a workflow; nowhere without one. */
  inCase: string | null;
}

interface Props {
  project: string;
  sample: ScoredSample;
  /** What the form for an expectation begins with. */
  proposed?: Json;
  onApplied?: () => void;
  /** Something was said or taken back. */
  onChange?: () => void;
}

async function tell(project: string, space: SampleSpace, score: NewSampleScore): Promise<boolean> {
  try {
    await sendSampleScore(project, space, score);
    return true;
  } catch (error) {
    showToast(`The score was not stored: ${asApiError(error).message}`, "error");
    return false;
  }
}

export function SampleScores({ project, sample, proposed, onApplied, onChange }: Props) {
  const { space, number, model } = sample;
  const [open, setOpen] = useState<"score" | "expectation" | null>(null);
  const scores = useSampleScores(project, space, number);
  const by = useStore(reviewer);
  const about = { number, ...(model ? { model } : {}) };
  const store = async (said: Omit<NewSampleScore, "number">): Promise<boolean> => {
    const stored = await tell(project, space, { ...about, ...said });
    if (stored) onChange?.();
    return stored;
  };
  const say = (passed: boolean) => store({ name: "feedback", value: passed, passed, ...(by ? { by } : {}) });
  const shown = (scores.data ?? []).filter((s) => s.model === model && !s.outdated);
  const toggle = (what: "score" | "expectation") => setOpen(open === what ? null : what);
  return (
    <section class="payload" aria-label={model ? `Scores of ${model}'s answer` : "Scores of the sample"}>
      <header class="payload-head">
        <h3 class="section-title">{model ? "Scores of the answer" : "Scores of the sample"}</h3>
        <span class="grow" />
        <IconButton icon="thumbup" label="Good" onClick={() => void say(true)} />
        <IconButton icon="thumbdown" label="Bad" onClick={() => void say(false)} />
        <Button look="quiet" icon="edit" onClick={() => toggle("score")}>
          Score it
        </Button>
        {!model && (
          <Button look="quiet" icon="edit" onClick={() => toggle("expectation")}>
            Expect
          </Button>
        )}
      </header>
      {open === "score" && <ScoreForm store={store} onDone={() => setOpen(null)} />}
      {open === "expectation" && (
        <ExpectationForm first={proposed ?? sample.expected} store={store} onDone={() => setOpen(null)} />
      )}
      {scores.error && <p class="danger">{`Scores could not be read: ${scores.error.message}`}</p>}
      {shown.length > 0 && (
        <ul class="score-list">
          {shown.map((s) => (
            <Row
              key={s.id}
              project={project}
              sample={sample}
              score={s}
              onApplied={onApplied}
              onChange={onChange}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

interface RowProps {
  project: string;
  sample: ScoredSample;
  score: SampleScore;
  onApplied: (() => void) | undefined;
  onChange: (() => void) | undefined;
}

function Row({ project, sample, score, onApplied, onChange }: RowProps) {
  const remove = async () => {
    try {
      await deleteSampleScore(project, sample.space, score.id);
      onChange?.();
    } catch (error) {
      showToast(asApiError(error).message, "error");
    }
  };
  const facts = <ScoreFacts project={project} score={score} onRemove={() => void remove()} />;
  if (score.kind !== "expectation")
    return (
      <li class="score-row">
        <ScoreMark score={score} />
        {facts}
      </li>
    );
  return (
    <li class="score-row">
      <span class="score score-plain">
        <span class="score-name">{score.name}</span>
        <ShortValue value={score.expected} />
      </span>
      {facts}
      <Apply project={project} sample={sample} score={score} onApplied={onApplied} />
    </li>
  );
}

/** A commit to the newest version; what an evaluation ran on stays as it was. */
function Apply({ project, sample, score, onApplied }: Omit<RowProps, "onChange">) {
  const { space, inCase } = sample;
  if (stringify(score.expected) === stringify(sample.expected))
    return <span class="faint">expected now</span>;
  if (space.kind === "workflow" && inCase === null) return null;
  const apply = async () => {
    try {
      const { version, made } = await applyExpectation(project, space, score.id, inCase);
      showToast(made ? `Expected from v${version} on` : `Expected in v${version} already`);
      onApplied?.();
    } catch (error) {
      showToast(asApiError(error).message, "error");
    }
  };
  return (
    <Button look="quiet" onClick={() => void apply()}>
      Make it the expected value
    </Button>
  );
}

/** What is no JSON is a text. */
export function readExpectation(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return text.trim();
  }
}

interface FormProps {
  first: Json;
  store: (said: Omit<NewSampleScore, "number">) => Promise<boolean>;
  onDone: () => void;
}

export function ExpectationForm({ first, store, onDone }: FormProps) {
  const [text, setText] = useState(
    first === null ? "" : typeof first === "string" ? first : stringify(first),
  );
  const [reason, setReason] = useState("");
  const by = useStore(reviewer);
  const submit = async (event: Event) => {
    event.preventDefault();
    const stored = await store({
      kind: "expectation",
      name: "expected",
      expected: readExpectation(text),
      ...(reason.trim() ? { reason: reason.trim() } : {}),
      ...(by ? { by } : {}),
    });
    if (stored) onDone();
  };
  return (
    <form class="expectation-form" onSubmit={(e) => void submit(e)}>
      <Field label="What the output should be" hint="JSON, or a text">
        {(id) => (
          <textarea
            id={id}
            class="input mono"
            rows={4}
            value={text}
            onInput={(e) => setText(e.currentTarget.value)}
            onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
            autoFocus
          />
        )}
      </Field>
      <div class="row">
        <Field label="Why">{(id) => <Input id={id} value={reason} onValue={setReason} />}</Field>
        <Field label="By">{(id) => <Input id={id} value={by} onValue={reviewer.set} />}</Field>
        <span class="grow" />
        <Button look="primary" type="submit" disabled={text.trim() === ""}>
          Store
        </Button>
      </div>
    </form>
  );
}
