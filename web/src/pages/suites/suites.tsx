// SPDX-License-Identifier: Apache-2.0
// All test suites of a project, of whatever workflow.
import { type Suite, useSuites } from "../../api/datasets";
import { suitePath } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { Code } from "../../parts/code";
import { finds, useFinder } from "../../parts/finder";
import { Link } from "../../parts/link";
import { type ListColumn, ObjectList } from "../../parts/objectlist";
import { EmptyState } from "../../parts/states";
import { Count, TimeText } from "../../parts/values";
import { TestsBar } from "../tests/bar";

export default function SuitesPage({ project }: { project: string }) {
  const suites = useSuites(project);
  const wanted = useFinder();
  return (
    <div class="page">
      <TestsBar project={project} place="suites" what="a suite" />
      <Answer answer={suites} what="The suites could not be read">
        {(all) =>
          all.length === 0 ? (
            <NoSuites project={project} />
          ) : (
            <ObjectList
              label="Suites"
              items={all.filter((s) => finds(wanted, s.name, s.workflow, s.description, ...s.tags))}
              columns={columns(project)}
              keyOf={(s) => `${s.workflow}/${s.name}`}
              href={(s) => suitePath(project, s.workflow, s.name)}
            />
          )
        }
      </Answer>
    </div>
  );
}

function columns(project: string): ListColumn<Suite>[] {
  return [
    {
      title: "Suite",
      width: "minmax(160px, 1.5fr)",
      cell: (s) => (
        <Link
          class="model-name"
          href={suitePath(project, s.workflow, s.name)}
          onClick={(e) => e.stopPropagation()}
        >
          {s.name}
        </Link>
      ),
    },
    { title: "Version", width: "70px", cell: (s) => <span class="muted">v{s.version}</span> },
    { title: "Workflow", width: "minmax(120px, 1fr)", cell: (s) => s.workflow },
    { title: "Cases", width: "70px", right: true, cell: (s) => <Count value={s.cases.length} /> },
    { title: "Samples", width: "90px", right: true, cell: (s) => <Count value={s.samples} /> },
    { title: "Description", width: "minmax(160px, 2.4fr)", cell: (s) => s.description },
    {
      title: "Tags",
      width: "minmax(80px, 1fr)",
      cell: (s) => <span class="muted">{s.tags.join(", ")}</span>,
    },
    { title: "Changed", width: "minmax(90px, 0.8fr)", cell: (s) => <TimeText text={s.updated_at} /> },
  ];
}

function NoSuites({ project }: { project: string }) {
  const code = `from vireo import Vireo
from vireo.workflow import connect, define_workflow, test

connect(Vireo(${JSON.stringify(project)}, url=${JSON.stringify(location.origin)}))
_, TestCase, TestSuite, Model = define_workflow("My Workflow", MyTestSample, MyGroundTruth, MyInference)
suite = TestSuite("night", test_cases=[TestCase("rain", test_samples=pairs)])
test(Model("detector", infer=infer), suite, evaluator)`;
  return (
    <EmptyState title={`No test suites in ${project} yet`}>
      <p>A suite is a versioned list of test cases, each a versioned list of samples.</p>
      <Code text={code} language="python" numbers={false} />
    </EmptyState>
  );
}
