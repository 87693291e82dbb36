// SPDX-License-Identifier: Apache-2.0
// One judge in a window of time: how its scores lie and move, which versions of models pass,
// how far other judges agree with it; and its own versions, with what changed between them.
import {
  type Judge,
  useAgreement,
  useJudge,
  useJudges,
  useJudgeStats,
  useJudgeVersions,
} from "../../api/judges";
import { plural } from "../../lib/format";
import { judgesPath } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { Panel } from "../../parts/panel";
import { TimeRange } from "../../parts/timerange";
import { TimeText } from "../../parts/values";
import { type Bounds, chooseWindow, useWindow } from "../../state/window";
import { AgreementTable, comparedJudges } from "../judges/agreement";
import "../judges/judges.css";
import { failedQuery, judgedPath, judgedQuery, windowParams } from "../judges/links";
import { Scores } from "./scores";
import { Versions } from "./versions";

export default function JudgePage({ project, name }: { project: string; name: string }) {
  const { window, bounds } = useWindow("all");
  const judge = useJudge(project, name, bounds);
  const stats = useJudgeStats(project, name, bounds);
  const versions = useJudgeVersions(project, name);
  const failed = failedQuery(name, stats.data?.items ?? []);
  return (
    <div class="page">
      <div class="topbar">
        <nav class="crumbs grow" aria-label="Where">
          <Link class="link" href={judgesPath(project, windowParams(window))}>
            Judges
          </Link>
          <Icon name="right" size={12} />
          <h1 class="cut">{name}</h1>
        </nav>
        <Link class="button button-plain" href={judgedPath(project, judgedQuery(name), window)}>
          <Icon name="traces" /> What it judged
        </Link>
        {failed && (
          <Link class="button button-plain" href={judgedPath(project, failed, window)}>
            <Icon name="error" /> What failed
          </Link>
        )}
        <TimeRange window={window} onPick={(w) => chooseWindow(w, "all")} />
      </div>
      <div class="page-scroll judge-page">
        <Answer answer={judge} what={`The judge ${name} could not be read`} rows={10}>
          {(data) => (
            <>
              <Facts judge={data} />
              <Answer answer={stats} what="Its scores could not be counted" rows={5}>
                {(s) => <Scores project={project} stats={s} window={window} />}
              </Answer>
              <Agreements project={project} name={data.name} bounds={bounds} />
              <Answer answer={versions} what="Its versions could not be read" rows={5}>
                {(all) => (
                  <Versions
                    project={project}
                    name={data.name}
                    versions={all}
                    items={stats.data?.items ?? []}
                    window={window}
                  />
                )}
              </Answer>
            </>
          )}
        </Answer>
      </div>
    </div>
  );
}

function Facts({ judge }: { judge: Judge }) {
  return (
    <p class="model-facts muted">
      {judge.description && <span>{judge.description}</span>}
      <span>{plural(judge.version_count, "version")}</span>
      <span>{plural(judge.scores, "score")}</span>
      {judge.errors > 0 && <span class="danger">{plural(judge.errors, "error")}</span>}
      <span>
        last <TimeText text={judge.last_scored} />
      </span>
    </p>
  );
}

function Agreements({ project, name, bounds }: { project: string; name: string; bounds: Bounds }) {
  const judges = useJudges(project, bounds);
  const names = comparedJudges(judges.data ?? [], name);
  const agreement = useAgreement(project, names, bounds);
  const own = (agreement.data ?? []).filter((a) => a.a === name || a.b === name);
  if (own.length === 0) return null;
  return (
    <Panel title="How far others agree with it">
      <AgreementTable items={own} />
    </Panel>
  );
}
