// SPDX-License-Identifier: Apache-2.0
// Ctrl-K: any page, project or model by a few letters of its name, any trace by
// its id, or a search in the traces.
import { useId, useMemo, useState } from "preact/hooks";
import { useModels } from "../api/models";
import { useProjects } from "../api/projects";
import { useDatasets, useSuites } from "../api/datasets";
import { useJudges } from "../api/judges";
import {
  datasetPath,
  datasetsPath,
  evaluationsPath,
  explorePath,
  judgePath,
  judgesPath,
  modelPath,
  modelsPath,
  reviewPath,
  settingsPath,
  suitePath,
  suitesPath,
  tracePath,
  tracesPath,
} from "../lib/route";
import { useListbox } from "../parts/combobox";
import { Icon, type IconName } from "../parts/icon";
import { navigate } from "../state/location";
import { theme } from "../state/theme";
import { Layer } from "./layer";

interface Item {
  icon: IconName;
  label: string;
  detail: string;
  run: () => void;
}

const MAX_ITEMS = 50;

/** Letters in order; what starts a word counts more. Null: no match. */
export function matchScore(text: string, typed: string): number | null {
  const low = text.toLowerCase();
  let score = 0;
  let at = -1;
  for (const c of typed.toLowerCase()) {
    const next = low.indexOf(c, at + 1);
    if (next < 0) return null;
    score += next === at + 1 ? 0 : next === 0 || /[\s:_./-]/.test(low.charAt(next - 1)) ? 1 : 3;
    at = next;
  }
  return score + text.length / 100;
}

function usePaletteItems(project: string): Item[] {
  const models = useModels(project);
  const judges = useJudges(project);
  const datasets = useDatasets(project);
  const suites = useSuites(project);
  const projects = useProjects();
  return useMemo(() => {
    const go = (path: string) => () => navigate(path);
    const pages: Item[] = [
      { icon: "traces", label: "Traces", detail: "g t", run: go(tracesPath(project)) },
      {
        icon: "error",
        label: "Traces with errors",
        detail: "",
        run: go(tracesPath(project, { q: "status:error" })),
      },
      { icon: "explore", label: "Explore", detail: "g e", run: go(explorePath(project)) },
      { icon: "models", label: "Models", detail: "g m", run: go(modelsPath(project)) },
      { icon: "judges", label: "Judges", detail: "g j", run: go(judgesPath(project)) },
      { icon: "edit", label: "Review", detail: "", run: go(reviewPath(project)) },
      { icon: "tests", label: "Evaluations", detail: "g v", run: go(evaluationsPath(project)) },
      { icon: "tests", label: "Suites", detail: "", run: go(suitesPath(project)) },
      { icon: "tests", label: "Datasets", detail: "g d", run: go(datasetsPath(project)) },
      { icon: "settings", label: "Settings", detail: "g s", run: go(settingsPath(project)) },
      { icon: "sun", label: "Light theme", detail: "", run: () => theme.set("light") },
      { icon: "moon", label: "Dark theme", detail: "", run: () => theme.set("dark") },
      { icon: "system", label: "Theme of the system", detail: "", run: () => theme.set("system") },
    ];
    const named = (models.data ?? []).map((m): Item => {
      return {
        icon: "models",
        label: m.name,
        detail: m.latest ?? "model",
        run: go(modelPath(project, m.name)),
      };
    });
    const judged = (judges.data ?? []).map((j): Item => {
      return { icon: "judges", label: j.name, detail: "judge", run: go(judgePath(project, j.name)) };
    });
    const tables = (datasets.data ?? []).map((d): Item => {
      return { icon: "tests", label: d.name, detail: "dataset", run: go(datasetPath(project, d.name)) };
    });
    const tested = (suites.data ?? []).map((s): Item => {
      return {
        icon: "tests",
        label: s.name,
        detail: "suite",
        run: go(suitePath(project, s.workflow, s.name)),
      };
    });
    const others = (projects.data ?? []).filter((p) => p.name !== project);
    const switches = others.map((p): Item => {
      return { icon: "right", label: p.name, detail: "project", run: go(tracesPath(p.name)) };
    });
    return [...pages, ...named, ...judged, ...tables, ...tested, ...switches];
  }, [project, models.data, judges.data, datasets.data, suites.data, projects.data]);
}

function pick(items: readonly Item[], typed: string, project: string): Item[] {
  const text = typed.trim();
  if (text === "") return items.slice(0, MAX_ITEMS);
  const found = items
    .map((item) => ({ item, score: matchScore(item.label, text) }))
    .filter((f): f is { item: Item; score: number } => f.score !== null)
    .sort((a, b) => a.score - b.score)
    .map((f) => f.item)
    .slice(0, MAX_ITEMS);
  const search: Item = {
    icon: "search",
    label: `Search traces: ${text}`,
    detail: "",
    run: () => navigate(tracesPath(project, { q: text })),
  };
  if (/^[0-9a-f]{32}$/i.test(text)) {
    const id = text.toLowerCase();
    return [{ icon: "traces", label: id, detail: "trace", run: () => navigate(tracePath(project, id)) }];
  }
  return [...found, search];
}

export default function Palette({ project, onClose }: { project: string; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const all = usePaletteItems(project);
  const items = pick(all, typed, project);
  const id = useId();
  const run = (index: number) => {
    onClose();
    items[index]?.run();
  };
  const list = useListbox(items.length, run, 0);
  return (
    <Layer label="Go to" onClose={onClose}>
      <input
        class="palette-input"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={`${id}-${list.active}`}
        aria-label="Page, model, project or trace id"
        placeholder="Page, model, project or trace id"
        value={typed}
        spellcheck={false}
        onInput={(e) => {
          setTyped(e.currentTarget.value);
          list.setActive(0);
        }}
        onKeyDown={(e) => void list.onKey(e)}
      />
      <div class="palette-list" role="listbox" id={id} aria-label="Places">
        {items.map((item, i) => (
          <div
            key={`${item.detail}/${item.label}`}
            id={`${id}-${i}`}
            class="palette-item"
            role="option"
            aria-selected={i === list.active}
            onPointerMove={() => list.setActive(i)}
            onClick={() => run(i)}
          >
            <Icon name={item.icon} />
            <span class="cut grow">{item.label}</span>
            <span class="faint">{item.detail}</span>
          </div>
        ))}
      </div>
    </Layer>
  );
}
