// SPDX-License-Identifier: Apache-2.0
// "Make it a test": the input of a trace becomes a sample of a dataset, with one click
// where the dataset is known already.
import { useState } from "preact/hooks";
import { addTraces, createDataset, useDatasets } from "../../api/datasets";
import { asApiError } from "../../api/http";
import { datasetPath } from "../../lib/route";
import { Button } from "../../parts/button";
import { Input } from "../../parts/form";
import { Link } from "../../parts/link";
import { Popover } from "../../parts/menu";
import { lastDataset } from "../../state/prefs";
import { showToast } from "../../state/toast";

interface Props {
  project: string;
  traceId: string;
}

export function MakeTest({ project, traceId }: Props) {
  return (
    <Popover
      label="Make it a test"
      title="Make it a sample of a dataset"
      icon="tests"
      look="quiet"
      align="right"
      role="dialog"
    >
      {(close) => <Choice project={project} traceId={traceId} onDone={close} />}
    </Popover>
  );
}

function Choice({ project, traceId, onDone }: Props & { onDone: () => void }) {
  const datasets = useDatasets(project);
  const names = (datasets.data ?? []).map((d) => d.name);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const add = async (name: string) => {
    setBusy(true);
    try {
      if (!names.includes(name)) await createDataset(project, name, "");
      const done = await addTraces(project, name, { trace_ids: [traceId], expected: "output" });
      lastDataset.set(name);
      showToast(
        done.added > 0 ? `A new sample of ${name}:v${done.version}` : `${name} has this sample already`,
      );
      onDone();
    } catch (error) {
      showToast(asApiError(error).message, "error");
    }
    setBusy(false);
  };
  const last = lastDataset.get();
  const sorted = [...names].sort((a, b) => Number(b === last) - Number(a === last));
  return (
    <div class="make-test">
      <p class="faint">Its input, with its output as what is expected, becomes a sample of</p>
      {sorted.slice(0, 12).map((name) => (
        <div key={name} class="row">
          <Button look="quiet" disabled={busy} onClick={() => void add(name)}>
            {name}
          </Button>
          <span class="grow" />
          <Link class="link" href={datasetPath(project, name)}>
            open
          </Link>
        </div>
      ))}
      <form
        class="row"
        onSubmit={(e) => {
          e.preventDefault();
          void add(typed.trim());
        }}
      >
        <Input aria-label="New dataset" placeholder="a new dataset" value={typed} onValue={setTyped} />
        <Button type="submit" disabled={busy || typed.trim() === ""}>
          Add
        </Button>
      </form>
    </div>
  );
}
