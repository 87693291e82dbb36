// SPDX-License-Identifier: Apache-2.0
// The columns of the list of traces: what they show, how wide, and which of them
// the reader wants in which order.  Remembered in this browser.
import type { ComponentChildren } from "preact";
import type { TraceSummary } from "../../api/types";
import { formatCount } from "../../lib/format";
import { inlineText } from "../../lib/json";
import { previewLine } from "../../lib/preview";
import { formatExact } from "../../lib/time";
import { ModelTag, StatusMark, Tag, TypeMark } from "../../parts/chip";
import { Thumbnail, thumbnailOf } from "../../parts/image";
import { Duration, Time } from "../../parts/values";
import { persistent } from "../../state/prefs";

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
  cell: (trace: TraceSummary, context: CellContext) => ComponentChildren;
  /** The value in an export. */
  text: (trace: TraceSummary) => string;
}

const MAX_TAGS = 8;
const MAX_THUMBS = 3;

const preview = (text: string) => <span class="cut preview">{previewLine(text)}</span>;
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
    label: "Duration",
    width: 78,
    numeric: true,
    cell: (t) => <Duration ns={t.duration_ns} />,
    text: (t) => String(t.duration_ns),
  },
  {
    id: "tags",
    label: "Tags",
    width: 140,
    grow: 2,
    cell: (t, c) => (
      <span class="cell-tags">
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
    label: "Spans",
    width: 60,
    numeric: true,
    cell: (t) => formatCount(t.span_count),
    text: (t) => String(t.span_count),
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

/** Order and widths as remembered; columns that came later stand at the end. */
export interface Layout {
  shown: string[];
  widths: Record<string, number>;
}

const isLayout = (value: unknown): value is Layout =>
  typeof value === "object" &&
  value !== null &&
  "shown" in value &&
  Array.isArray(value.shown) &&
  "widths" in value;

const INITIAL: Layout = { shown: COLUMNS.filter((c) => !c.optional).map((c) => c.id), widths: {} };

export const layout = persistent<Layout>("columns", INITIAL, isLayout);

export function shownColumns(current: Layout): Column[] {
  return current.shown.flatMap((id) => COLUMNS.find((c) => c.id === id) ?? []);
}

const MIN_WIDTH = 48;
const MAX_WIDTH = 1200;

export function setWidth(id: string, width: number): void {
  const current = layout.get();
  const kept = Math.round(Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, width)));
  layout.set({ ...current, widths: { ...current.widths, [id]: kept } });
}

export function toggleColumn(id: string): void {
  const current = layout.get();
  const shown = current.shown.includes(id) ? current.shown.filter((s) => s !== id) : [...current.shown, id];
  if (shown.length > 0) layout.set({ ...current, shown });
}

export function moveColumn(id: string, step: -1 | 1): void {
  const current = layout.get();
  const shown = [...current.shown];
  const from = shown.indexOf(id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= shown.length) return;
  shown.splice(from, 1);
  shown.splice(to, 0, id);
  layout.set({ ...current, shown });
}

export function resetColumns(): void {
  layout.set(INITIAL);
}

export function gridTemplate(columns: readonly Column[], widths: Readonly<Record<string, number>>): string {
  return columns
    .map((c) => {
      const set = widths[c.id];
      if (set !== undefined) return `${set}px`;
      return c.grow ? `minmax(${c.width}px, ${c.grow}fr)` : `${c.width}px`;
    })
    .join(" ");
}

/** Comma-separated values after RFC 4180; a cell that a spreadsheet would run gets an apostrophe. */
export function toCsv(columns: readonly Column[], traces: readonly TraceSummary[]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  const lines = traces.map((t) => columns.map((c) => cell(c.text(t))).join(","));
  return [columns.map((c) => cell(c.name ?? c.label)).join(","), ...lines].join("\r\n");
}
