// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { asApiError } from "../../api/http";
import { createProject } from "../../api/projects";
import { tracesPath } from "../../lib/route";
import { Button } from "../../parts/button";
import { Field, Input } from "../../parts/form";
import { navigate, useParam } from "../../state/location";

export function NewProject() {
  const wanted = useParam("new") === "project";
  const [name, setName] = useState("");
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (name.trim() === "") return;
    try {
      const project = await createProject(name.trim());
      navigate(tracesPath(project.name));
    } catch (failure) {
      setError(asApiError(failure).message);
    }
  };
  return (
    <form class="inline-form" onSubmit={(e) => void submit(e)}>
      <Field label="New project" error={error}>
        {(id) => (
          <Input id={id} placeholder="Concept Project" autoFocus={wanted} value={name} onValue={setName} />
        )}
      </Field>
      <Button look="primary" type="submit" disabled={name.trim() === ""}>
        Create
      </Button>
    </form>
  );
}
