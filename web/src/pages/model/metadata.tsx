// SPDX-License-Identifier: Apache-2.0
// Free-form metadata: keys with JSON values, checked while typed, saved as a
// whole.
import { useState } from "preact/hooks";
import { asApiError } from "../../api/http";
import { changeModel } from "../../api/models";
import type { Model } from "../../api/types";
import { type Json, stringify, tryParse } from "../../lib/json";
import { Button, IconButton } from "../../parts/button";
import { Input } from "../../parts/form";
import { showToast } from "../../state/toast";

export interface Draft {
  key: string;
  value: string;
}

/** A value as typed: JSON if it is or wants to be, else text. */
export function readValue(text: string): { value: Json } | { error: string } {
  const trimmed = text.trim();
  const json = tryParse(trimmed);
  if (json !== undefined) return { value: json };
  if (/^["[{]/.test(trimmed)) return { error: "This is not valid JSON yet" };
  return { value: text };
}

export function toDrafts(metadata: Readonly<Record<string, Json>>): Draft[] {
  return Object.entries(metadata).map(([key, value]) => ({
    key,
    // Text that would read as JSON keeps its quotes.
    value:
      typeof value === "string" && tryParse(value) === undefined && !/^["[{]/.test(value)
        ? value
        : stringify(value),
  }));
}

export interface DraftErrors {
  key?: string;
  value?: string;
}

export function checkDrafts(drafts: readonly Draft[]): {
  metadata: Record<string, Json>;
  errors: DraftErrors[];
} {
  const read = new Map<string, Json>();
  const errors = drafts.map((d): DraftErrors => {
    const key = d.key.trim();
    if (key === "") return { key: "A key is needed" };
    if (read.has(key)) return { key: "This key is there already" };
    const result = readValue(d.value);
    if ("error" in result) return { value: result.error };
    read.set(key, result.value);
    return {};
  });
  return { metadata: Object.fromEntries(read), errors };
}

export function MetadataEditor({ project, model }: { project: string; model: Model }) {
  const saved = toDrafts(model.metadata);
  const [drafts, setDrafts] = useState<Draft[] | null>(null);
  const [busy, setBusy] = useState(false);
  const rows = drafts ?? saved;
  const { metadata, errors } = checkDrafts(rows);
  const wrong = errors.some((e) => e.key ?? e.value);
  const change = (index: number, part: Partial<Draft>) =>
    setDrafts(rows.map((d, i) => (i === index ? { ...d, ...part } : d)));
  const save = async (event: Event) => {
    event.preventDefault();
    if (wrong || busy) return;
    setBusy(true);
    try {
      await changeModel(project, model.name, { metadata });
      setDrafts(null);
      showToast("Metadata saved");
    } catch (error) {
      showToast(`The metadata was not saved: ${asApiError(error).message}`, "error");
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="metadata" onSubmit={(e) => void save(e)}>
      {rows.length === 0 && (
        <p class="muted">Nothing yet. Note the owner, the data, the framework: whatever helps.</p>
      )}
      {rows.map((row, i) => (
        <MetadataRow
          key={i}
          row={row}
          errors={drafts ? (errors[i] ?? {}) : {}}
          onChange={(part) => change(i, part)}
          onRemove={() => setDrafts(rows.filter((_, j) => j !== i))}
        />
      ))}
      <div class="row">
        <Button icon="plus" onClick={() => setDrafts([...rows, { key: "", value: "" }])}>
          Add a key
        </Button>
        {drafts && (
          <>
            <span class="grow" />
            <Button look="quiet" onClick={() => setDrafts(null)}>
              Discard
            </Button>
            <Button look="primary" type="submit" disabled={wrong || busy}>
              Save
            </Button>
          </>
        )}
      </div>
    </form>
  );
}

interface RowProps {
  row: Draft;
  errors: DraftErrors;
  onChange: (part: Partial<Draft>) => void;
  onRemove: () => void;
}

function MetadataRow({ row, errors, onChange, onRemove }: RowProps) {
  const error = errors.key ?? errors.value;
  return (
    <div class="metadata-row">
      <Input
        class="input mono"
        aria-label="Key"
        placeholder="key"
        value={row.key}
        aria-invalid={Boolean(errors.key)}
        onValue={(key) => onChange({ key })}
      />
      <Input
        class="input mono"
        aria-label={`Value of ${row.key}`}
        placeholder="text or JSON"
        value={row.value}
        aria-invalid={Boolean(errors.value)}
        onValue={(value) => onChange({ value })}
      />
      <IconButton icon="close" label={`Remove ${row.key}`} onClick={onRemove} />
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
