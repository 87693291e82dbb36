// SPDX-License-Identifier: Apache-2.0
// The review queues of a project, and the form for a new one.  The address may begin it: with
// a dataset (dataset, v, split) or an evaluation, and which of its samples (where).
import { useState } from "preact/hooks";
import { createQueue, deleteQueue, type NewQueue as MadeQueue, type Queue } from "../../api/judges";
import { asApiError } from "../../api/http";
import { formatCount } from "../../lib/format";
import { judgesPath, reviewPath } from "../../lib/route";
import { Button } from "../../parts/button";
import { Field, Input, Select } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { EmptyState } from "../../parts/states";
import { TableHead } from "../../parts/tablehead";
import { navigate, useParam } from "../../state/location";
import { showToast } from "../../state/toast";

export function QueueList({ project, queues }: { project: string; queues: readonly Queue[] }) {
  const dataset = useParam("dataset");
  const evaluation = useParam("evaluation");
  const begun = dataset !== null || evaluation !== null;
  const [making, setMaking] = useState(queues.length === 0 || begun);
  return (
    <>
      <div class="topbar">
        <nav class="crumbs grow" aria-label="Where">
          <Link class="link" href={judgesPath(project)}>
            Judges
          </Link>
          <Icon name="right" size={12} />
          <h1>Review</h1>
        </nav>
        <Button icon="plus" onClick={() => setMaking(true)}>
          New queue
        </Button>
      </div>
      <div class="page-scroll stack">
        {making && <NewQueue project={project} onClose={() => setMaking(false)} />}
        {queues.length === 0 ? (
          <EmptyState title="No review queues yet">
            <p>
              A queue holds what a person has not judged yet: traces of a search, samples of a dataset, a
              model's answers in an evaluation.
            </p>
          </EmptyState>
        ) : (
          <QueueTable project={project} queues={queues} />
        )}
      </div>
    </>
  );
}

function QueueTable({ project, queues }: { project: string; queues: readonly Queue[] }) {
  const remove = async (queue: Queue) => {
    try {
      await deleteQueue(project, queue.id);
      showToast(`The queue ${queue.name} is gone; its scores stay`);
    } catch (error) {
      showToast(asApiError(error).message, "error");
    }
  };
  return (
    <table class="table">
      <TableHead
        columns={["Queue", "Of", "Judge", { right: "Left" }, { right: "Done" }, { spoken: "Delete" }]}
      />
      <tbody>
        {queues.map((q) => (
          <tr key={q.id} class="row-plain" onClick={() => navigate(reviewPath(project, q.id))}>
            <td>
              <Link class="model-name" href={reviewPath(project, q.id)} onClick={(e) => e.stopPropagation()}>
                {q.name}
              </Link>
            </td>
            <td>
              {sourceText(q)} <span class="mono">{q.where || "all"}</span>
            </td>
            <td>{q.judge}</td>
            <td class="right">{q.left === null ? "–" : formatCount(q.left)}</td>
            <td class="right">{q.done === null ? "–" : formatCount(q.done)}</td>
            <td class="right">
              <Button
                look="quiet"
                onClick={(e) => {
                  e.stopPropagation();
                  void remove(q);
                }}
              >
                Delete
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function sourceText({ source, dataset, evaluation }: Queue): string {
  if (source === "evaluation") return `answers in evaluation ${evaluation ?? ""}`;
  if (!dataset) return "traces";
  const version = dataset.version === null ? "" : ` v${dataset.version}`;
  return `samples of ${dataset.name || "a deleted dataset"}${version}${dataset.split ? ` ${dataset.split}` : ""}`;
}

/** What the form holds for each source: its field, a hint, and how its part is called. */
const SOURCES = [
  {
    value: "traces",
    label: "Traces",
    where: "Traces",
    hint: "A search, for example model:digits status:error",
  },
  { value: "dataset", label: "Samples of a dataset", where: "Samples", hint: "Only those with this text" },
  {
    value: "evaluation",
    label: "Answers in an evaluation",
    where: "Answers",
    hint: "A filter of its rows, for example right:false",
  },
] as const;

interface Form {
  source: (typeof SOURCES)[number]["value"];
  name: string;
  dataset: string;
  version: string;
  split: string;
  evaluation: string;
  where: string;
  judge: string;
  instructions: string;
}

/** What the address begins. */
function useBegun(): Form {
  const dataset = useParam("dataset") ?? "";
  const evaluation = useParam("evaluation") ?? "";
  return {
    source: dataset ? "dataset" : evaluation ? "evaluation" : "traces",
    name: dataset || (evaluation ? `evaluation ${evaluation}` : ""),
    dataset,
    version: /^v(\d{1,9})$/.exec(useParam("v") ?? "")?.[1] ?? "",
    split: useParam("split") ?? "",
    evaluation,
    where: useParam("where") ?? "",
    judge: "human",
    instructions: "",
  };
}

export function queueOf(form: Form): MadeQueue {
  const { source, name, where, judge, instructions } = form;
  const queue = { name, where, judge, instructions };
  if (source === "evaluation") return { ...queue, evaluation: Number(form.evaluation) };
  if (source === "traces") return queue;
  const version = form.version ? { version: Number(form.version) } : {};
  const split = form.split ? { split: form.split } : {};
  return { ...queue, dataset: { name: form.dataset, ...version, ...split } };
}

function NewQueue({ project, onClose }: { project: string; onClose: () => void }) {
  const begun = useBegun();
  const [form, setForm] = useState(begun);
  const [failed, setFailed] = useState<{ field: string | null; text: string } | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      const made = await createQueue(project, queueOf(form));
      navigate(reviewPath(project, made.id));
    } catch (error) {
      const problem = asApiError(error);
      setFailed({ field: problem.field, text: problem.message });
    }
  };
  const source = SOURCES.find((s) => s.value === form.source) ?? SOURCES[0];
  // What is wrong stands at its field; at the first when it is about none of them.
  const wrong = failed && (failed.field !== null && failed.field in form ? failed.field : "name");
  const field = (key: Exclude<keyof Form, "source">, label: string, hint: string) => (
    <Field label={label} hint={hint} error={wrong === key ? failed?.text : null}>
      {(id) => <Input id={id} value={form[key]} onValue={(value) => setForm({ ...form, [key]: value })} />}
    </Field>
  );
  return (
    <form class="queue-form" onSubmit={(e) => void submit(e)}>
      {field("name", "Name", "How reviewers call it")}
      <Field label="Review">
        {(id) => (
          <Select
            id={id}
            label="Review"
            value={form.source}
            options={SOURCES}
            onPick={(value) => setForm({ ...form, source: value })}
          />
        )}
      </Field>
      {form.source === "dataset" && (
        <>
          {field("dataset", "Dataset", "Its name")}
          {field("version", "Version", "A number; without one always the newest")}
          {field("split", "Split", "Only samples of it")}
        </>
      )}
      {form.source === "evaluation" && field("evaluation", "Evaluation", "Its number")}
      {field("where", source.where, source.hint)}
      {field("judge", "Judge", "Under which name the verdicts count")}
      {field("instructions", "Instructions", "What is good, what is bad")}
      <div class="row">
        <Button look="primary" type="submit" disabled={form.name.trim() === ""}>
          Create
        </Button>
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
