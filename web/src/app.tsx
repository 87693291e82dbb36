// SPDX-License-Identifier: Apache-2.0
// From the address to a page, within the frame.  Pages other than the list of
// traces are loaded when they are first wanted.
import { Suspense } from "preact/compat";
import { lazyPart } from "./parts/lazy";
import { useEffect, useErrorBoundary } from "preact/hooks";
import { asApiError } from "./api/http";
import { useProjects } from "./api/projects";
import { homeProject } from "./lib/home";
import { parseIds, parseRoute, type Route, tracesPath } from "./lib/route";
import { Frame } from "./pages/frame";
import { KeyPage } from "./pages/key";
import TracesPage from "./pages/traces/traces";
import { ErrorState, Skeleton } from "./parts/states";
import { Toasts } from "./parts/toast";
import { Link } from "./parts/link";
import { keyNeeded } from "./state/auth";
import { navigate, usePlace } from "./state/location";
import { lastProject } from "./state/prefs";
import { useStore } from "./state/store";

const TracePage = lazyPart(() => import("./pages/trace/trace"), "This page");
const ExplorePage = lazyPart(() => import("./pages/explore/explore"), "This page");
const ComparePage = lazyPart(() => import("./pages/compare/compare"), "This page");
const ModelsPage = lazyPart(() => import("./pages/models/models"), "This page");
const ModelPage = lazyPart(() => import("./pages/model/model"), "This page");
const JudgesPage = lazyPart(() => import("./pages/judges/judges"), "This page");
const JudgePage = lazyPart(() => import("./pages/judge/judge"), "This page");
const ReviewPage = lazyPart(() => import("./pages/review/review"), "This page");
const EvaluationsPage = lazyPart(() => import("./pages/evaluations/evaluations"), "This page");
const EvaluationPage = lazyPart(() => import("./pages/evaluation/evaluation"), "This page");
const SuitesPage = lazyPart(() => import("./pages/suites/suites"), "This page");
const SuitePage = lazyPart(() => import("./pages/suites/suite"), "This page");
const DatasetsPage = lazyPart(() => import("./pages/datasets/datasets"), "This page");
const DatasetPage = lazyPart(() => import("./pages/datasets/dataset"), "This page");
const SettingsPage = lazyPart(() => import("./pages/settings/settings"), "This page");
const PartsPage = lazyPart(() => import("./pages/parts/parts"), "This page");

export function App() {
  const place = usePlace();
  const route = parseRoute(place.path);
  const locked = useStore(keyNeeded);
  useEffect(() => {
    const now = parseRoute(place.path);
    if ("project" in now) lastProject.set(now.project);
    document.title = titleOf(now);
  }, [place.path]);
  if (route.page === "home" && !locked) return <Home />;
  return (
    <>
      {locked ? (
        <KeyPage />
      ) : (
        <Frame route={route}>
          <Guarded key={place.path}>
            <Suspense fallback={<Skeleton />}>
              <Page route={route} />
            </Suspense>
          </Guarded>
        </Frame>
      )}
      <Toasts />
    </>
  );
}

/** To the traces of the project that was open last, or else of the fullest one. */
function Home() {
  const { data, error } = useProjects();
  useEffect(() => {
    if (data ?? error) navigate(tracesPath(homeProject(lastProject.get(), data ?? [])), { replace: true });
  }, [data, error]);
  return null;
}

function titleOf(route: Route): string {
  const what = {
    home: "",
    missing: "Not found",
    parts: "Parts",
    traces: "Traces",
    trace: "Trace",
    explore: "Explore",
    compare: "Compare",
    models: "Models",
    model: route.page === "model" ? route.name : "",
    judges: "Judges",
    judge: route.page === "judge" ? route.name : "",
    review: "Review",
    evaluations: "Evaluations",
    evaluation: "Evaluation",
    suites: "Suites",
    suite: route.page === "suite" ? route.name : "",
    datasets: "Datasets",
    dataset: route.page === "dataset" ? route.name : "",
    settings: "Settings",
  }[route.page];
  return ["project" in route ? `${what} · ${route.project}` : what, "Vireo"].filter(Boolean).join(" – ");
}

/** A page that fails says so and leaves the frame standing. */
function Guarded({ children }: { children: preact.ComponentChildren }) {
  const [error, retry] = useErrorBoundary() as [unknown, () => void];
  if (error === undefined) return <>{children}</>;
  return <ErrorState error={asApiError(error)} what="This page failed" onRetry={retry} />;
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "traces":
      return <TracesPage project={route.project} />;
    case "trace":
      return <TracePage project={route.project} traceId={route.traceId} />;
    case "explore":
      return <ExplorePage project={route.project} />;
    case "compare":
      return <ComparePage project={route.project} />;
    case "models":
      return <ModelsPage project={route.project} />;
    case "model":
      return <ModelPage project={route.project} name={route.name} />;
    case "judges":
      return <JudgesPage project={route.project} />;
    case "judge":
      return <JudgePage project={route.project} name={route.name} />;
    case "review":
      return <ReviewPage project={route.project} queue={route.queue} />;
    case "evaluations":
      return <EvaluationsPage project={route.project} />;
    case "evaluation":
      return <EvaluationPage project={route.project} ids={parseIds(route.ids)} />;
    case "suites":
      return <SuitesPage project={route.project} />;
    case "suite":
      return <SuitePage project={route.project} workflow={route.workflow} name={route.name} />;
    case "datasets":
      return <DatasetsPage project={route.project} />;
    case "dataset":
      return <DatasetPage project={route.project} name={route.name} />;
    case "settings":
      return <SettingsPage project={route.project} />;
    case "parts":
      return <PartsPage />;
    default:
      return <MissingPage />;
  }
}

function MissingPage() {
  return (
    <div class="empty">
      <h2>There is no such page</h2>
      <p>The address may be from a newer version of Vireo, or mistyped.</p>
      <Link class="link" href={tracesPath(lastProject.get())}>
        To the traces of {lastProject.get()}
      </Link>
    </div>
  );
}
