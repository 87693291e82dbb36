// SPDX-License-Identifier: Apache-2.0
// Named objects that were logged to a span: images, tables, text, or a file to
// download.
import { useEffect, useState } from "preact/hooks";
import { blobPath, useBlob } from "../../api/traces";
import type { Reference } from "../../api/types";
import { formatBytes } from "../../lib/format";
import { inlineText, tryParse } from "../../lib/json";
import { asTable, TABLE_TYPE } from "../../lib/shape";
import { IconButton } from "../../parts/button";
import { isImage, ReferenceImage } from "../../parts/image";
import { JsonTree } from "../../parts/jsontree";
import { DataTable } from "../../parts/table";
import { HtmlFrame, Text } from "../../parts/text";
import { send } from "../../api/http";
import { showToast } from "../../state/toast";

interface Props {
  project: string;
  references: readonly Reference[];
}

const MAX_TEXT = 2_000_000;

export function References({ project, references }: Props) {
  return (
    <>
      {references.map((r, i) => (
        <ReferenceView key={`${r.name}/${i}`} project={project} reference={r} />
      ))}
    </>
  );
}

async function download(project: string, reference: Reference): Promise<void> {
  try {
    const blob = await (await send(blobPath(project, reference.sha256), { accept: "*/*" })).blob();
    const url = URL.createObjectURL(blob);
    const link = document.createElement("a");
    link.href = url;
    link.download = reference.name.replace(/[^\w.-]+/g, "_") || "file";
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch {
    showToast(`${reference.name} could not be downloaded`, "error");
  }
}

/** "28 × 28", "1000 × 4 float64": what the client knew of the object. */
export function describeReference(reference: Reference): string {
  const shape = reference.meta["shape"];
  const { width, height } = { width: reference.meta["width"], height: reference.meta["height"] };
  const parts: string[] = [];
  if (Array.isArray(shape)) parts.push(shape.map(inlineText).join(" × "));
  else if (width !== undefined && height !== undefined)
    parts.push(`${inlineText(width)} × ${inlineText(height)}`);
  if (typeof reference.meta["dtype"] === "string") parts.push(reference.meta["dtype"]);
  parts.push(reference.media_type, formatBytes(reference.size));
  return parts.join(" · ");
}

function ReferenceView({ project, reference }: { project: string; reference: Reference }) {
  return (
    <section class="payload">
      <header class="payload-head">
        <h3 class="section-title mono">{reference.name}</h3>
        <span class="faint cut">{describeReference(reference)}</span>
        <span class="grow" />
        <IconButton
          icon="download"
          label={`Download ${reference.name}`}
          onClick={() => void download(project, reference)}
        />
      </header>
      <ReferenceBody project={project} reference={reference} />
    </section>
  );
}

function ReferenceBody({ project, reference }: { project: string; reference: Reference }) {
  const type = reference.media_type.split(";")[0]?.trim().toLowerCase() ?? "";
  if (isImage(type)) return <ReferenceImage project={project} reference={reference} />;
  const readable = type.startsWith("text/") || type.endsWith("json");
  if (readable && reference.size <= MAX_TEXT)
    return <TextReference project={project} reference={reference} type={type} />;
  if (reference.thumb !== null)
    return (
      <ReferenceImage project={project} reference={{ ...reference, sha256: reference.thumb, size: 0 }} />
    );
  return null;
}

function TextReference({
  project,
  reference,
  type,
}: {
  project: string;
  reference: Reference;
  type: string;
}) {
  const blob = useBlob(project, reference.sha256);
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    void blob.data?.text().then((t) => wanted && setText(t));
    return () => {
      wanted = false;
    };
  }, [blob.data]);
  if (blob.error) return <p class="muted">{blob.error.detail || "The object is not there."}</p>;
  if (text === null) return null;
  const json = type.endsWith("json") ? tryParse(text) : undefined;
  const table = type === TABLE_TYPE ? asTable(json) : null;
  if (table) return <DataTable table={table} label={reference.name} />;
  if (json !== undefined) return <JsonTree value={json} label={reference.name} />;
  if (type === "text/html") return <HtmlFrame html={text} />;
  return <Text text={text} />;
}
