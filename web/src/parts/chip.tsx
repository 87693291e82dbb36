// SPDX-License-Identifier: Apache-2.0
// Small marks: tags, model tags, status.  A status is a sign and a word, never
// colour alone.
import type { ComponentChildren } from "preact";
import type { Status } from "../api/types";
import { seriesVar } from "../lib/color";
import { inlineText, type Json } from "../lib/json";
import { modelPath, splitTag } from "../lib/route";
import { Icon } from "./icon";
import { Link } from "./link";

interface ChipProps {
  children: ComponentChildren;
  title?: string;
  tone?: "plain" | "red" | "amber" | "accent";
  onRemove?: () => void;
  removeLabel?: string;
}

export function Chip({ children, title, tone = "plain", onRemove, removeLabel = "Remove" }: ChipProps) {
  return (
    <span class={`chip chip-${tone}`} title={title}>
      <span class="cut">{children}</span>
      {onRemove && (
        <button type="button" class="chip-remove" aria-label={removeLabel} onClick={onRemove}>
          <Icon name="close" size={10} />
        </button>
      )}
    </span>
  );
}

interface TagProps {
  name: string;
  value: Json;
  onPick?: (name: string, value: string) => void;
}

/** A tag as `key value`; picking it filters by it. */
export function Tag({ name, value, onPick }: TagProps) {
  const text = inlineText(value);
  const inside = (
    <>
      <span class="tag-key">{name}</span>
      <span class="cut">{text}</span>
    </>
  );
  if (!onPick)
    return (
      <span class="tag" title={`${name}: ${text}`}>
        {inside}
      </span>
    );
  const pick = (event: MouseEvent) => {
    event.stopPropagation();
    onPick(name, text);
  };
  return (
    <button type="button" class="tag" title={`Show traces with ${name}: ${text}`} onClick={pick}>
      {inside}
    </button>
  );
}

export function ModelTag({ tag, project, link = true }: { tag: string; project: string; link?: boolean }) {
  const parts = splitTag(tag);
  const dot = <span class="dot" style={{ background: seriesVar(parts?.name ?? tag) }} />;
  const text = parts ? (
    <>
      <span class="cut">{parts.name}</span>
      <span class="model-version">:v{parts.version}</span>
    </>
  ) : (
    <span class="cut">{tag}</span>
  );
  const stop = (event: MouseEvent) => event.stopPropagation();
  if (!link || !parts)
    return (
      <span class="model-tag" title={tag}>
        {dot}
        {text}
      </span>
    );
  const href = modelPath(project, parts.name, { v: `v${parts.version}` });
  return (
    <Link class="model-tag" href={href} title={tag} onClick={stop} tabIndex={-1}>
      {dot}
      {text}
    </Link>
  );
}

const STATUS = {
  ok: { icon: "check", label: "ok" },
  error: { icon: "error", label: "error" },
  unset: { icon: "dot", label: "unset" },
} as const;

export function StatusMark({
  status,
  title,
  label = true,
}: {
  status: Status;
  title?: string;
  label?: boolean;
}) {
  const { icon, label: text } = STATUS[status];
  return (
    <span class={`status status-${status}`} title={title ?? text}>
      <Icon name={icon} size={14} />
      {label ? <span>{text}</span> : <span class="sr-only">{text}</span>}
    </span>
  );
}

/** The kind of a span: llm, tool, retriever, function ... */
export function TypeMark({ type }: { type: string }) {
  if (!type) return null;
  return <span class="type-mark">{type}</span>;
}
