// SPDX-License-Identifier: Apache-2.0
// Which keys stand beside the list: the server's choice, or the reader's, which
// this browser remembers for the project.
import { suggestFields } from "../../../api/complete";
import { ChipField } from "../../../parts/chipfield";
import { Popover } from "../../../parts/menu";
import { isStrings, ofProject } from "../../../state/prefs";
import { useStore } from "../../../state/store";

const MAX_KEYS = 32;

const isKeys = (value: unknown): value is string[] | null => value === null || isStrings(value);

/** Null: as the server chooses. */
export const facetKeys = ofProject<string[] | null>("facets", null, isKeys);

export function FacetKeys({ project, fields }: { project: string; fields: readonly string[] }) {
  const store = facetKeys(project);
  const chosen = useStore(store);
  return (
    <Popover label="" title="Choose the filters" icon="settings" look="quiet" role="dialog" arrow={false}>
      {() => (
        <div class="facet-keys">
          <ChipField
            label="Filters"
            values={chosen ?? fields.slice(0, MAX_KEYS)}
            max={MAX_KEYS}
            placeholder="tag.country …"
            suggest={(text, signal) => suggestFields(project, text, signal)}
            onChange={(keys) => store.set([...keys])}
          />
          <button
            type="button"
            class="menu-item menu-foot"
            disabled={chosen === null}
            onClick={() => store.set(null)}
          >
            As at first
          </button>
        </div>
      )}
    </Popover>
  );
}
