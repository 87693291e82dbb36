// SPDX-License-Identifier: Apache-2.0
// From JSON to the types of types.ts.
import { type Json } from "../lib/json";
import { parseTime } from "../lib/time";
import { list, num, numOrNull, obj, str, strings, strOrNull } from "./http";
import type * as T from "./types";

/** The server may write "" where it means nothing. */
const nonEmpty = (value: Json | undefined): string | null => (str(value) === "" ? null : str(value));

const time = (value: Json | undefined): bigint => parseTime(str(value)) ?? 0n;

function status(value: Json | undefined): T.Status {
  return value === "ok" || value === "error" ? value : "unset";
}

export function reference(json: Json): T.Reference {
  const o = obj(json);
  return {
    name: str(o["name"]),
    media_type: str(o["media_type"]) || "application/octet-stream",
    size: num(o["size"]),
    sha256: str(o["sha256"]),
    thumb: nonEmpty(o["thumb"]),
    meta: obj(o["meta"]),
  };
}

export function score(json: Json): T.Score {
  const o = obj(json);
  return {
    id: str(o["id"]),
    name: str(o["name"]),
    value: o["value"] ?? null,
    passed: typeof o["passed"] === "boolean" ? o["passed"] : null,
    judge: nonEmpty(o["judge"]),
    source: str(o["source"]),
    by: str(o["by"]),
    reason: str(o["reason"]),
    error: str(o["error"]),
    time: strOrNull(o["time"]),
    span_id: nonEmpty(o["span_id"]),
  };
}

export function summary(json: Json): T.TraceSummary {
  const o = obj(json);
  const error = obj(o["error"]);
  return {
    trace_id: str(o["trace_id"]),
    root_span_id: str(o["root_span_id"]),
    name: str(o["name"]),
    type: str(o["type"]),
    model: strOrNull(o["model"]),
    status: status(o["status"]),
    error: o["error"] ? { type: str(error["type"]), message: str(error["message"]) } : null,
    startNs: time(o["start_time"]),
    duration_ns: num(o["duration_ns"]),
    span_count: num(o["span_count"]),
    input_preview: str(o["input_preview"]),
    output_preview: str(o["output_preview"]),
    tags: obj(o["tags"]),
    references: list(o["references"]).map(reference),
    service: str(o["service"]),
    session: str(o["session"]),
    user: str(o["user"]),
    input_tokens: numOrNull(o["input_tokens"]),
    output_tokens: numOrNull(o["output_tokens"]),
    scores: list(o["scores"]).map(score),
  };
}

export function histogram(json: Json): T.Histogram {
  const o = obj(json);
  return {
    fromNs: time(o["from"]),
    bucketNs: num(o["bucket_ns"]),
    items: list(o["items"]).map((item) => {
      const b = obj(item);
      return { timeNs: time(b["time"]), count: num(b["count"]), errors: num(b["errors"]) };
    }),
    total: num(o["total"]),
    errors: num(o["errors"]),
  };
}

export function facet(json: Json): T.Facet {
  const o = obj(json);
  return {
    field: str(o["field"]),
    values: list(o["values"]).map((v) => ({ value: str(obj(v)["value"]), count: num(obj(v)["count"]) })),
  };
}

function spanError(json: Json | undefined): T.Span["error"] {
  if (!json) return null;
  const o = obj(json);
  return { type: str(o["type"]), message: str(o["message"]), stacktrace: str(o["stacktrace"]) };
}

function spanLlm(json: Json | undefined): T.Span["llm"] {
  if (!json) return null;
  const o = obj(json);
  return {
    model: str(o["model"]),
    provider: str(o["provider"]),
    input_tokens: numOrNull(o["input_tokens"]),
    output_tokens: numOrNull(o["output_tokens"]),
  };
}

function spanEvent(json: Json): T.SpanEvent {
  const o = obj(json);
  return { timeNs: time(o["time"]), name: str(o["name"]), attributes: obj(o["attributes"]) };
}

export function span(json: Json): T.Span {
  const o = obj(json);
  const startNs = time(o["start_time"]);
  const duration = num(o["duration_ns"]);
  const end = parseTime(str(o["end_time"]));
  const state = obj(o["status"]);
  return {
    span_id: str(o["span_id"]),
    parent_span_id: nonEmpty(o["parent_span_id"]),
    name: str(o["name"]),
    kind: str(o["kind"]),
    type: str(o["type"]),
    startNs,
    endNs: end ?? startNs + BigInt(Math.max(0, Math.round(duration))),
    duration_ns: duration,
    status: { code: status(state["code"]), message: str(state["message"]) },
    model: strOrNull(o["model"]),
    service: str(o["service"]),
    session: str(o["session"]),
    user: str(o["user"]),
    input: strOrNull(o["input"]),
    output: strOrNull(o["output"]),
    tags: obj(o["tags"]),
    references: list(o["references"]).map(reference),
    error: spanError(o["error"]),
    llm: spanLlm(o["llm"]),
    attributes: obj(o["attributes"]),
    resource: obj(o["resource"]),
    scope: obj(o["scope"]),
    events: list(o["events"]).map(spanEvent),
    links: list(o["links"]).map(obj),
    raw: o,
  };
}

