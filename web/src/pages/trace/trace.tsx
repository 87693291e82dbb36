// SPDX-License-Identifier: Apache-2.0
// The full page of one trace.
import { tracesPath } from "../../lib/route";
import { CopyButton } from "../../parts/button";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { useKeys } from "../../state/keyboard";
import { goBack } from "../../state/location";
import LoadedTrace from "./loaded";

export default function TracePage({ project, traceId }: { project: string; traceId: string }) {
  const back = () => {
    goBack(tracesPath(project));
    return undefined;
  };
  useKeys({ Escape: back });
  return (
    <div class="page">
      <div class="topbar">
        <nav class="crumbs" aria-label="Where">
          <Link class="link" href={tracesPath(project)}>
            Traces
          </Link>
          <Icon name="right" size={12} />
          <span class="mono cut" title={traceId}>
            {traceId}
          </span>
          <CopyButton text={traceId} label="Copy the trace id" />
          <CopyButton text={() => location.href} label="Copy the link" icon="link" />
        </nav>
      </div>
      <LoadedTrace project={project} traceId={traceId} layout="page" />
    </div>
  );
}
