// SPDX-License-Identifier: Apache-2.0
// Every part on one page, for looking at in both themes.
import { useState } from "preact/hooks";
import type { Span } from "../../api/types";
import { Sparkline } from "../../charts/sparkline";
import TraceHistogram from "../../charts/histogram";
import SeriesPlot from "../../charts/series";
import { ApiError } from "../../api/http";
import { formatCount, formatDuration } from "../../lib/format";
import { buildTree } from "../../lib/tree";
import { Button, CopyButton, IconButton } from "../../parts/button";
import { Chip, ModelTag, StatusMark, Tag, TypeMark } from "../../parts/chip";
import { Code } from "../../parts/code";
import { Diff } from "../../parts/diff";
import { Field, Input, Segmented, Select } from "../../parts/form";
import { ImageViewer } from "../../parts/image";
import { JsonTree } from "../../parts/jsontree";
import { Menu } from "../../parts/menu";
import { Messages } from "../../parts/message";
import { Panel } from "../../parts/panel";
import { SearchBar } from "../../parts/searchbar";
import { Starter } from "../../parts/starter";
import { EmptyState, ErrorBar, ErrorState, Skeleton } from "../../parts/states";
import { DataTable } from "../../parts/table";
import { Tabs } from "../../parts/tabs";
import { Text } from "../../parts/text";
import { TimeRange } from "../../parts/timerange";
import { Tooltip } from "../../parts/tooltip";
import { Waterfall } from "../../parts/waterfall";
import { showToast } from "../../state/toast";
import * as example from "./examples";
import { ErrorBox } from "../trace/error";

export default function PartsPage() {
  return (
    <div class="page">
      <div class="topbar">
        <h1>Parts</h1>
      </div>
      <div class="page-scroll parts">
        <Controls />
        <Inputs />
        <Marks />
        <TextParts />
        <DataParts />
        <StateParts />
        <WideParts />
      </div>
    </div>
  );
}

function Controls() {
  const [tab, setTab] = useState("a");
  const [choice, setChoice] = useState("split");
  return (
    <Panel title="Button, Menu, Tabs, Toast, Tooltip">
      <div class="row wrap">
        <Button look="primary">Primary</Button>
        <Button>Plain</Button>
        <Button icon="refresh">With icon</Button>
        <Button look="quiet">Quiet</Button>
        <Button look="danger">Danger</Button>
        <Button disabled>Disabled</Button>
        <IconButton icon="close" label="Close" />
        <CopyButton text="copied" />
      </div>
      <div class="row wrap">
        <Menu
          label="Menu"
          title="Menu"
          active="one"
          items={[
            { id: "one", label: "One", detail: "g o" },
            { id: "two", label: "Two", icon: "models" },
          ]}
          onPick={(id) => showToast(`Picked ${id}`)}
        />
        <Button onClick={() => showToast("Saved")}>Toast</Button>
        <Button onClick={() => showToast("It was not saved: the disk is full", "error")}>Error toast</Button>
        <Tooltip tip="What the number means">
          <Chip>Tooltip</Chip>
        </Tooltip>
        <Segmented
          label="Layout"
          value={choice}
          options={[
            { value: "split", label: "Side by side" },
            { value: "unified", label: "Unified" },
          ]}
          onPick={setChoice}
        />
      </div>
      <Tabs
        label="Example"
        active={tab}
        onPick={setTab}
        items={[
          { id: "a", label: "Overview" },
          { id: "b", label: "Attributes", count: 12 },
        ]}
      >
        {tab === "a" ? "The overview" : "Twelve attributes"}
      </Tabs>
    </Panel>
  );
}

function Inputs() {
  const [query, setQuery] = useState("status:error latency>50ms");
  const [window, setWindow] = useState<{ from: string | null; to: string | null }>({ from: "-1h", to: null });
  const [text, setText] = useState("");
  const [role, setRole] = useState("ingest");
  return (
    <Panel title="SearchBar, TimeRange, Select, Field">
      <div class="row">
        <SearchBar value={query} suggest={example.suggest} onSearch={setQuery} />
        <TimeRange window={window} onPick={setWindow} />
      </div>
      <div class="inline-form">
        <Field label="Name" hint="Letters and digits">
          {(id) => <Input id={id} value={text} onValue={setText} />}
        </Field>
        <Select
          label="Role"
          value={role}
          options={["ingest", "viewer", "admin"].map((r) => ({ value: r, label: r }))}
          onPick={setRole}
        />
      </div>
      <Field label="With an error" error="This name is there already">
        {(id) => <Input id={id} value="digits" aria-invalid={true} onValue={() => undefined} />}
      </Field>
    </Panel>
  );
}