export function project(json: Json): T.Project {
  const o = obj(json);
  const counters = obj(o["counters"]);
  const storage = obj(o["storage"]);
  return {
    name: str(o["name"]),
    created_at: str(o["created_at"]),
    counters: {
      received: num(counters["received"]),
      stored: num(counters["stored"]),
      rejected: num(counters["rejected"]),
    },
    storage: {
      segments: num(storage["segments"]),
      segment_bytes: num(storage["segment_bytes"]),
      spans: num(storage["spans"]),
      wal_bytes: num(storage["wal_bytes"]),
      memtable_bytes: num(storage["memtable_bytes"]),
      blob_bytes: num(storage["blob_bytes"]),
    },
  };
}

export function apiKey(json: Json): T.ApiKey {
  const o = obj(json);
  const id = o["id"];
  return {
    id: typeof id === "string" ? id : String(num(id)),
    name: str(o["name"]),
    role: str(o["role"]),
    prefix: str(o["prefix"]),
    created_at: str(o["created_at"]),
    last_used_at: strOrNull(o["last_used_at"]),
  };
}

export function version(json: Json): T.Version {
  const o = obj(json);
  const git = obj(o["git"]);
  return {
    tag: str(o["tag"]),
    version: num(o["version"]),
    fingerprint: str(o["fingerprint"]),
    origin: str(o["origin"]),
    created_at: str(o["created_at"]),
    first_seen: strOrNull(o["first_seen"]),
    last_seen: strOrNull(o["last_seen"]),
    runs: num(o["runs"]),
    errors: num(o["errors"]),
    signature: str(o["signature"]),
    output_type: str(o["output_type"]),
    observed_output_types: strings(o["observed_output_types"]),
    git: str(git["commit"])
      ? { commit: str(git["commit"]), dirty: git["dirty"] === true, branch: str(git["branch"]) }
      : null,
    language: str(o["language"]),
    language_version: str(o["language_version"]),
    metadata: obj(o["metadata"]),
  };
}

export function versionDetail(json: Json): T.VersionDetail {
  const o = obj(json);
  const packages = Object.entries(obj(o["packages"])).map(([name, v]) => [name, str(v)] as const);
  return {
    ...version(json),
    source: str(o["source"]),
    dependencies: list(o["dependencies"]).map((d) => {
      const item = obj(d);
      return { name: str(item["name"]), kind: str(item["kind"]), source: str(item["source"]) };
    }),
    packages: Object.fromEntries(packages),
  };
}

export function model(json: Json): T.Model {
  const o = obj(json);
  return {
    name: str(o["name"]),
    former_names: strings(o["former_names"]),
    metadata: obj(o["metadata"]),
    created_at: str(o["created_at"]),
    last_seen: strOrNull(o["last_seen"]),
    latest: strOrNull(o["latest"]),
    version_count: num(o["version_count"]),
    runs: num(o["runs"]),
    errors: num(o["errors"]),
    latency_p50_ns: numOrNull(o["latency_p50_ns"]),
    latency_p95_ns: numOrNull(o["latency_p95_ns"]),
    sparkline: list(o["sparkline"]).map(num),
    latencies: list(o["latency_sparkline"]).map(numOrNull),
    versions: list(o["versions"]).map(version),
  };
}

export function versionStats(json: Json): T.VersionStats {
  const o = obj(json);
  return {
    tag: str(o["tag"]),
    version: num(o["version"]),
    runs: num(o["runs"]),
    errors: num(o["errors"]),
    latency_p50_ns: numOrNull(o["latency_p50_ns"]),
    latency_p95_ns: numOrNull(o["latency_p95_ns"]),
    latency_p99_ns: numOrNull(o["latency_p99_ns"]),
    buckets: list(o["buckets"]).map((item) => {
      const b = obj(item);
      return {
        timeNs: time(b["time"]),
        runs: num(b["runs"]),
        errors: num(b["errors"]),
        latency_p50_ns: numOrNull(b["latency_p50_ns"]),
      };
    }),
  };
}
