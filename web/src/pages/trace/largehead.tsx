// SPDX-License-Identifier: Apache-2.0
// What a large trace is, and the tools for finding one's way in it.
import { useMemo } from "preact/hooks";
import type { Found, TraceRow, TraceWindow } from "../../api/spans";
import { formatCount, groupThousands, plural } from "../../lib/format";
import { deepest, lastNotAbove, type Outline } from "../../lib/outline";
import { IconButton } from "../../parts/button";
import { ModelTag, StatusMark } from "../../parts/chip";
import { Select } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Duration, Time } from "../../parts/values";
import { MakeTest } from "./maketest";
import { PathToggles, Toggle } from "./toggles";

interface Props {
  project: string;
  first: TraceWindow;
  root: TraceRow | undefined;
  outline: Outline | null;
  depth: number | null;
  onDepth: (depth: number | null) => void;
  zoomed: boolean;
  onZoom: () => void;
  search: string;
  onSearch: (text: string) => void;
  hits: Found | null;
  at: number;
  onStep: (by: number) => void;
}

/** Levels that one can fold to. */
const MOST_LEVELS = 12;

export function LargeHead(props: Props) {
  const { project, first, root, outline, depth, onDepth } = props;
  const levels = useMemo(() => (outline ? deepest(outline) : 0), [outline]);
  const options = useMemo(() => depthOptions(levels, depth), [levels, depth]);
  return (
    <>
      <header class="trace-title">
        <div class="row wrap grow">
          {root?.position === 0 && <StatusMark status={root.status} label={false} />}
          <h1 class="cut">{root?.position === 0 ? root.name : "Trace"}</h1>
          {root?.position === 0 && root.model && <ModelTag tag={root.model} project={project} />}
          <span class="trace-facts">
            <Duration ns={first.duration_ns} />
            <span title={groupThousands(first.total)}>{plural(first.total, "span")}</span>
            {first.errors > 0 && <span class="danger">{formatCount(first.errors)} failed</span>}
            {first.roots > 1 && <span>{plural(first.roots, "root")}</span>}
            {first.orphans > 0 && (
              <span title="Spans whose parent is not in this trace">
                {formatCount(first.orphans)} without parent
              </span>
            )}
            <Time ns={first.startNs} form="both" />
          </span>
        </div>
        <MakeTest project={project} traceId={first.trace_id} />
      </header>
      <div class="trace-tools" role="toolbar" aria-label="Tools of the trace">
        <SpanSearch {...props} />
        <span class="grow" />
        {levels > 0 && (
          <Select
            label="Unfold down to"
            value={depth === null ? "" : String(depth)}
            options={options}
            onPick={(v) => onDepth(v === "" ? null : Number(v))}
          />
        )}
        <Toggle
          on={props.zoomed}
          label="Zoom"
          title="Show just the time of the selected span (z)"
          onToggle={props.onZoom}
        />
        <PathToggles />
      </div>
    </>
  );
}

function depthOptions(levels: number, depth: number | null): { value: string; label: string }[] {
  const options = [{ value: "", label: "All levels" }];
  for (let d = 0; d < levels && d < MOST_LEVELS; d++)
    options.push({ value: String(d), label: d === 0 ? "Roots only" : plural(d + 1, "level") });
  // From the address: any depth.
  if (depth !== null && !options.some((o) => o.value === String(depth)))
    options.push({ value: String(depth), label: plural(depth + 1, "level") });
  return options;
}

function SpanSearch({ search, onSearch, hits, at, onStep }: Props) {
  return (
    <div class="span-search">
      <Icon name="search" size={14} />
      <input
        id="span-search"
        class="input"
        type="search"
        aria-label="Search in spans"
        placeholder="Search spans"
        value={search}
        onInput={(e) => onSearch(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === "Enter") onStep(e.shiftKey ? -1 : 1);
          if (e.key !== "Escape") return;
          e.stopPropagation();
          onSearch("");
          e.currentTarget.blur();
        }}
      />
      {hits && (
        <>
          <span class="faint span-hits" role="status">
            {hitText(hits, at)}
          </span>
          <IconButton icon="up" label="Found before (N)" disabled={!hits.count} onClick={() => onStep(-1)} />
          <IconButton icon="down" label="Next found (n)" disabled={!hits.count} onClick={() => onStep(1)} />
        </>
      )}
    </div>
  );
}

/** "3 of 1 204", or how many there are while none of them is selected. */
export function hitText({ count, positions }: Found, at: number): string {
  if (count === 0) return "nothing found";
  const here = lastNotAbove(positions, at);
  return positions[here] === at
    ? `${groupThousands(here + 1)} of ${groupThousands(count)}`
    : groupThousands(count);
}
