// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { asApiError } from "../../api/http";
import { changeModel } from "../../api/models";
import { modelPath } from "../../lib/route";
import { Button } from "../../parts/button";
import { Field, Input } from "../../parts/form";
import { navigate } from "../../state/location";
import { showToast } from "../../state/toast";

interface Props {
  project: string;
  name: string;
  onDone: () => void;
}

export function RenameForm({ project, name, onDone }: Props) {
  const [text, setText] = useState(name);
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const wanted = text.trim();
    if (wanted === "" || wanted === name) return;
    try {
      const model = await changeModel(project, name, { name: wanted });
      showToast(`Renamed to ${model.name}`);
      onDone();
      navigate(modelPath(project, model.name), { replace: true });
    } catch (failure) {
      setError(asApiError(failure).message);
    }
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onDone();
  };
  return (
    <form class="inline-form" onSubmit={(e) => void submit(e)} onKeyDown={keys}>
      <Field
        label="New name"
        error={error}
        hint={`Tags such as ${name}:v1 stay valid. Code that still traces under the old name keeps adding to this model.`}
      >
        {(id) => <Input id={id} value={text} autoFocus spellcheck={false} onValue={setText} />}
      </Field>
      <Button look="primary" type="submit" disabled={text.trim() === "" || text.trim() === name}>
        Rename
      </Button>
      <Button look="quiet" onClick={onDone}>
        Cancel
      </Button>
    </form>
  );
}
