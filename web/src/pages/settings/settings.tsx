// SPDX-License-Identifier: Apache-2.0
// Settings: this project's numbers and keys, all projects, the look, the server.
import { serverUrl, useInfo, useProject, useProjects } from "../../api/projects";
import type { Project } from "../../api/types";
import { formatBytes, formatCount, formatPercent, groupThousands } from "../../lib/format";
import { tracesPath } from "../../lib/route";
import { CopyButton } from "../../parts/button";
import { Segmented } from "../../parts/form";
import { Link } from "../../parts/link";
import { Panel } from "../../parts/panel";
import { Starter } from "../../parts/starter";
import { ErrorBar, ErrorState, Skeleton } from "../../parts/states";
import { TableHead } from "../../parts/tablehead";
import { Bytes, Count, TimeText } from "../../parts/values";
import { useStore } from "../../state/store";
import { type Theme, theme } from "../../state/theme";
import { Keys } from "./keys";
import { NewProject } from "./newproject";
import { StorageAndRetention } from "./storage";

export default function SettingsPage({ project }: { project: string }) {
  return (
    <div class="page">
      <div class="topbar">
        <h1>Settings</h1>
      </div>
      <div class="page-scroll settings">
        <ProjectPanel project={project} />
        <Panel title="Storage and retention">
          <StorageAndRetention project={project} />
        </Panel>
        <Panel title={`Keys of ${project}`}>
          <Keys project={project} />
        </Panel>
        <Panel title="Send traces here">
          <Starter project={project} />
        </Panel>
        <ProjectsPanel active={project} />
        <Panel title="Look">
          <ThemeChoice />
        </Panel>
        <ServerPanel />
      </div>
    </div>
  );
}

function ProjectPanel({ project }: { project: string }) {
  const found = useProject(project);
  if (found.data)
    return (
      <Panel title={project}>
        {found.error && <ErrorBar error={found.error} onRetry={found.refetch} />}
        <Counters project={found.data} />
        <Storage storage={found.data.storage} />
      </Panel>
    );
  if (!found.error)
    return (
      <Panel title={project}>
        <Skeleton rows={3} />
      </Panel>
    );
  const what =
    found.error.status === 404 ? `There is no project ${project} yet` : "The project could not be read";
  return (
    <Panel title={project}>
      <ErrorState error={found.error} what={what} onRetry={found.refetch} />
    </Panel>
  );
}

function Counters({ project }: { project: Project }) {
  const { received, stored, rejected } = project.counters;
  return (
    <div class="stats">
      <Stat label="Spans received" value={formatCount(received)} title={groupThousands(received)} />
      <Stat label="Stored" value={formatCount(stored)} title={groupThousands(stored)} />
      <Stat
        label="Rejected"
        value={formatCount(rejected)}
        title={`${groupThousands(rejected)}, ${formatPercent(rejected, received)} of those received`}
        bad={rejected > 0}
      />
      <Stat label="Segments" value={formatCount(project.storage.segments)} title="Parquet files" />
      <div class="stat">
        <span class="stat-value">
          <TimeText text={project.created_at} />
        </span>
        <span class="stat-label">Created</span>
      </div>
    </div>
  );
}

interface StatProps {
  label: string;
  value: string;
  title: string;
  bad?: boolean;
}

function Stat({ label, value, title, bad = false }: StatProps) {
  return (
    <div class="stat" title={title}>
      <span class={bad ? "stat-value danger" : "stat-value"}>{value}</span>
      <span class="stat-label">{label}</span>
    </div>
  );
}

const PARTS = [
  { key: "segment_bytes", label: "Segments (Parquet)", color: "var(--series-3)" },
  { key: "wal_bytes", label: "Write-ahead log of all projects", color: "var(--series-2)" },
  { key: "blob_bytes", label: "References", color: "var(--series-1)" },
] as const;

function Storage({ storage }: { storage: Project["storage"] }) {
  const total = PARTS.reduce((sum, p) => sum + storage[p.key], 0);
  return (
    <div class="storage">
      <div class="row">
        <strong>{formatBytes(total)}</strong>
        <span class="muted">on disk</span>
        <span class="grow" />
        <span class="faint">
          {formatBytes(storage.memtable_bytes)} in memory · {formatCount(storage.spans)} spans
        </span>
      </div>
      <div
        class="storage-bar"
        role="img"
        aria-label={PARTS.map((p) => `${p.label} ${formatBytes(storage[p.key])}`).join(", ")}
      >
        {PARTS.map((p) => (
          <span key={p.key} style={{ flexGrow: storage[p.key], background: p.color }} />
        ))}
      </div>
      <ul class="legend">
        {PARTS.map((p) => (
          <li key={p.key} class="legend-item">
            <span class="dot" style={{ background: p.color }} />
            {p.label} <Bytes value={storage[p.key]} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function ProjectsPanel({ active }: { active: string }) {
  const projects = useProjects();
  return (
    <Panel title="Projects">
      {projects.error && <ErrorBar error={projects.error} onRetry={projects.refetch} />}
      {!projects.data && !projects.error && <Skeleton rows={3} />}
      {projects.data && (
        <div class="table-scroll">
          <table class="table">
            <TableHead
              columns={["Name", { right: "Spans" }, { right: "Rejected" }, { right: "On disk" }, "Created"]}
            />
            <tbody>
              {projects.data.map((p) => (
                <ProjectRow key={p.name} project={p} active={p.name === active} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <NewProject />
    </Panel>
  );
}

function ProjectRow({ project, active }: { project: Project; active: boolean }) {
  const { storage, counters } = project;
  return (
    <tr class={active ? "row-selected" : ""}>
      <td>
        <Link class="link" href={tracesPath(project.name)}>
          {project.name}
        </Link>
      </td>
      <td class="right">
        <Count value={counters.stored} />
      </td>
      <td class={counters.rejected ? "right danger" : "right"}>
        <Count value={counters.rejected} />
      </td>
      <td class="right">
        <Bytes value={storage.segment_bytes + storage.blob_bytes} />
      </td>
      <td>
        <TimeText text={project.created_at} />
      </td>
    </tr>
  );
}

function ThemeChoice() {
  const value = useStore(theme);
  return (
    <Segmented
      value={value}
      label="Theme"
      options={[
        { value: "system", label: "As the system" },
        { value: "light", label: "Light" },
        { value: "dark", label: "Dark" },
      ]}
      onPick={(v) => theme.set(v as Theme)}
    />
  );
}

function ServerPanel() {
  const info = useInfo();
  const url = serverUrl(info.data);
  return (
    <Panel title="Server">
      <dl class="facts">
        <dt>Version</dt>
        <dd>{info.data?.version ?? "–"}</dd>
        <dt>Address</dt>
        <dd class="row">
          <code>{url}</code>
          <CopyButton text={url} label="Copy the address" />
        </dd>
        <dt>Accounts</dt>
        <dd>
          {info.data
            ? info.data.accounts
              ? "on: each request needs a key"
              : "off: who reaches this address may read and write"
            : "–"}
        </dd>
      </dl>
    </Panel>
  );
}
