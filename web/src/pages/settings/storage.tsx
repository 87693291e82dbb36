// SPDX-License-Identifier: Apache-2.0
// What each column costs, and how long and how much is kept.
import { useState } from "preact/hooks";
import { asApiError } from "../../api/http";
import {
  type ColumnCost,
  type Retention,
  saveRetention,
  type StorageReport,
  useRetention,
  useStorage,
} from "../../api/storage";
import { formatBytes, formatCount, formatPercent, groupThousands, plural } from "../../lib/format";
import { Button } from "../../parts/button";
import { Field, Input } from "../../parts/form";
import { ErrorBar, Skeleton } from "../../parts/states";
import { TableHead } from "../../parts/tablehead";
import { showToast } from "../../state/toast";

const FEW = 8;
const GIB = 2 ** 30;

export function StorageAndRetention({ project }: { project: string }) {
  const storage = useStorage(project);
  const kept = useRetention(project);
  return (
    <>
      {kept.error && <ErrorBar error={kept.error} onRetry={kept.refetch} />}
      {kept.data && (
        <RetentionForm
          key={`${project} ${kept.data.maxAgeDays} ${kept.data.maxBytes}`}
          project={project}
          kept={kept.data}
        />
      )}
      {storage.error && <ErrorBar error={storage.error} onRetry={storage.refetch} />}
      {storage.loading && !storage.data && <Skeleton rows={4} />}
      {storage.data && <Columns report={storage.data} />}
    </>
  );
}

/** Empty: no limit.  undefined: not a number above 0. */
function readLimit(text: string): number | null | undefined {
  if (text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

const shown = (value: number | null, unit: number) =>
  value === null ? "" : String(Number((value / unit).toPrecision(6)));

function RetentionForm({ project, kept }: { project: string; kept: Retention }) {
  const [days, setDays] = useState(shown(kept.maxAgeDays, 1));
  const [size, setSize] = useState(shown(kept.maxBytes, GIB));
  const [error, setError] = useState<string | null>(null);
  const age = readLimit(days);
  const gibibytes = readLimit(size);
  const changed = days !== shown(kept.maxAgeDays, 1) || size !== shown(kept.maxBytes, GIB);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (age === undefined || gibibytes === undefined) return;
    try {
      const bytes = gibibytes === null ? null : Math.max(1, Math.round(gibibytes * GIB));
      await saveRetention(project, { maxAgeDays: age, maxBytes: bytes });
      setError(null);
      showToast("What is kept is changed; older spans go within minutes");
    } catch (failure) {
      setError(asApiError(failure).message);
    }
  };
  return (
    <form class="inline-form" onSubmit={(e) => void submit(e)}>
      <Field
        label="Keep spans for so many days"
        error={age === undefined ? "A number above 0, or nothing" : error}
        hint="empty: as long as the server says"
      >
        {(id) => <Input id={id} inputMode="decimal" placeholder="for ever" value={days} onValue={setDays} />}
      </Field>
      <Field
        label="At most so many GiB of segments"
        error={gibibytes === undefined ? "A number above 0, or nothing" : null}
        hint="the oldest spans go first"
      >
        {(id) => <Input id={id} inputMode="decimal" placeholder="any" value={size} onValue={setSize} />}
      </Field>
      <Button
        look="primary"
        type="submit"
        disabled={!changed || age === undefined || gibibytes === undefined}
      >
        Save
      </Button>
    </form>
  );
}

function Columns({ report }: { report: StorageReport }) {
  const [all, setAll] = useState(false);
  const columns = all ? report.columns : report.columns.slice(0, FEW);
  const total = report.columns.reduce((sum, c) => sum + c.bytes, 0) + report.indexBytes;
  if (report.columns.length === 0) return <p class="muted">No segments yet: nothing takes room.</p>;
  return (
    <>
      <Damage report={report} />
      <div class="table-scroll">
        <table class="table">
          <TableHead
            columns={[
              "Column",
              { right: "On disk" },
              { right: "Share" },
              { right: "Spans with it" },
              { right: "Distinct values" },
            ]}
          />
          <tbody>
            {columns.map((c) => (
              <ColumnRow key={c.column} cost={c} total={total} />
            ))}
          </tbody>
        </table>
      </div>
      <div class="row">
        <span class="muted">
          {plural(report.keysInColumns, "attribute key")} with columns
          {report.keysInRest > 0 &&
            `, ${formatCount(report.keysInRest)} without: a segment has at most ${groupThousands(report.keyColumns)}`}
          {" · "}
          {formatBytes(report.indexBytes)} of indexes
        </span>
        <span class="grow" />
        {report.columns.length > FEW && (
          <Button look="quiet" onClick={() => setAll(!all)}>
            {all ? "Only the costliest" : `All ${formatCount(report.columnCount)} columns`}
          </Button>
        )}
      </div>
    </>
  );
}

function ColumnRow({ cost, total }: { cost: ColumnCost; total: number }) {
  return (
    <tr>
      <td class="mono">{cost.column}</td>
      <td class="right" title={`${groupThousands(cost.bytes)} bytes`}>
        {formatBytes(cost.bytes)}
      </td>
      <td class="right">{formatPercent(cost.bytes, total)}</td>
      <td class="right" title={groupThousands(cost.rows)}>
        {formatCount(cost.rows)}
      </td>
      <td
        class="right"
        title={cost.distinct === null ? "too many for a dictionary" : "at least, in one part"}
      >
        {cost.distinct === null ? "many" : formatCount(cost.distinct)}
      </td>
    </tr>
  );
}

function Damage({ report }: { report: StorageReport }) {
  const damaged = report.damagedSegments + report.damagedBlocks;
  if (damaged === 0) return null;
  return (
    <p class="danger" role="alert">
      {plural(damaged, "part")} of the data cannot be read and is missing from answers. Run{" "}
      <code>vireo doctor</code>, and put the damaged files back from a backup.
    </p>
  );
}
