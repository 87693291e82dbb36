// SPDX-License-Identifier: Apache-2.0
// The line above the list: how many, how many failed, what to do with them.
import type { Question, TraceList } from "../../api/tracelist";
import type { Histogram } from "../../api/types";
import { formatCount, formatPercent, groupThousands } from "../../lib/format";
import { hasTerm, toggleTerm } from "../../lib/query";
import { comparePath, explorePath } from "../../lib/route";
import { withThePeriodBefore, withTheRest } from "../../lib/selection";
import type { TimeWindow } from "../../lib/time";
import { IconButton } from "../../parts/button";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { Menu } from "../../parts/menu";
import { navigate } from "../../state/location";
import { narrow } from "../../state/narrow";
import { facetsOpen, facetsOver } from "../../state/prefs";
import { useStore } from "../../state/store";
import { refreshWindow } from "../../state/window";
import { ViewMenu } from "../views";
import { ColumnMenu } from "./columnmenu";
import { ExportMenu } from "./exportmenu";
import { layoutOf } from "./layout";

interface Props {
  question: Question;
  window: TimeWindow;
  histogram: Histogram | undefined;
  list: TraceList;
  onQuery: (query: string) => void;
}

export function Summary({ question, window, histogram, list, onQuery }: Props) {
  const { project, query } = question;
  const open = useStore(narrow) ? facetsOver : facetsOpen;
  const shown = useStore(open);
  const range = { from: window.from, to: window.to };
  return (
    <div class="summary">
      <button
        type="button"
        class="button button-icon"
        aria-pressed={shown}
        aria-label="Filters"
        title={shown ? "Hide the filters" : "Show the filters"}
        onClick={() => open.set(!shown)}
      >
        <Icon name="filter" />
      </button>
      {histogram && <Counts histogram={histogram} query={query} onQuery={onQuery} />}
      <span class="grow" />
      <IconButton icon="refresh" label="Ask again, up to now" onClick={refreshWindow} />
      <ViewMenu
        project={project}
        page="traces"
        extra={() => ({ columns: layoutOf(project).get().shown })}
        onExtra={({ columns }) => {
          const store = layoutOf(project);
          if (columns) store.set({ ...store.get(), shown: columns });
        }}
      />
      <Link
        class="button button-quiet"
        title="Explore"
        aria-label="Explore"
        href={explorePath(project, { q: query, ...range })}
      >
        <Icon name="explore" /> <span class="button-label">Explore</span>
      </Link>
      <CompareMenu project={project} query={query} window={window} />
      <ColumnMenu project={project} />
      <ExportMenu question={question} list={list} total={histogram?.total} />
    </div>
  );
}

interface CountsProps {
  histogram: Histogram;
  query: string;
  onQuery: (query: string) => void;
}

function Counts({ histogram: { total, errors }, query, onQuery }: CountsProps) {
  return (
    <>
      <span>
        <strong title={groupThousands(total)}>{formatCount(total)}</strong> traces
      </span>
      {total > 0 && (
        <button
          type="button"
          class={`text-button${errors ? " danger" : " muted"}`}
          title={`${groupThousands(errors)} of ${groupThousands(total)}: show those with errors`}
          onClick={() => onQuery(hasTerm(query, "status:error") ? query : toggleTerm(query, "status:error"))}
        >
          {errors > 0 && <Icon name="error" size={14} />}
          {formatPercent(errors, total)} errors
        </button>
      )}
    </>
  );
}

function CompareMenu({ project, query, window }: { project: string; query: string; window: TimeWindow }) {
  const before = withThePeriodBefore(query, window, Date.now());
  const items = [
    ...(query === "" ? [] : [{ id: "rest", label: "With the rest", detail: "all that does not match" }]),
    ...(before ? [{ id: "before", label: "With the period before", detail: "as long" }] : []),
    { id: "errors", label: "Errors with the rest" },
  ];
  const pick = (id: string) => {
    const both = (term: string) => (query === "" ? term : `${query} ${term}`);
    const range = { from: window.from, to: window.to };
    const params =
      id === "rest"
        ? withTheRest(query, window)
        : id === "before" && before
          ? before
          : { a: both("status:error"), b: both("-status:error"), ...range };
    navigate(comparePath(project, params));
  };
  return (
    <Menu
      label="Compare"
      title="Compare this selection"
      icon="compare"
      look="quiet"
      align="right"
      items={items}
      onPick={pick}
    />
  );
}
