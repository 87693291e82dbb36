// SPDX-License-Identifier: Apache-2.0
// The models that were evaluated on a version of a suite or dataset, the best first.
import { type Leader, type Target, useEvaluations, useLeaderboard } from "../../api/evaluations";
import { inlineText } from "../../lib/json";
import { formatMetric } from "../../lib/metric";
import { evaluationPath } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { ModelTag } from "../../parts/chip";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { Panel } from "../../parts/panel";

const MAX_SIDES = 10;

export function Leaderboard({ project, target }: { project: string; target: Target }) {
  const { kind, workflow, name, version } = target;
  const leaders = useLeaderboard(project, target);
  const evaluations = useEvaluations(
    project,
    kind === "dataset" ? { dataset: name } : { workflow, suite: name },
  );
  const ids = (evaluations.data ?? []).filter((e) => e.target.version === version).map((e) => e.id);
  const sides = ids.slice(0, MAX_SIDES).sort((a, b) => a - b);
  return (
    <Panel
      title={`Models on this ${kind}`}
      actions={
        sides.length > 1 && (
          <Link class="button button-plain" href={evaluationPath(project, sides)}>
            <Icon name="compare" />{" "}
            {ids.length > MAX_SIDES ? `The newest ${MAX_SIDES} side by side` : "Side by side"}
          </Link>
        )
      }
    >
      <Answer answer={leaders} what="The models could not be ranked" rows={3}>
        {(items) =>
          items.length === 0 ? (
            <p class="muted">No model was tested on it yet.</p>
          ) : (
            <LeaderTable project={project} items={items} />
          )
        }
      </Answer>
    </Panel>
  );
}

function LeaderTable({ project, items }: { project: string; items: readonly Leader[] }) {
  const metrics = [...new Set(items.flatMap((l) => Object.keys(l.metrics)))];
  return (
    <div class="table-scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col" class="right">
              Rank
            </th>
            <th scope="col">Model</th>
            <th scope="col" class="right" title="Mean over the directed metrics, each in units of its range">
              Score
            </th>
            {metrics.map((m) => (
              <th key={m} scope="col" class="right">
                {m}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((l) => (
            <tr key={l.evaluation}>
              <td class="right">{l.rank}</td>
              <td>
                <ModelTag tag={l.model} project={project} />
              </td>
              <td class="right">
                <Link class="number-link" href={evaluationPath(project, [l.evaluation])}>
                  {l.score === null ? "–" : formatMetric(l.score)}
                </Link>
              </td>
              {metrics.map((m) => {
                const value = l.metrics[m];
                return (
                  <td key={m} class="right">
                    {typeof value === "number"
                      ? formatMetric(value)
                      : value === undefined
                        ? "–"
                        : inlineText(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
