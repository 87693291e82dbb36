// SPDX-License-Identifier: Apache-2.0
// Everything about one span, in tabs.
import type { Score, Span } from "../../api/types";
import { formatCount } from "../../lib/format";
import type { Json } from "../../lib/json";
import { makeTerm } from "../../lib/query";
import { tracePath, tracesPath } from "../../lib/route";
import { formatExact } from "../../lib/time";
import { CopyButton } from "../../parts/button";
import { ModelTag, StatusMark, Tag, TypeMark } from "../../parts/chip";
import { JsonTree } from "../../parts/jsontree";
import { Link } from "../../parts/link";
import { Tabs } from "../../parts/tabs";
import { Duration, Time } from "../../parts/values";
import { navigate } from "../../state/location";
import { AttributeTable } from "./attributes";
import { PayloadView } from "./payload";
import { References } from "./references";
import { Scores } from "./scores";
import { ErrorBox } from "./error";

export const TABS = [
  { id: "overview", label: "Overview" },
  { id: "io", label: "Input & output" },
  { id: "attributes", label: "Attributes" },
  { id: "events", label: "Events" },
  { id: "raw", label: "Raw" },
] as const;

interface Props {
  project: string;
  /** The spans above it that are known, top first. */
  above: readonly { span_id: string; name: string }[];
  /** It is the only span: where it stands need not be said. */
  alone: boolean;
  span: Span;
  /** Of the span, and at the root of the trace as a whole. */
  scores: readonly Score[];
  traceId: string;
  tab: string;
  onTab: (tab: string) => void;
  onSelect: (spanId: string) => void;
}

export function SpanDetails(props: Props) {
  const { project, above, alone, span, tab, onTab, onSelect } = props;
  const active = TABS.some((t) => t.id === tab) ? tab : "overview";
  const items = TABS.map((t) => {
    if (t.id === "attributes") return { ...t, count: Object.keys(span.attributes).length };
    if (t.id === "events") return { ...t, count: span.events.length + span.links.length };
    return t;
  });
  return (
    <section class="details" aria-label={`Span ${span.name}`}>
      {!alone && <Where above={above} span={span} onSelect={onSelect} />}
      <Tabs items={items} active={active} label="Details of the span" onPick={onTab}>
        {active === "overview" && <Overview {...props} />}
        {active === "io" && <InputOutput project={project} span={span} />}
        {active === "attributes" && <Attributes project={project} span={span} />}
        {active === "events" && <Events project={project} span={span} />}
        {active === "raw" && <JsonTree value={span.raw} label="the span as it came" />}
      </Tabs>
    </section>
  );
}

/** The way down to the span, when it is not the root. */
function Where({ above, span, onSelect }: Pick<Props, "above" | "span" | "onSelect">) {
  return (
    <div class="span-where">
      {above.length > 3 && <span class="faint">… ›</span>}
      {above.slice(-3).map((s) => (
        <span key={s.span_id} class="row">
          <button type="button" class="text-button muted cut" onClick={() => onSelect(s.span_id)}>
            {s.name}
          </button>
          <span class="faint">›</span>
        </span>
      ))}
      <strong class="cut">{span.name}</strong>
      {span.type !== "span" && <TypeMark type={span.type} />}
    </div>
  );
}

function Overview({ project, span, scores, traceId }: Props) {
  const tags = Object.entries(span.tags);
  const filter = (name: string, value: string) =>
    navigate(tracesPath(project, { q: makeTerm(`tag.${name}`, value) }));
  return (
    <div class="stack">
      {span.error && <ErrorBox error={span.error} />}
      {!span.error && span.status.code === "error" && span.status.message && (
        <ErrorBox error={{ type: "", message: span.status.message, stacktrace: "" }} />
      )}
      {tags.length > 0 && (
        <div class="tags">
          {tags.map(([name, value]) => (
            <Tag key={name} name={name} value={value} onPick={filter} />
          ))}
        </div>
      )}
      {span.references.length > 0 && <References project={project} references={span.references} />}
      <Payloads span={span} compact />
      <Scores project={project} traceId={traceId} spanId={span.span_id} scores={scores} />
      <Facts project={project} span={span} />
    </div>
  );
}

