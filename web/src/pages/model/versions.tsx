// SPDX-License-Identifier: Apache-2.0
// The versions of a model, newest first, with how each does in the time window.
import type { Version, VersionStats } from "../../api/types";
import { formatPercent, groupThousands } from "../../lib/format";
import { makeTerm } from "../../lib/query";
import { tracesPath } from "../../lib/route";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { TableHead } from "../../parts/tablehead";
import { Count, Duration, TimeText } from "../../parts/values";
import { versionColor } from "./charts";
import type { Pair } from "./model";

interface Props {
  project: string;
  versions: readonly Version[];
  stats: readonly VersionStats[];
  pair: Pair;
  onLook: (version: number) => void;
  onCompare: (base: number, head: number) => void;
}

const ORIGINS: Record<string, string> = {
  code: "from code",
  package: "from a package",
  name: "by name alone",
};

export function VersionTable({ project, versions, stats, pair, onLook, onCompare }: Props) {
  return (
    <div class="table-scroll">
      <table class="table">
        <TableHead
          columns={[
            "Version",
            { right: "Runs" },
            { right: "Errors" },
            { right: "p50" },
            { right: "p95" },
            "Signature",
            "Commit",
            "First seen",
            "Last seen",
            { spoken: "Compare" },
          ]}
        />
        <tbody>
          {versions.map((v) => (
            <VersionRow
              key={v.version}
              project={project}
              version={v}
              stats={stats.find((s) => s.version === v.version)}
              role={v.version === pair.head ? "head" : v.version === pair.base ? "base" : null}
              onLook={onLook}
              onCompare={() => onCompare(Math.min(v.version, pair.head), Math.max(v.version, pair.head))}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  project: string;
  version: Version;
  stats: VersionStats | undefined;
  role: "head" | "base" | null;
  onLook: (version: number) => void;
  onCompare: () => void;
}

function VersionRow({ project, version, stats, role, onLook, onCompare }: RowProps) {
  const term = makeTerm("model", version.tag);
  const time = (ns: number | null | undefined) =>
    ns == null ? <span class="faint">–</span> : <Duration ns={ns} />;
  return (
    <tr class={role === "head" ? "row-selected" : ""} onClick={() => onLook(version.version)}>
      <td>
        <span class="row">
          <span class="dot" style={{ background: `var(${versionColor(version.version)})` }} />
          <strong title={version.tag}>v{version.version}</strong>
          <span class="faint">{ORIGINS[version.origin] ?? version.origin}</span>
        </span>
      </td>
      <td class="right">
        <Link
          class="number-link"
          href={tracesPath(project, { q: term, from: "all" })}
          onClick={(e) => e.stopPropagation()}
        >
          <Count value={version.runs} />
        </Link>
      </td>
      <td
        class="right"
        title={`${groupThousands(version.errors)} of ${groupThousands(version.runs)} runs failed`}
      >
        {version.errors > 0 ? (
          <Link
            class="number-link danger"
            href={tracesPath(project, { q: `span(${term} status:error)`, from: "all" })}
            onClick={(e) => e.stopPropagation()}
          >
            <Icon name="error" size={12} /> {formatPercent(version.errors, version.runs)}
          </Link>
        ) : (
          <span class="faint">{formatPercent(0, 1)}</span>
        )}
      </td>
      <td class="right">{time(stats?.latency_p50_ns)}</td>
      <td class="right">{time(stats?.latency_p95_ns)}</td>
      <td class="mono cut table-signature" title={version.signature}>
        {version.signature}
      </td>
      <td class="mono">{version.git ? <Commit git={version.git} /> : <span class="faint">–</span>}</td>
      <td>
        <TimeText text={version.first_seen} />
      </td>
      <td>
        <TimeText text={version.last_seen} />
      </td>
      <td class="right">
        {role === "base" && <span class="muted">compared</span>}
        {role === null && (
          <button
            type="button"
            class="text-button link"
            onClick={(e) => {
              e.stopPropagation();
              onCompare();
            }}
          >
            Compare
          </button>
        )}
      </td>
    </tr>
  );
}

export function Commit({ git }: { git: NonNullable<Version["git"]> }) {
  const title = `${git.commit}${git.branch ? ` on ${git.branch}` : ""}${git.dirty ? ", with changes that were not committed" : ""}`;
  return (
    <span class="commit" title={title}>
      {git.commit.slice(0, 8)}
      {git.dirty && <span class="warn">+</span>}
    </span>
  );
}
