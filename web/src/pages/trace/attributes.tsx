// SPDX-License-Identifier: Apache-2.0
// Attributes as they came, with their types; a click looks for traces with the
// same value.
import { useState } from "preact/hooks";
import { ExactNumber, inlineText, isObject, type Json, parseStructure, specialText } from "../../lib/json";
import { makeTerm } from "../../lib/query";
import { tracesPath } from "../../lib/route";
import { CopyButton } from "../../parts/button";
import { Icon } from "../../parts/icon";
import { JsonTree } from "../../parts/jsontree";
import { Link } from "../../parts/link";

interface Props {
  title?: string;
  values: Readonly<Record<string, Json>>;
  project: string;
  /** How the language names these attributes; null: it does not. */
  prefix: string | null;
}

const LONG = 160;

export function AttributeTable({ title, values, project, prefix }: Props) {
  const entries = Object.entries(values).filter(([, v]) => !(isObject(v) && Object.keys(v).length === 0));
  if (entries.length === 0) return null;
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <section>
      {title && <h3 class="section-title">{title}</h3>}
      <dl class="attributes">
        {entries.map(([key, value]) => (
          <Attribute key={key} name={key} value={value} project={project} prefix={prefix} />
        ))}
      </dl>
    </section>
  );
}

export function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (value instanceof ExactNumber) return /[.eE]/.test(value.text) ? "double" : "int";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "double";
  if (specialText(value) !== null) return isObject(value) && "bytes" in value ? "bytes" : "double";
  return typeof value === "object" ? "map" : typeof value === "boolean" ? "bool" : typeof value;
}

interface AttributeProps {
  name: string;
  value: Json;
  project: string;
  prefix: string | null;
}

function Attribute({ name, value, project, prefix }: AttributeProps) {
  const text = inlineText(value);
  const [open, setOpen] = useState(false);
  const type = typeOf(value);
  const structure =
    type === "list" || type === "map" ? value : typeof value === "string" ? parseStructure(value) : undefined;
  const long = text.length > LONG || structure !== undefined;
  const searchable = prefix !== null && structure === undefined && text.length <= LONG && type !== "bytes";
  return (
    <div class="attribute">
      <dt title={name}>{name}</dt>
      <dd>
        <span class="attribute-value">
          {long && (
            <button
              type="button"
              class="waterfall-twist"
              aria-label={open ? "Fold" : "Unfold"}
              aria-expanded={open}
              onClick={() => setOpen(!open)}
            >
              <Icon name={open ? "down" : "right"} size={12} />
            </button>
          )}
          {!open && (
            <span class={`mono ${long ? "cut" : "attribute-text"}`}>{long ? text.slice(0, 400) : text}</span>
          )}
          {open && structure === undefined && <pre class="text">{text}</pre>}
          {open && structure !== undefined && <JsonTree value={structure} label={name} />}
        </span>
        <span class="attribute-side">
          <span class="attribute-type">{type}</span>
          {searchable && (
            <Link
              class="button button-icon"
              href={tracesPath(project, { q: makeTerm(prefix + name, text) })}
              title="Traces with this value"
              aria-label="Traces with this value"
            >
              <Icon name="search" />
            </Link>
          )}
          <CopyButton text={text} label={`Copy ${name}`} />
        </span>
      </dd>
    </div>
  );
}
