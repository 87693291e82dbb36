// SPDX-License-Identifier: Apache-2.0
// An input or output, shown as what it looks like, or as the text that came.
import { useMemo, useState } from "preact/hooks";
import { formatBytes } from "../../lib/format";
import { classify, type Payload, recordsTable } from "../../lib/shape";
import { CopyButton } from "../../parts/button";
import { Segmented } from "../../parts/form";
import { JsonTree } from "../../parts/jsontree";
import { Messages } from "../../parts/message";
import { DataTable } from "../../parts/table";
import { Text } from "../../parts/text";

type View = "chat" | "table" | "json" | "text";

const LABELS: Record<View, string> = { chat: "Chat", table: "Table", json: "JSON", text: "Text" };

/** Ways to look at a payload, the most telling first. */
export function viewsOf(payload: Payload): View[] {
  if (payload.kind === "none") return [];
  if (payload.kind === "text") return ["text"];
  if (payload.kind === "chat") return ["chat", "json", "text"];
  if (payload.kind === "table") return ["table", "json", "text"];
  return recordsTable(payload.json) ? ["json", "table", "text"] : ["json", "text"];
}

export function PayloadView({ title, text }: { title: string; text: string }) {
  const payload = useMemo(() => classify(text), [text]);
  const views = viewsOf(payload);
  const [chosen, setChosen] = useState<View | null>(null);
  const view = chosen !== null && views.includes(chosen) ? chosen : (views[0] ?? "text");
  return (
    <section class="payload">
      <header class="payload-head">
        <h3 class="section-title">{title}</h3>
        <span class="faint">{formatBytes(new Blob([text]).size)}</span>
        <span class="grow" />
        {views.length > 1 && (
          <Segmented
            value={view}
            label={`View of the ${title.toLowerCase()}`}
            options={views.map((v) => ({ value: v, label: LABELS[v] }))}
            onPick={(v) => setChosen(v as View)}
          />
        )}
        <CopyButton text={text} label={`Copy the ${title.toLowerCase()}`} />
      </header>
      <PayloadBody payload={payload} view={view} text={text} title={title} />
    </section>
  );
}

interface BodyProps {
  payload: Payload;
  view: View;
  text: string;
  title: string;
}

function PayloadBody({ payload, view, text, title }: BodyProps) {
  if (view === "chat" && payload.kind === "chat") return <Messages messages={payload.messages} />;
  if (view === "table" && "json" in payload) {
    const table = payload.kind === "table" ? payload.table : recordsTable(payload.json);
    if (table) return <DataTable table={table} label={title} />;
  }
  if (view === "json" && "json" in payload)
    return <JsonTree value={payload.json} label={title.toLowerCase()} />;
  return <Text text={payload.kind === "text" ? payload.text : text} />;
}
