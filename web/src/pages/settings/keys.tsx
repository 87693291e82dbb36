// SPDX-License-Identifier: Apache-2.0
// API keys: a new one is shown once; a revoked one stops working at once.
import { useState } from "preact/hooks";
import { asApiError } from "../../api/http";
import { createKey, revokeKey, useKeysOf } from "../../api/projects";
import { type ApiKey, ROLES } from "../../api/types";
import { Button, CopyButton } from "../../parts/button";
import { Chip } from "../../parts/chip";
import { Field, Input, Select } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { ErrorBar, Skeleton } from "../../parts/states";
import { TableHead } from "../../parts/tablehead";
import { TimeText } from "../../parts/values";
import { showToast } from "../../state/toast";

export function Keys({ project }: { project: string }) {
  const keys = useKeysOf(project);
  return (
    <>
      {keys.error && <ErrorBar error={keys.error} onRetry={keys.refetch} />}
      {keys.loading && <Skeleton rows={2} />}
      {keys.data?.length === 0 && (
        <p class="muted">
          No keys. Without accounts none is needed on this machine; a client elsewhere sends one.
        </p>
      )}
      {keys.data && keys.data.length > 0 && (
        <div class="table-scroll">
          <table class="table">
            <TableHead
              columns={["Name", "Role", "Begins with", "Created", "Last used", { spoken: "Revoke" }]}
            />
            <tbody>
              {keys.data.map((k) => (
                <KeyRow key={k.id} project={project} apiKey={k} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <NewKey project={project} />
    </>
  );
}

function KeyRow({ project, apiKey }: { project: string; apiKey: ApiKey }) {
  const [asking, setAsking] = useState(false);
  const revoke = () => {
    revokeKey(project, apiKey.id)
      .then(() => showToast(`${apiKey.name} is revoked`))
      .catch((error: unknown) => showToast(`The key was not revoked: ${asApiError(error).message}`, "error"));
  };
  return (
    <tr>
      <td>{apiKey.name}</td>
      <td>
        <Chip>{apiKey.role}</Chip>
      </td>
      <td class="mono">{apiKey.prefix}…</td>
      <td>
        <TimeText text={apiKey.created_at} />
      </td>
      <td>
        {apiKey.last_used_at === null ? (
          <span class="faint">never</span>
        ) : (
          <TimeText text={apiKey.last_used_at} />
        )}
      </td>
      <td class="right">
        {asking ? (
          <span class="row row-end">
            <span class="muted">Clients with it stop at once.</span>
            <Button look="danger" onClick={revoke}>
              Revoke
            </Button>
            <Button look="quiet" onClick={() => setAsking(false)}>
              Keep
            </Button>
          </span>
        ) : (
          <Button look="quiet" onClick={() => setAsking(true)}>
            Revoke
          </Button>
        )}
      </td>
    </tr>
  );
}

const ROLE_HINTS: Record<string, string> = {
  ingest: "may send, not read",
  viewer: "may read",
  editor: "may read, send and change",
  admin: "may also make keys",
};

function NewKey({ project }: { project: string }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("ingest");
  const [error, setError] = useState<string | null>(null);
  const [secret, setSecret] = useState<{ name: string; key: string } | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted === "") return;
    try {
      setSecret({ name: wanted, key: await createKey(project, wanted, role) });
      setName("");
      setError(null);
    } catch (failure) {
      setError(asApiError(failure).message);
    }
  };
  return (
    <>
      {secret && (
        <div class="secret" role="status">
          <Icon name="info" />
          <div class="grow">
            <p>
              The key <strong>{secret.name}</strong> is shown only now. Keep it where your secrets are.
            </p>
            <div class="row">
              <code class="secret-key">{secret.key}</code>
              <CopyButton text={secret.key} label="Copy the key" />
            </div>
          </div>
          <Button onClick={() => setSecret(null)}>I have it</Button>
        </div>
      )}
      <form class="inline-form" onSubmit={(e) => void submit(e)}>
        <Field label="New key" error={error} hint={ROLE_HINTS[role] ?? ""}>
          {(id) => <Input id={id} placeholder="ci" value={name} onValue={setName} />}
        </Field>
        <Select
          label="Role"
          value={role}
          options={ROLES.map((r) => ({ value: r, label: r }))}
          onPick={setRole}
        />
        <Button look="primary" type="submit" disabled={name.trim() === ""}>
          Create
        </Button>
      </form>
    </>
  );
}
