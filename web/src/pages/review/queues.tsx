// SPDX-License-Identifier: Apache-2.0
// The review queues of a project, and the form for a new one.
import { useState } from "preact/hooks";
import { createQueue, deleteQueue, type Queue } from "../../api/judges";
import { asApiError } from "../../api/http";
import { formatCount } from "../../lib/format";
import { judgesPath, reviewPath } from "../../lib/route";
import { Button } from "../../parts/button";
import { Field, Input } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { EmptyState } from "../../parts/states";
import { navigate } from "../../state/location";
import { showToast } from "../../state/toast";

export function QueueList({ project, queues }: { project: string; queues: readonly Queue[] }) {
  const [making, setMaking] = useState(queues.length === 0);
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
            <p>A queue holds the traces of a search that a person has not judged yet.</p>
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
      <thead>
        <tr>
          <th scope="col">Queue</th>
          <th scope="col">Traces</th>
          <th scope="col">Judge</th>
          <th scope="col" class="right">
            Left
          </th>
          <th scope="col" class="right">
            Done
          </th>
          <th scope="col">
            <span class="sr-only">Delete</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {queues.map((q) => (
          <tr key={q.id} class="row-plain" onClick={() => navigate(reviewPath(project, q.id))}>
            <td>
              <Link class="model-name" href={reviewPath(project, q.id)} onClick={(e) => e.stopPropagation()}>
                {q.name}
              </Link>
            </td>
            <td class="mono">{q.where || "all"}</td>
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

function NewQueue({ project, onClose }: { project: string; onClose: () => void }) {
  const [form, setForm] = useState({ name: "", where: "", judge: "human", instructions: "" });
  const [failed, setFailed] = useState<{ field: string | null; text: string } | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      const made = await createQueue(project, form);
      navigate(reviewPath(project, made.id));
    } catch (error) {
      const problem = asApiError(error);
      setFailed({ field: problem.field, text: problem.message });
    }
  };
  // What is wrong stands at its field; at the first when it is about none of them.
  const wrong = failed && (failed.field !== null && failed.field in form ? failed.field : "name");
  const field = (key: keyof typeof form, label: string, hint: string) => (
    <Field label={label} hint={hint} error={wrong === key ? failed?.text : null}>
      {(id) => <Input id={id} value={form[key]} onValue={(value) => setForm({ ...form, [key]: value })} />}
    </Field>
  );
  return (
    <form class="queue-form" onSubmit={(e) => void submit(e)}>
      {field("name", "Name", "How reviewers call it")}
      {field("where", "Traces", "A search, for example model:digits status:error")}
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
