// SPDX-License-Identifier: Apache-2.0
// The menu of saved views: open one, save what is shown under a name, bring a
// view up to date, delete it.  A view holds the address' parameters; its link is
// the address with `view=`.
import { useState } from "preact/hooks";
import { asApiError } from "../api/http";
import { createView, deleteView, updateView, useViews, type View, type ViewPage } from "../api/views";
import { isObject, type Json } from "../lib/json";
import { makePath, type Params } from "../lib/route";
import { Button, IconButton } from "../parts/button";
import { Input } from "../parts/form";
import { Link } from "../parts/link";
import { Popover } from "../parts/menu";
import { currentParams, setParams, useParam } from "../state/location";
import { isStrings } from "../state/prefs";
import { copyText, showToast } from "../state/toast";

/** What a page keeps besides its address. */
export interface Extra {
  columns?: string[];
}

interface Props {
  project: string;
  page: ViewPage;
  extra?: () => Extra;
  onExtra?: (extra: Extra) => void;
}

/** What belongs to the moment and not to the view. */
const PASSING = ["sel", "view"];

function stateOf(extra: Extra): Record<string, Json> {
  const params = Object.fromEntries([...currentParams()].filter(([name]) => !PASSING.includes(name)));
  return { params, ...(extra.columns ? { columns: extra.columns } : {}) };
}

export function viewParams(view: View): Params {
  const { params } = view.state;
  const kept = isObject(params) ? Object.entries(params).filter(([, v]) => typeof v === "string") : [];
  return { ...(Object.fromEntries(kept) as Params), view: String(view.id) };
}

export function ViewMenu({ project, page, extra = () => ({}), onExtra }: Props) {
  const views = useViews(project);
  const active = useParam("view");
  const mine = (views.data ?? []).filter((v) => v.page === page);
  const current = mine.find((v) => String(v.id) === active);
  const open = (view: View) => {
    const { columns } = view.state;
    onExtra?.(isStrings(columns) ? { columns } : {});
  };
  return (
    <Popover
      label={<span class="cut view-name">{current?.name ?? "Views"}</span>}
      title="Saved views"
      icon="save"
      look="quiet"
      align="right"
      role="dialog"
    >
      {(close) => (
        <div class="views-menu">
          {mine.length === 0 && !views.loading && (
            <p class="views-none faint">Keep a question under a name; all readers of the project see it.</p>
          )}
          {views.error && <p class="views-none danger">{views.error.detail || views.error.title}</p>}
          {mine.map((v) => (
            <ViewItem
              key={v.id}
              project={project}
              view={v}
              active={v === current}
              onOpen={() => {
                open(v);
                close();
              }}
            />
          ))}
          {current && (
            <button
              type="button"
              class="menu-item menu-foot"
              onClick={() => {
                void tell(updateView(project, { ...current, state: stateOf(extra()) }), "View updated");
                close();
              }}
            >
              Update “{current.name}” to what is shown
            </button>
          )}
          <NewView project={project} page={page} extra={extra} close={close} />
        </div>
      )}
    </Popover>
  );
}

async function tell(work: Promise<unknown>, done: string): Promise<boolean> {
  try {
    await work;
    showToast(done);
    return true;
  } catch (error) {
    showToast(asApiError(error).detail || "The view could not be changed", "error");
    return false;
  }
}

interface ItemProps {
  project: string;
  view: View;
  active: boolean;
  onOpen: () => void;
}

function ViewItem({ project, view, active, onOpen }: ItemProps) {
  const href = makePath([project, view.page], viewParams(view));
  return (
    <div class={`views-item${active ? " views-active" : ""}`}>
      <Link
        class="cut grow views-link"
        href={href}
        onClick={onOpen}
        {...(active ? { "aria-current": "true" } : {})}
      >
        {view.name}
      </Link>
      <IconButton
        icon="link"
        label={`Copy a link to ${view.name}`}
        onClick={() => void copyText(location.origin + href, "Link copied")}
      />
      <IconButton
        icon="close"
        label={`Delete ${view.name}`}
        onClick={() => {
          if (active) setParams({ view: null });
          void tell(deleteView(project, view.id), `“${view.name}” deleted`);
        }}
      />
    </div>
  );
}

interface NewProps {
  project: string;
  page: ViewPage;
  extra: () => Extra;
  close: () => void;
}

function NewView({ project, page, extra, close }: NewProps) {
  const [name, setName] = useState("");
  const save = (event: Event) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted === "") return;
    const work = createView(project, { name: wanted, page, state: stateOf(extra()) }).then((view) =>
      setParams({ view: String(view.id) }),
    );
    void tell(work, `Saved as “${wanted}”`).then((ok) => ok && close());
  };
  return (
    <form class="views-new" onSubmit={save}>
      <Input
        aria-label="Name of the new view"
        placeholder="Save as …"
        value={name}
        onValue={setName}
        maxLength={200}
      />
      <Button type="submit" disabled={name.trim() === ""}>
        Save
      </Button>
    </form>
  );
}
