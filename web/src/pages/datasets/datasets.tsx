// SPDX-License-Identifier: Apache-2.0
// All datasets of a project.
import { useState } from "preact/hooks";
import { asApiError } from "../../api/http";
import { createDataset, type Dataset, useDatasets } from "../../api/datasets";
import { datasetPath } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { Button } from "../../parts/button";
import { Code } from "../../parts/code";
import { Field, Input } from "../../parts/form";
import { finds, useFinder } from "../../parts/finder";
import { Link } from "../../parts/link";
import { type ListColumn, ObjectList } from "../../parts/objectlist";
import { EmptyState } from "../../parts/states";
import { Count, TimeText } from "../../parts/values";
import { navigate } from "../../state/location";
import { TestsBar } from "../tests/bar";

export default function DatasetsPage({ project }: { project: string }) {
  const datasets = useDatasets(project);
  const wanted = useFinder();
  const [making, setMaking] = useState(false);
  return (
    <div class="page">
      <TestsBar project={project} place="datasets" what="a dataset">
        <Button icon="plus" onClick={() => setMaking(true)}>
          New dataset
        </Button>
      </TestsBar>
      {making && <NewDataset project={project} onClose={() => setMaking(false)} />}
      <Answer answer={datasets} what="The datasets could not be read">
        {(all) =>
          all.length === 0 ? (
            <NoDatasets project={project} />
          ) : (
            <ObjectList
              label="Datasets"
              items={all.filter((d) => finds(wanted, d.name, d.description, ...d.tags))}
              columns={columns(project)}
              keyOf={(d) => d.name}
              href={(d) => datasetPath(project, d.name)}
            />
          )
        }
      </Answer>
    </div>
  );
}

function columns(project: string): ListColumn<Dataset>[] {
  return [
    {
      title: "Dataset",
      width: "minmax(160px, 1.5fr)",
      cell: (d) => (
        <Link class="model-name" href={datasetPath(project, d.name)} onClick={(e) => e.stopPropagation()}>
          {d.name}
        </Link>
      ),
    },
    { title: "Version", width: "70px", cell: (d) => <span class="muted">v{d.version}</span> },
    { title: "Samples", width: "90px", right: true, cell: (d) => <Count value={d.samples} /> },
    {
      title: "Splits",
      width: "minmax(100px, 1fr)",
      cell: (d) => (
        <span class="muted">{d.splits.map((s) => `${s.split || "none"} ${s.samples}`).join(", ")}</span>
      ),
    },
    { title: "Description", width: "minmax(160px, 2.4fr)", cell: (d) => d.description },
    {
      title: "Tags",
      width: "minmax(80px, 1fr)",
      cell: (d) => <span class="muted">{d.tags.join(", ")}</span>,
    },
    { title: "Changed", width: "minmax(90px, 0.8fr)", cell: (d) => <TimeText text={d.updated_at} /> },
  ];
}

function NewDataset({ project, onClose }: { project: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await createDataset(project, name.trim(), description.trim());
      navigate(datasetPath(project, name.trim()));
    } catch (failure) {
      setError(asApiError(failure).message);
    }
  };
  return (
    <form class="inline-form" onSubmit={(e) => void submit(e)}>
      <Field label="Name" error={error}>
        {(id) => <Input id={id} value={name} onValue={setName} required autoFocus />}
      </Field>
      <Field label="Description">
        {(id) => <Input id={id} value={description} onValue={setDescription} />}
      </Field>
      <Button look="primary" type="submit" disabled={name.trim() === ""}>
        Create
      </Button>
      <Button look="quiet" onClick={onClose}>
        Cancel
      </Button>
    </form>
  );
}

function NoDatasets({ project }: { project: string }) {
  const code = `from vireo import Vireo

vr = Vireo(${JSON.stringify(project)}, url=${JSON.stringify(location.origin)})
vr.dataset("questions").add([{"input": {"text": "2 + 2"}, "expected": "4"}])`;
  return (
    <EmptyState title={`No datasets in ${project} yet`}>
      <p>
        A dataset is a versioned table of samples: an input, what is expected, metadata. A trace becomes a
        sample with “Make it a test”.
      </p>
      <Code text={code} language="python" numbers={false} />
    </EmptyState>
  );
}
