// SPDX-License-Identifier: Apache-2.0
// One suite: the cases of a version with their samples, and how models do on it.
import { caseSamplesPath, type Suite, type SuiteCase, useSuite } from "../../api/datasets";
import { plural } from "../../lib/format";
import { parseVersion, suitesPath } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { Panel } from "../../parts/panel";
import { Count, TimeText } from "../../parts/values";
import { VersionBox } from "../../parts/versionbox";
import { setParams, useParam } from "../../state/location";
import { SampleFinder, SampleList, ScoredBox, useScored } from "../datasets/samplelist";
import { Leaderboard } from "../tests/leaderboard";
import "../datasets/datasets.css";

interface Props {
  project: string;
  workflow: string;
  name: string;
}

export default function SuitePage({ project, workflow, name }: Props) {
  const suite = useSuite(project, workflow, name, parseVersion(useParam("v")));
  return (
    <div class="page">
      <div class="topbar">
        <nav class="crumbs grow" aria-label="Where">
          <Link class="link" href={suitesPath(project)}>
            Suites
          </Link>
          <Icon name="right" size={12} />
          <span class="muted">{workflow}</span>
          <Icon name="right" size={12} />
          <h1 class="cut">{name}</h1>
        </nav>
        {suite.data && <VersionBox newest={suite.data.newest} shown={suite.data.version} />}
      </div>
      <div class="page-scroll dataset-page">
        <Answer answer={suite} what={`The suite ${name} could not be read`}>
          {(data) => (
            <>
              <p class="model-facts muted">
                {data.description && <span>{data.description}</span>}
                <span>v{data.version}</span>
                <span>{plural(data.cases.length, "case")}</span>
                {data.samples > 0 && (
                  <span title="A sample of several cases counts in each">
                    {plural(data.samples, "sample")} in its cases
                  </span>
                )}
                <span>
                  changed <TimeText text={data.updated_at} />
                </span>
              </p>
              <Leaderboard project={project} target={{ kind: "suite", split: null, ...data }} />
              <Cases project={project} suite={data} />
            </>
          )}
        </Answer>
      </div>
    </div>
  );
}

function Cases({ project, suite }: { project: string; suite: Suite }) {
  const asked = useParam("case") ?? "";
  const found = suite.cases.find((c) => c.name === asked) ?? suite.cases[0] ?? null;
  const pick = (c: SuiteCase) => setParams({ case: c.name });
  return (
    <Panel title="Cases">
      <div class="cases">
        <ul class="case-list" aria-label="Cases">
          {suite.cases.map((c) => (
            <li key={c.name}>
              <button
                type="button"
                class="case-item"
                aria-pressed={c.name === found?.name}
                onClick={() => pick(c)}
              >
                <span class="cut grow">{c.name}</span>
                <span class="faint">v{c.version}</span>
                <Count value={c.samples} />
              </button>
            </li>
          ))}
        </ul>
        <CaseSamples project={project} workflow={suite.workflow} found={found} />
      </div>
    </Panel>
  );
}

interface SamplesProps {
  project: string;
  workflow: string;
  found: SuiteCase | null;
}

function CaseSamples({ project, workflow, found }: SamplesProps) {
  const q = useParam("q") ?? "";
  const scored = useScored();
  if (!found) return <p class="muted">This version has no cases.</p>;
  return (
    <div class="samples">
      <div class="sample-bar">
        <ScoredBox />
        <SampleFinder />
      </div>
      <SampleList
        key={found.name}
        project={project}
        pathOf={(cursor) => caseSamplesPath(project, workflow, found, { q, scored }, cursor)}
        list={{ space: { kind: "workflow", name: workflow }, inCase: found.name }}
        empty={q || scored ? "No sample of this case is like that" : "This case has no samples"}
      />
    </div>
  );
}