function Marks() {
  return (
    <Panel title="Chip, Tag, marks, Sparkline">
      <div class="row wrap">
        <Chip>plain</Chip>
        <Chip tone="accent" onRemove={() => undefined}>
          accent
        </Chip>
        <Chip tone="red">red</Chip>
        <Chip tone="amber">amber</Chip>
        <Tag name="tier" value="free" />
        <Tag name="tier" value="pro" onPick={(name, value) => showToast(`${name}: ${value}`)} />
        <TypeMark type="llm" />
      </div>
      <div class="row wrap">
        <StatusMark status="ok" />
        <StatusMark status="error" />
        <StatusMark status="unset" />
        {["digits:v1", "digits:v2", "summarizer:v12", "retriever:v3", "casting-defects:v1"].map((tag) => (
          <ModelTag key={tag} tag={tag} project="default" />
        ))}
      </div>
      <div class="row wrap">
        <Sparkline values={example.SPARK} label="Runs" />
        <Sparkline values={example.SPARK} label="Latency" kind="line" />
        <Sparkline values={[]} label="Nothing" />
      </div>
    </Panel>
  );
}

function TextParts() {
  return (
    <Panel title="Text, Message, Error">
      <Text text={example.MARKDOWN} />
      <Messages messages={example.MESSAGES} />
      <ErrorBox error={example.ERROR} />
    </Panel>
  );
}

function DataParts() {
  return (
    <Panel title="Json tree, Table, Image">
      <JsonTree value={example.JSON_VALUE} label="example" />
      <DataTable table={example.TABLE} label="example" />
      <ImageViewer
        src="/api/v1/projects/default/blobs/none"
        name="An image that is gone"
        overlays={[{ x: 1, y: 1, width: 4, height: 4, label: "digit" }]}
      />
    </Panel>
  );
}

function StateParts() {
  return (
    <Panel title="Skeleton, EmptyState, ErrorState">
      <Skeleton rows={3} />
      <ErrorBar
        error={new ApiError(503, "Service Unavailable", "The server is draining.")}
        onRetry={() => undefined}
      />
      <EmptyState title="No traces in default yet">
        <p>Trace a function, or point any OpenTelemetry SDK here.</p>
        <Starter project="default" />
      </EmptyState>
      <ErrorState
        error={new ApiError(500, "Internal Server Error", "A segment is damaged; run: vireo doctor")}
        what="The traces could not be read"
        onRetry={() => undefined}
      />
    </Panel>
  );
}

function WideParts() {
  const [selected, setSelected] = useState("s1");
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const spans: readonly Span[] = example.SPANS;
  const toggle = (id: string) => {
    const next = new Set(closed);
    if (!next.delete(id)) next.add(id);
    setClosed(next);
  };
  return (
    <>
      <div class="parts-wide stack">
        <h2>Code and Diff</h2>
        <Code text={example.OLD_CODE} language="python" />
        <Diff
          oldText={example.OLD_CODE}
          newText={example.NEW_CODE}
          oldLabel="digits:v1"
          newLabel="digits:v2"
        />
      </div>
      <div class="parts-wide stack">
        <h2>Waterfall</h2>
        <Waterfall
          tree={buildTree(spans)}
          closed={closed}
          selected={selected}
          found={null}
          onSelect={setSelected}
          onToggle={toggle}
        />
      </div>
      <div class="parts-wide stack">
        <h2>Charts</h2>
        <TraceHistogram histogram={example.HISTOGRAM} onZoom={() => showToast("Zoom")} />
        <div class="model-charts">
          <SeriesPlot times={example.TIMES} series={example.SERIES} format={formatDuration} label="Latency" />
          <SeriesPlot
            times={example.TIMES}
            series={example.COUNTS}
            format={formatCount}
            label="Runs"
            kind="cluster"
          />
        </div>
      </div>
    </>
  );
}
