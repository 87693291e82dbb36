// SPDX-License-Identifier: Apache-2.0
// What the server answers, as the page uses it: see docs/api.md.  Times keep
// their nanoseconds as bigint; everything else is as it came.
import type { Json } from "../lib/json";

export type Status = "ok" | "error" | "unset";
export type Attributes = Record<string, Json>;

export interface Info {
  version: string;
  accounts: boolean;
  url: string;
}

export interface Project {
  name: string;
  created_at: string;
  counters: { received: number; stored: number; rejected: number };
  storage: {
    segments: number;
    segment_bytes: number;
    spans: number;
    wal_bytes: number;
    memtable_bytes: number;
    blob_bytes: number;
  };
}

export const ROLES = ["ingest", "viewer", "editor", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface ApiKey {
  id: string;
  name: string;
  role: string;
  prefix: string;
  created_at: string;
  last_used_at: string | null;
}

export interface Reference {
  name: string;
  media_type: string;
  size: number;
  sha256: string;
  thumb: string | null;
  meta: Attributes;
}

/** One judgement of a trace or of one of its spans. */
export interface Score {
  id: string;
  name: string;
  value: Json;
  passed: boolean | null;
  judge: string | null;
  source: string; // code, llm, person
  by: string;
  reason: string;
  error: string;
  time: string | null;
  span_id: string | null;
}

export interface TraceSummary {
  trace_id: string;
  root_span_id: string;
  name: string;
  type: string;
  model: string | null;
  status: Status;
  error: { type: string; message: string } | null;
  startNs: bigint;
  duration_ns: number;
  span_count: number;
  input_preview: string;
  output_preview: string;
  tags: Attributes;
  references: Reference[];
  service: string;
  session: string;
  user: string;
  input_tokens: number | null;
  output_tokens: number | null;
  scores: Score[];
}

export interface Histogram {
  fromNs: bigint;
  bucketNs: number;
  items: { timeNs: bigint; count: number; errors: number }[];
  total: number;
  errors: number;
}

export interface Facet {
  field: string;
  values: { value: string; count: number }[];
}

export interface SpanEvent {
  timeNs: bigint;
  name: string;
  attributes: Attributes;
}

export interface Span {
  span_id: string;
  parent_span_id: string | null;
  name: string;
  kind: string;
  type: string;
  startNs: bigint;
  endNs: bigint;
  duration_ns: number;
  status: { code: Status; message: string };
  model: string | null;
  service: string;
  session: string;
  user: string;
  input: string | null;
  output: string | null;
  tags: Attributes;
  references: Reference[];
  error: { type: string; message: string; stacktrace: string } | null;
  llm: { model: string; provider: string; input_tokens: number | null; output_tokens: number | null } | null;
  attributes: Attributes;
  resource: Attributes;
  scope: Attributes;
  events: SpanEvent[];
  links: Attributes[];
  raw: Attributes; // the span as the server sent it
}

export interface Trace {
  trace_id: string;
  spans: Span[];
  scores: Score[];
}

export interface Model {
  name: string;
  former_names: string[];
  metadata: Attributes;
  created_at: string;
  last_seen: string | null;
  latest: string | null;
  version_count: number;
  runs: number;
  errors: number;
  latency_p50_ns: number | null;
  latency_p95_ns: number | null;
  sparkline: number[]; // runs, oldest first
  latencies: (number | null)[]; // medians, as the runs
  versions: Version[];
}

export interface Version {
  tag: string;
  version: number;
  fingerprint: string;
  origin: string;
  created_at: string;
  first_seen: string | null;
  last_seen: string | null;
  runs: number;
  errors: number;
  signature: string;
  output_type: string;
  observed_output_types: string[];
  git: { commit: string; dirty: boolean; branch: string } | null;
  language: string;
  language_version: string;
  metadata: Attributes;
}

export interface Dependency {
  name: string;
  kind: string;
  source: string;
}

export interface VersionDetail extends Version {
  source: string;
  dependencies: Dependency[];
  packages: Record<string, string>;
}

export interface VersionStats {
  tag: string;
  version: number;
  runs: number;
  errors: number;
  latency_p50_ns: number | null;
  latency_p95_ns: number | null;
  latency_p99_ns: number | null;
  buckets: { timeNs: bigint; runs: number; errors: number; latency_p50_ns: number | null }[];
}
