// SPDX-License-Identifier: Apache-2.0
// All judges of a project: what they are, how often they passed what they saw, and how
// far they agree with each other.
import { useMemo } from "preact/hooks";
import { type Judge, useAgreement, useJudges, useQueues } from "../../api/judges";
import { formatCount } from "../../lib/format";
import { judgePath, reviewPath } from "../../lib/route";
import type { TimeWindow } from "../../lib/time";
import { Answer } from "../../parts/answer";
import { Code } from "../../parts/code";
import { finds, Finder, useFinder } from "../../parts/finder";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { type ListColumn, ObjectList } from "../../parts/objectlist";
import { Panel } from "../../parts/panel";
import { EmptyState } from "../../parts/states";
import { TimeRange } from "../../parts/timerange";
import { Count, TimeText } from "../../parts/values";
import { chooseWindow, useWindow } from "../../state/window";
import { AgreementTable, comparedJudges } from "./agreement";
import { judgedPath, judgedQuery, windowParams } from "./links";
import { PassBar } from "./passbar";
import { Rules } from "./rules";
import "./judges.css";

export default function JudgesPage({ project }: { project: string }) {
  const wanted = useFinder();
  const { window, bounds } = useWindow("all");
  const judges = useJudges(project, bounds);
  const queues = useQueues(project);
  const names = useMemo(() => comparedJudges(judges.data ?? []), [judges.data]);
  const agreement = useAgreement(project, names, bounds);
  const left = (queues.data ?? []).reduce((sum, q) => sum + (q.left ?? 0), 0);
  return (
    <div class="page">
      <div class="topbar">
        <Finder what="a judge" />
        <Link class="button button-plain" href={reviewPath(project)}>
          <Icon name="edit" /> Review{left > 0 ? ` ${formatCount(left)}` : ""}
        </Link>
        <TimeRange window={window} onPick={(w) => chooseWindow(w, "all")} />
      </div>
      <Answer answer={judges} what="The judges could not be read">
        {(all) =>
          all.length === 0 ? (
            <NoJudges project={project} />
          ) : (
            <div class="judges-body">
              <ObjectList
                label="Judges"
                items={all.filter((j) => finds(wanted, j.name, j.description))}
                columns={columns(project, window)}
                keyOf={(j) => j.name}
                href={(j) => judgePath(project, j.name, windowParams(window))}
              />
              <div class="judges-panels">
                <Rules project={project} judges={all} />
                {(agreement.data ?? []).length > 0 && (
                  <Panel title="How far they agree">
                    <AgreementTable items={agreement.data ?? []} />
                  </Panel>
                )}
              </div>
            </div>
          )
        }
      </Answer>
    </div>
  );
}

const KINDS: Record<string, string> = { code: "code", llm: "LLM", person: "people" };

function columns(project: string, window: TimeWindow): ListColumn<Judge>[] {
  return [
    {
      title: "Judge",
      width: "minmax(150px, 1.4fr)",
      cell: (j) => (
        <Link
          class="model-name"
          href={judgePath(project, j.name, windowParams(window))}
          onClick={(e) => e.stopPropagation()}
        >
          {j.name}
        </Link>
      ),
    },
    { title: "By", width: "64px", cell: (j) => <span class="muted">{KINDS[j.kind] ?? j.kind}</span> },
    {
      title: "Latest",
      width: "60px",
      cell: (j) => <span class="muted">{j.latest?.slice(j.name.length + 1) ?? "–"}</span>,
    },
    { title: "Description", width: "minmax(160px, 2.4fr)", cell: (j) => j.description },
    {
      title: "Scores",
      width: "80px",
      right: true,
      cell: (j) => (
        <Link
          class="number-link"
          href={judgedPath(project, judgedQuery(j.name), window)}
          onClick={(e) => e.stopPropagation()}
        >
          <Count value={j.scores} />
        </Link>
      ),
    },
    { title: "Passed", width: "150px", cell: (j) => <PassBar passed={j.passed} failed={j.failed} /> },
    {
      title: "Errors",
      width: "70px",
      right: true,
      cell: (j) =>
        j.errors > 0 ? <span class="danger">{formatCount(j.errors)}</span> : <span class="faint">0</span>,
    },
    { title: "Last", width: "minmax(84px, 0.8fr)", cell: (j) => <TimeText text={j.last_scored} /> },
  ];
}

function NoJudges({ project }: { project: string }) {
  const code = `from vireo import Vireo
from vireo.judge import Judge

vr = Vireo(${JSON.stringify(project)}, url=${JSON.stringify(location.origin)})
judge = Judge("short", "is the answer short?", lambda outputs: len(str(outputs)), lambda score: score < 200)

@vr.assess(vr.add_judge(judge))
def model(question): ...`;
  return (
    <EmptyState title={`No judges in ${project} yet`}>
      <p>A judge scores what models answer: by code, by an LLM, or by a person.</p>
      <Code text={code} language="python" numbers={false} />
    </EmptyState>
  );
}
