// SPDX-License-Identifier: Apache-2.0
// No rows: because there are no traces yet, or because of what was asked.
import { useNewest } from "../../api/traces";
import { Button } from "../../parts/button";
import { EmptyState } from "../../parts/states";
import { Starter } from "../../parts/starter";
import { Time } from "../../parts/values";
import { setParams } from "../../state/location";
import { chooseWindow } from "../../state/window";

interface Props {
  project: string;
  query: string;
  wholeTime: boolean;
}

export function NoTraces({ project, query, wholeTime }: Props) {
  const asked = query !== "" || !wholeTime;
  const newest = useNewest(project, asked);
  if (newest.loading) return null;
  if (!asked || newest.data === null)
    return (
      <EmptyState title={`No traces in ${project} yet`}>
        <p>Trace a function, or point any OpenTelemetry SDK here. Runs appear as they happen.</p>
        <Starter project={project} />
      </EmptyState>
    );
  return (
    <EmptyState title="No traces match">
      {newest.data && (
        <p>
          The newest trace of this project is from <Time ns={newest.data.startNs} form="both" />.
        </p>
      )}
      <div class="row">
        {query !== "" && (
          <Button onClick={() => setParams({ q: null, sel: null }, { push: true })}>Clear the search</Button>
        )}
        {!wholeTime && <Button onClick={() => chooseWindow({ from: "all", to: null })}>Show all time</Button>}
      </div>
    </EmptyState>
  );
}
