// SPDX-License-Identifier: Apache-2.0
// The line above the list: how many, how many failed, what to do with them.
import type { TraceList } from "../../api/traces";
import type { Histogram } from "../../api/types";
import { formatCount, formatPercent, groupThousands } from "../../lib/format";
import { hasTerm, toggleTerm } from "../../lib/query";
import { IconButton } from "../../parts/button";
import { Icon } from "../../parts/icon";
import { Menu, Popover } from "../../parts/menu";
import { copyText } from "../../state/toast";
import { facetsOpen } from "../../state/prefs";
import { useStore } from "../../state/store";
import { refreshWindow } from "../../state/window";
import { COLUMNS, layout, moveColumn, resetColumns, shownColumns, toCsv, toggleColumn } from "./columns";

interface Props {
  project: string;
  query: string;
  histogram: Histogram | undefined;
  list: TraceList;
  onQuery: (query: string) => void;
}

export function Summary({ project, query, histogram, list, onQuery }: Props) {
  const shown = useStore(facetsOpen);
  const download = (kind: string) => {
    if (kind === "link") void copyText(location.href, "Link copied");
    else save(`${project}-traces.csv`, toCsv(shownColumns(layout.get()), list.items));
  };
  return (
    <div class="summary">
      <button
        type="button"
        class="button button-icon"
        aria-pressed={shown}
        aria-label="Filters"
        title={shown ? "Hide the filters" : "Show the filters"}
        onClick={() => facetsOpen.set(!shown)}
      >
        <Icon name="filter" />
      </button>
      {histogram && (
        <span>
          <strong title={groupThousands(histogram.total)}>{formatCount(histogram.total)}</strong> traces
        </span>
      )}
      {histogram && histogram.total > 0 && (
        <button
          type="button"
          class={`text-button${histogram.errors ? " danger" : " muted"}`}
          title={`${groupThousands(histogram.errors)} of ${groupThousands(histogram.total)}: show those with errors`}
          onClick={() => onQuery(hasTerm(query, "status:error") ? query : toggleTerm(query, "status:error"))}
        >
          {histogram.errors > 0 && <Icon name="error" size={14} />}
          {formatPercent(histogram.errors, histogram.total)} errors
        </button>
      )}
      <span class="grow" />
      <IconButton icon="refresh" label="Ask again, up to now" onClick={refreshWindow} />
      <Columns />
      <Menu
        label="Export"
        title="Export"
        icon="download"
        look="quiet"
        align="right"
        items={[
          { id: "csv", label: `The ${formatCount(list.items.length)} loaded rows as CSV` },
          { id: "link", label: "Copy a link to this view" },
        ]}
        onPick={download}
      />
    </div>
  );
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function Columns() {
  const current = useStore(layout);
  const shown = shownColumns(current);
  const hidden = COLUMNS.filter((c) => !shown.includes(c));
  return (
    <Popover label="Columns" title="Columns" icon="columns" look="quiet" align="right" role="dialog">
      {() => (
        <div class="columns-menu">
          {[...shown, ...hidden].map((c) => {
            const at = shown.indexOf(c);
            return (
              <div key={c.id} class="columns-item">
                <label class="grow">
                  <input type="checkbox" checked={at >= 0} onChange={() => toggleColumn(c.id)} />{" "}
                  {c.name ?? c.label}
                </label>
                {at > 0 && (
                  <IconButton
                    icon="up"
                    label={`Move ${c.name ?? c.label} before`}
                    onClick={() => moveColumn(c.id, -1)}
                  />
                )}
                {at >= 0 && at < shown.length - 1 && (
                  <IconButton
                    icon="down"
                    label={`Move ${c.name ?? c.label} behind`}
                    onClick={() => moveColumn(c.id, 1)}
                  />
                )}
              </div>
            );
          })}
          <button type="button" class="menu-item menu-foot" onClick={resetColumns}>
            As at first
          </button>
        </div>
      )}
    </Popover>
  );
}
