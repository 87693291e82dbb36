// SPDX-License-Identifier: Apache-2.0
// Which columns there are, in which order; any tag can be one.
import { suggestFields } from "../../api/complete";
import { IconButton } from "../../parts/button";
import { ChipField } from "../../parts/chipfield";
import { Popover } from "../../parts/menu";
import { useStore } from "../../state/store";
import { type Column, columnOf, COLUMNS, isTagColumn } from "./columns";
import { type LayoutStore, layoutOf, moveColumn, resetColumns, shownColumns, toggleColumn } from "./layout";

const MAX_TAG_COLUMNS = 20;

export function ColumnMenu({ project }: { project: string }) {
  const store = layoutOf(project);
  const current = useStore(store);
  const shown = shownColumns(current);
  const hidden = COLUMNS.filter((c) => !shown.includes(c));
  const tags = current.shown.filter(isTagColumn);
  const setTags = (next: readonly string[]) => {
    for (const id of tags) if (!next.includes(id)) toggleColumn(store, id);
    for (const id of next) if (!tags.includes(id) && isTagColumn(id) && columnOf(id)) toggleColumn(store, id);
  };
  return (
    <Popover label="Columns" title="Columns" icon="columns" look="quiet" align="right" role="dialog">
      {() => (
        <div class="columns-menu">
          <ChipField
            label="Tags"
            values={tags}
            max={MAX_TAG_COLUMNS}
            placeholder="tag.country …"
            suggest={async (text, signal) => {
              const typed = /^(tag|score)\./.test(text) ? text : `tag.${text}`;
              return (await suggestFields(project, typed, signal)).filter((i) => isTagColumn(i.insert));
            }}
            onChange={setTags}
          />
          {[...shown, ...hidden].map((c) => (
            <ColumnItem key={c.id} column={c} at={shown.indexOf(c)} count={shown.length} store={store} />
          ))}
          <button type="button" class="menu-item menu-foot" onClick={() => resetColumns(store)}>
            As at first
          </button>
        </div>
      )}
    </Popover>
  );
}

interface ItemProps {
  column: Column;
  /** Its place; -1: hidden. */
  at: number;
  count: number;
  store: LayoutStore;
}

function ColumnItem({ column, at, count, store }: ItemProps) {
  const name = column.name ?? column.label;
  return (
    <div class="columns-item">
      <label class="grow">
        <input type="checkbox" checked={at >= 0} onChange={() => toggleColumn(store, column.id)} /> {name}
      </label>
      {at > 0 && (
        <IconButton
          icon="up"
          label={`Move ${name} before`}
          onClick={() => moveColumn(store, column.id, -1)}
        />
      )}
      {at >= 0 && at < count - 1 && (
        <IconButton
          icon="down"
          label={`Move ${name} behind`}
          onClick={() => moveColumn(store, column.id, 1)}
        />
      )}
    </div>
  );
}
