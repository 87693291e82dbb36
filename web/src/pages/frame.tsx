// SPDX-License-Identifier: Apache-2.0
// The frame of all pages: project and sections on the left, the page beside it.
import type { ComponentChildren } from "preact";
import { Suspense } from "preact/compat";
import { lazyPart } from "../parts/lazy";
import { useState } from "preact/hooks";
import { useInfo, useProjects } from "../api/projects";
import {
  datasetsPath,
  evaluationsPath,
  explorePath,
  judgesPath,
  modelsPath,
  type Route,
  settingsPath,
  tracesPath,
} from "../lib/route";
import { IconButton } from "../parts/button";
import { Icon, type IconName, Logo } from "../parts/icon";
import { Link } from "../parts/link";
import { Menu } from "../parts/menu";
import { SEARCH_ID } from "../parts/searchbar";
import { useKeys } from "../state/keyboard";
import { navigate } from "../state/location";
import { lastProject } from "../state/prefs";
import { useStore } from "../state/store";
import { isDark, theme } from "../state/theme";
import { refreshOldWindow } from "../state/window";

const Palette = lazyPart(() => import("./palette"), "The palette");
const Help = lazyPart(() => import("./help"), "The help");

interface Section {
  page: Route["page"];
  also: readonly Route["page"][];
  label: string;
  icon: IconName;
  keys: string;
  path: (project: string) => string;
}

const SECTIONS: readonly Section[] = [
  {
    page: "traces",
    also: ["trace"],
    label: "Traces",
    icon: "traces",
    keys: "g t",
    path: (p) => tracesPath(p),
  },
  {
    page: "explore",
    also: ["compare"],
    label: "Explore",
    icon: "explore",
    keys: "g e",
    path: (p) => explorePath(p),
  },
  {
    page: "models",
    also: ["model"],
    label: "Models",
    icon: "models",
    keys: "g m",
    path: (p) => modelsPath(p),
  },
  {
    page: "judges",
    also: ["judge", "review"],
    label: "Judges",
    icon: "judges",
    keys: "g j",
    path: (p) => judgesPath(p),
  },
  {
    page: "evaluations",
    also: ["evaluation", "suites", "suite", "datasets", "dataset"],
    label: "Tests",
    icon: "tests",
    keys: "g v",
    path: (p) => evaluationsPath(p),
  },
  {
    page: "settings",
    also: [],
    label: "Settings",
    icon: "settings",
    keys: "g s",
    path: settingsPath,
  },
];

const isIn = (section: Section, route: Route) =>
  section.page === route.page || section.also.includes(route.page);

export function Frame({ route, children }: { route: Route; children: ComponentChildren }) {
  const chosen = useStore(lastProject);
  const project = "project" in route ? route.project : chosen;
  const [layer, setLayer] = useState<"palette" | "help" | null>(null);
  const go = (path: string) => {
    refreshOldWindow();
    navigate(path);
    return undefined;
  };
  useKeys({
    "Ctrl-k": () => (setLayer("palette"), undefined),
    "?": () => (setLayer("help"), undefined),
    "g t": () => go(tracesPath(project)),
    "g e": () => go(explorePath(project)),
    "g m": () => go(modelsPath(project)),
    "g j": () => go(judgesPath(project)),
    "g v": () => go(evaluationsPath(project)),
    "g d": () => go(datasetsPath(project)),
    "g s": () => go(settingsPath(project)),
    "/": () => (focusSearch(project), undefined),
  });
  return (
    <div class="frame">
      <Rail route={route} project={project} onHelp={() => setLayer("help")} />
      <main class="content">{children}</main>
      <Suspense fallback={null}>
        {layer === "palette" && <Palette project={project} onClose={() => setLayer(null)} />}
        {layer === "help" && <Help onClose={() => setLayer(null)} />}
      </Suspense>
    </div>
  );
}

/** Where there is no search field, the list of traces has one. */
function focusSearch(project: string): void {
  const field = document.getElementById(SEARCH_ID);
  if (field) field.focus();
  else {
    navigate(tracesPath(project));
    setTimeout(() => document.getElementById(SEARCH_ID)?.focus(), 0);
  }
}

function Rail({ route, project, onHelp }: { route: Route; project: string; onHelp: () => void }) {
  const info = useInfo();
  return (
    <nav class="rail" aria-label="Sections">
      <Link class="rail-brand" href={tracesPath(project)} aria-label="Vireo: traces">
        <Logo />
        <span>Vireo</span>
      </Link>
      <div class="rail-project">
        <ProjectSwitch project={project} route={route} />
      </div>
      {SECTIONS.map((s) => (
        <Link
          key={s.page}
          class="rail-link"
          href={s.path(project)}
          title={s.label}
          onClick={refreshOldWindow}
          {...(isIn(s, route) ? { "aria-current": "page" as const } : {})}
        >
          <Icon name={s.icon} />
          <span>{s.label}</span>
          <kbd>{s.keys}</kbd>
        </Link>
      ))}
      <div class="rail-foot">
        <span title="Version of the server">
          {info.data?.version ? `v${info.data.version.replace(/^v/, "")}` : ""}
        </span>
        <div class="row rail-tools">
          <ThemeButton />
          <IconButton icon="info" label="Keyboard shortcuts (?)" onClick={onHelp} />
        </div>
      </div>
    </nav>
  );
}

function ProjectSwitch({ project, route }: { project: string; route: Route }) {
  const projects = useProjects();
  const names = projects.data?.map((p) => p.name) ?? [];
  const all = names.includes(project) ? names : [project, ...names];
  const section = SECTIONS.find((s) => isIn(s, route))?.path ?? tracesPath;
  return (
    <Menu
      label={<span class="cut">{project}</span>}
      title="Project"
      items={all.map((name) => ({ id: name, label: name }))}
      active={project}
      onPick={(name) => navigate(section(name))}
      foot={(close) => (
        <Link
          class="menu-item menu-foot"
          role="menuitem"
          href={`${settingsPath(project)}?new=project`}
          onClick={close}
        >
          <Icon name="plus" /> New project
        </Link>
      )}
    />
  );
}

function ThemeButton() {
  useStore(theme);
  const dark = isDark();
  return (
    <IconButton
      icon={dark ? "sun" : "moon"}
      label={dark ? "Light theme" : "Dark theme"}
      onClick={() => theme.set(dark ? "light" : "dark")}
    />
  );
}
