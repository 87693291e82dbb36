// SPDX-License-Identifier: Apache-2.0
// A trace beside the list.
import { Suspense } from "preact/compat";
import { lazyPart } from "../../parts/lazy";
import { tracePath } from "../../lib/route";
import { IconButton } from "../../parts/button";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { Splitter } from "../../parts/panel";
import { Skeleton } from "../../parts/states";
import { panelWidth } from "../../state/prefs";
import { useStore } from "../../state/store";

const LoadedTrace = lazyPart(() => import("../trace/loaded"), "The trace");

interface Props {
  project: string;
  traceId: string;
  onClose: () => void;
}

export function SidePanel({ project, traceId, onClose }: Props) {
  const width = useStore(panelWidth);
  return (
    <>
      <Splitter width={panelWidth} side="after" min={380} max={1400} label="Width of the panel" />
      <aside class="side-panel" aria-label="Trace" style={{ width: `${width}px` }}>
        <header class="side-head">
          <span class="faint">Trace</span>
          <span class="mono cut" title={traceId}>
            {traceId.slice(0, 16)}…
          </span>
          <span class="grow" />
          <Link
            class="button button-quiet"
            href={tracePath(project, traceId)}
            title="Open the full page (Enter)"
          >
            <Icon name="open" /> Open
          </Link>
          <IconButton icon="close" label="Close the panel (Esc)" onClick={onClose} />
        </header>
        <Suspense fallback={<Skeleton />}>
          <LoadedTrace project={project} traceId={traceId} layout="panel" />
        </Suspense>
      </aside>
    </>
  );
}