function InputOutput({ project, span }: { project: string; span: Span }) {
  return (
    <div class="stack">
      <Payloads span={span} />
      {span.references.length > 0 && <References project={project} references={span.references} />}
    </div>
  );
}

function Payloads({ span, compact = false }: { span: Span; compact?: boolean }) {
  if (span.input === null && span.output === null)
    return compact ? null : <p class="muted">Neither input nor output was captured for this span.</p>;
  return (
    <>
      {span.input !== null && <PayloadView title="Input" text={span.input} />}
      {span.output !== null && <PayloadView title="Output" text={span.output} />}
    </>
  );
}

function Facts({ project, span }: { project: string; span: Span }) {
  const search = (field: string, value: string) => tracesPath(project, { q: makeTerm(field, value) });
  const linked = (field: string, value: string) => (
    <Link class="link" href={search(field, value)}>
      {value}
    </Link>
  );
  return (
    <dl class="facts">
      <dt>Status</dt>
      <dd>
        <StatusMark status={span.status.code} />
      </dd>
      <dt>Duration</dt>
      <dd>
        <Duration ns={span.duration_ns} />
      </dd>
      <dt>Start</dt>
      <dd title={formatExact(span.startNs)}>
        <Time ns={span.startNs} form="both" />
      </dd>
      {span.model && (
        <>
          <dt>Model</dt>
          <dd>
            <ModelTag tag={span.model} project={project} />
          </dd>
        </>
      )}
      {span.llm && <LlmFacts llm={span.llm} />}
      {span.service && (
        <>
          <dt>Service</dt>
          <dd>{linked("service", span.service)}</dd>
        </>
      )}
      {span.session && (
        <>
          <dt>Session</dt>
          <dd>{linked("session", span.session)}</dd>
        </>
      )}
      {span.user && (
        <>
          <dt>User</dt>
          <dd>{linked("user", span.user)}</dd>
        </>
      )}
      <dt>Span id</dt>
      <dd class="row">
        <code>{span.span_id}</code>
        <CopyButton text={span.span_id} label="Copy the span id" />
      </dd>
    </dl>
  );
}

function LlmFacts({ llm }: { llm: NonNullable<Span["llm"]> }) {
  const counted = llm.input_tokens !== null || llm.output_tokens !== null;
  return (
    <>
      {llm.model && (
        <>
          <dt>LLM</dt>
          <dd>{[llm.provider, llm.model].filter(Boolean).join(" / ")}</dd>
        </>
      )}
      {counted && (
        <>
          <dt>Tokens</dt>
          <dd>
            {formatCount(llm.input_tokens ?? 0)} in, {formatCount(llm.output_tokens ?? 0)} out
          </dd>
        </>
      )}
    </>
  );
}

function Attributes({ project, span }: { project: string; span: Span }) {
  return (
    <div class="stack">
      <AttributeTable title="Span" values={span.attributes} project={project} prefix="attr." />
      <AttributeTable title="Resource" values={span.resource} project={project} prefix="resource." />
      <AttributeTable title="Scope" values={span.scope} project={project} prefix={null} />
    </div>
  );
}

function Events({ project, span }: { project: string; span: Span }) {
  if (span.events.length + span.links.length === 0) return <p class="muted">No events and no links.</p>;
  return (
    <div class="stack">
      {span.events.map((event, i) => (
        <section key={i} class="event">
          <header class="row">
            <strong>{event.name}</strong>
            <span class="faint" title={formatExact(event.timeNs)}>
              +<Duration ns={Number(event.timeNs - span.startNs)} />
            </span>
          </header>
          <AttributeTable values={event.attributes} project={project} prefix={null} />
        </section>
      ))}
      {span.links.map((link, i) => (
        <section key={i} class="event">
          <header class="row">
            <strong>Link</strong>
            <SpanLink project={project} traceId={link["trace_id"]} spanId={link["span_id"]} />
          </header>
        </section>
      ))}
    </div>
  );
}

function SpanLink({
  project,
  traceId,
  spanId,
}: {
  project: string;
  traceId: Json | undefined;
  spanId: Json | undefined;
}) {
  if (typeof traceId !== "string") return null;
  const span = typeof spanId === "string" ? spanId : null;
  return (
    <Link class="link mono" href={tracePath(project, traceId, { span })}>
      {traceId}
    </Link>
  );
}
