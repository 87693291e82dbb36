// SPDX-License-Identifier: Apache-2.0
// The columns of the list of traces: what they show, and by what they sort.  Any
// tag can be a column: its id is `tag.KEY`.
import type { ComponentChildren } from "preact";
import type { TraceSummary } from "../../api/types";
import { formatCount } from "../../lib/format";
import { inlineText } from "../../lib/json";
import { previewLine } from "../../lib/preview";
import { formatExact } from "../../lib/time";
import { ModelTag, StatusMark, Tag, TypeMark } from "../../parts/chip";
import { Thumbnail, thumbnailOf } from "../../parts/image";
import { ScoreMark, scoreText } from "../../parts/score";
import { Duration, Time } from "../../parts/values";

export interface CellContext {
  project: string;
  onTag: (name: string, value: string) => void;
}

export interface Column {
  id: string;
  label: string;
  /** In menus and exports, where the head has no room for it. */
  name?: string;
  width: number;
  /** Takes a share of the room that is left until the reader sets a width. */
  grow?: number;
  numeric?: boolean;
  optional?: boolean; // not shown at first
  /** Drawn while rows fly by too: costs little. */
  cheap?: boolean;
  /** What the server sorts by; undefined: it cannot. */
  sort?: string;
  cell: (trace: TraceSummary, context: CellContext) => ComponentChildren;
  /** The value in an export. */
  text: (trace: TraceSummary) => string;
}

const MAX_TAGS = 8;
const MAX_THUMBS = 3;
const MAX_SCORES = 3;

const preview = (text: string) => <span class="cut preview">{previewLine(text)}</span>;
const allTokens = (t: TraceSummary) =>
  t.input_tokens === null && t.output_tokens === null ? null : (t.input_tokens ?? 0) + (t.output_tokens ?? 0);
const tokens = (value: number | null) => (value === null ? "" : formatCount(value));

function Previews({ trace, project, text }: { trace: TraceSummary; project: string; text: string }) {
  const images = trace.references.filter((r) => thumbnailOf(r) !== null).slice(0, MAX_THUMBS);
  return (
    <span class="cell-preview">
      {images.map((r) => (
        <Thumbnail key={r.sha256 + r.name} project={project} reference={r} />
      ))}
      {preview(text)}
    </span>
  );
}

export const COLUMNS: readonly Column[] = [
  {
    id: "time",
    cheap: true,
    sort: "start",
    label: "Time",
    width: 116,
    cell: (t) => <Time ns={t.startNs} form="list" />,
    text: (t) => formatExact(t.startNs),
  },
  {
    id: "status",
    label: "",
    name: "Status",
    width: 34,
    cell: (t) => (
      <StatusMark
        status={t.status}
        label={false}
        {...(t.error ? { title: `${t.error.type}: ${t.error.message}` } : {})}
      />
    ),
    text: (t) => t.status,
  },
  {
    id: "model",
    label: "Model",
    width: 130,
    cell: (t, c) => (t.model ? <ModelTag tag={t.model} project={c.project} /> : <span class="faint">–</span>),
    text: (t) => t.model ?? "",
  },
  {
    id: "name",
    cheap: true,
    label: "Name",
    width: 110,
    cell: (t) => <span class="cut">{t.name}</span>,
    text: (t) => t.name,
  },
  {
    id: "input",
    label: "Input",
    width: 130,
    grow: 3,
    cell: (t, c) => <Previews trace={t} project={c.project} text={t.input_preview} />,
    text: (t) => t.input_preview,
  },
  {
    id: "output",
    label: "Output",
    width: 100,
    grow: 2,
    cell: (t) => (t.error ? <ErrorText trace={t} /> : preview(t.output_preview)),
    text: (t) => t.output_preview,
  },
  {
    id: "duration",
    cheap: true,
    sort: "latency",
    label: "Duration",
    width: 78,
    numeric: true,
    cell: (t) => <Duration ns={t.duration_ns} />,
    text: (t) => String(t.duration_ns),
  },
  {
    id: "tags",
    label: "Scores and tags",
    width: 200,
    grow: 2,
    cell: (t, c) => (
      <span class="cell-tags">
        {t.scores.slice(0, MAX_SCORES).map((s) => (
          <ScoreMark key={s.id} score={s} />
        ))}
        {Object.entries(t.tags)
          .slice(0, MAX_TAGS)
          .map(([name, value]) => (
            <Tag key={name} name={name} value={value} onPick={c.onTag} />
          ))}
      </span>
    ),
    text: (t) =>
      Object.entries(t.tags)
        .map(([k, v]) => `${k}=${inlineText(v)}`)
        .join(" "),
  },
  {
    id: "spans",
    sort: "spans",
    label: "Spans",
    width: 60,
    numeric: true,
    cell: (t) => formatCount(t.span_count),
    text: (t) => String(t.span_count),
  },
  {
    id: "scores",
    label: "Scores",
    width: 150,
    optional: true,
    cell: (t) => (
      <span class="cell-tags">
        {t.scores.slice(0, MAX_TAGS).map((s) => (
          <ScoreMark key={s.id} score={s} />
        ))}
      </span>
    ),
    text: (t) => t.scores.map((s) => `${s.name}=${scoreText(s.value)}`).join(" "),
  },
  {
    id: "type",
    label: "Type",
    width: 90,
    optional: true,
    cell: (t) => <TypeMark type={t.type} />,
    text: (t) => t.type,
  },
  {
    id: "service",
    label: "Service",
    width: 120,
    optional: true,
    cell: (t) => <span class="cut">{t.service}</span>,
    text: (t) => t.service,
  },
  {
    id: "session",
    label: "Session",
    width: 120,
    optional: true,
    cell: (t) => <span class="cut">{t.session}</span>,
    text: (t) => t.session,
  },
  {
    id: "user",
    label: "User",
    width: 120,
    optional: true,
    cell: (t) => <span class="cut">{t.user}</span>,
    text: (t) => t.user,
  },
  {
    id: "tokens",
    sort: "tokens",
    label: "Tokens",
    width: 80,
    numeric: true,
    optional: true,
    cell: (t) => tokens(allTokens(t)),
    text: (t) => String(allTokens(t) ?? ""),
  },
  {
    id: "input_tokens",
    label: "Tokens in",
    width: 84,
    numeric: true,
    optional: true,
    cell: (t) => tokens(t.input_tokens),
    text: (t) => String(t.input_tokens ?? ""),
  },
  {
    id: "output_tokens",
    label: "Tokens out",
    width: 84,
    numeric: true,
    optional: true,
    cell: (t) => tokens(t.output_tokens),
    text: (t) => String(t.output_tokens ?? ""),
  },
  {
    id: "trace_id",
    label: "Trace id",
    width: 250,
    optional: true,
    cell: (t) => <span class="cut mono">{t.trace_id}</span>,
    text: (t) => t.trace_id,
  },
];

function ErrorText({ trace }: { trace: TraceSummary }) {
  const text = trace.error ? `${trace.error.type}: ${trace.error.message}` : "";
  return (
    <span class="cut danger" title={text}>
      {text}
    </span>
  );
}

const TAG = "tag.";
const SCORE = "score.";

const named = (prefix: string, id: string) => id.startsWith(prefix) && id.length > prefix.length;

/** A column for one tag, or for one score. */
export const isTagColumn = (id: string) => named(TAG, id) || named(SCORE, id);

/** The newest score of the name. */
function scoreColumn(id: string): Column {
  const key = id.slice(SCORE.length);
  const found = (t: TraceSummary) => t.scores.find((s) => s.name === key);
  return {
    id,
    label: key,
    name: id,
    width: 100,
    sort: id,
    cell: (t) => {
      const score = found(t);
      return score ? <ScoreMark score={score} /> : null;
    },
    text: (t) => scoreText(found(t)?.value ?? null),
  };
}

function tagColumn(id: string): Column {
  const key = id.slice(TAG.length);
  const text = (t: TraceSummary) => (key in t.tags ? inlineText(t.tags[key] ?? null) : "");
  return {
    id,
    label: key,
    name: id,
    width: 120,
    sort: id,
    cell: (t) => (
      <span class="cut" title={text(t)}>
        {text(t)}
      </span>
    ),
    text,
  };
}

const tagColumns = new Map<string, Column>();

/** A column by its id; the same object each time, so that rows know that nothing changed. */
export function columnOf(id: string): Column | undefined {
  if (!isTagColumn(id)) return COLUMNS.find((c) => c.id === id);
  let column = tagColumns.get(id);
  if (!column) {
    column = named(TAG, id) ? tagColumn(id) : scoreColumn(id);
    tagColumns.set(id, column);
  }
  return column;
}
