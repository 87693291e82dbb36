// SPDX-License-Identifier: Apache-2.0
// The API of docs/api.md over made-up data in memory, for working on the page
// and for its tests without a server: node tests/mock/server.mjs [port].
// Serves dist/ too, with the server's own security headers.
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";
import { aggregate } from "./aggregate.mjs";
import { compare } from "./compare.mjs";
import { complete } from "./complete.mjs";
import * as data from "./data.mjs";
import { Judging } from "./judging.mjs";
import { Problem } from "./problem.mjs";
import { spans } from "./spans.mjs";
import { retention, storage } from "./storage.mjs";
import { Views } from "./views.mjs";

const DIST = process.env.VIREO_DIST ?? join(import.meta.dirname, "..", "..", "dist");
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
  "frame-src 'self' blob:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** A small part of the language: field:value terms, comparisons of latency, words. */
function matcher(query) {
  const terms = query.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  if ((query.match(/\(/g) ?? []).length !== (query.match(/\)/g) ?? []).length)
    throw new Problem(400, `query: position ${query.length}: expected ")"`, "query", query.length);
  const tests = terms.filter((t) => !/^(and)$/i.test(t)).map((t) => termTest(t, query));
  return (trace) => tests.every((test) => test(trace));
}

function termTest(term, query) {
  const negated = term.startsWith("-");
  const match = /^-?(?:span\()?([\w.]+)(:|>|<)(.*?)\)?$/.exec(term);
  const unquote = (text) => (text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text);
  const test = match
    ? fieldTest(match[1], match[2], unquote(match[3]), Buffer.byteLength(query.slice(0, query.indexOf(term))))
    : wordTest(unquote(term.replace(/^-/, "").replace(/\)$/, "")));
  return negated ? (t) => !test(t) : test;
}

const UNITS = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9 };

function fieldTest(field, op, value, position) {
  if (field === "latency" || field === "duration") {
    const [, number, unit] = /^([\d.]+)(\w+)$/.exec(value) ?? [null, "0", "ms"];
    const limit = Number(number) * (UNITS[unit] ?? 1);
    return ({ summary: s }) => (op === ">" ? s.duration_ns > limit : s.duration_ns < limit);
  }
  if (field === "model")
    return ({ trace }) => trace.spans.some((s) => s.model === value || s.model?.startsWith(`${value}:v`));
  if (field.startsWith("tag.")) return ({ summary: s }) => String(s.tags[field.slice(4)]) === value;
  if (["status", "name", "type", "service", "session", "user"].includes(field))
    return ({ summary: s }) => s[field] === value;
  throw new Problem(400, `query: there is no field "${field}"; did you mean "status"?`, "query", position);
}

const SORTS = {
  start: ({ trace }) => Number(trace.start),
  latency: ({ summary: s }) => s.duration_ns,
  spans: ({ summary: s }) => s.span_count,
  tokens: ({ summary: s }) => (s.input_tokens ?? 0) + (s.output_tokens ?? 0),
};

function sorted(rows, sort) {
  if (sort === "-start") return rows;
  const name = sort.replace(/^-/, "");
  const value = name.startsWith("tag.") ? ({ summary: s }) => s.tags[name.slice(4)] ?? "" : SORTS[name];
  if (!value) throw new Problem(400, `sort: there is no "${name}"`, "sort");
  const sign = sort.startsWith("-") ? -1 : 1;
  return [...rows].sort((a, b) => sign * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
}

const wordTest =
  (word) =>
  ({ trace }) =>
    trace.spans.some((s) => [s.name, s.input, s.output].join(" ").toLowerCase().includes(word.toLowerCase()));

export class Mock {
  constructor({ count = 4000, nowMs = Date.now() } = {}) {
    this.nowMs = nowMs;
    this.traces = count ? [data.hugeTrace(nowMs, 10000), ...data.makeTraces(count, nowMs)] : [];
    this.traces.sort((a, b) => (a.start > b.start ? -1 : 1));
    this.rows = this.traces.map((trace) => ({ trace, summary: data.summarize(trace) }));
    this.metadata = {
      owner: "vision team",
      framework: "scikit-learn",
      accuracy: 0.973,
      labels: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    };
    this.projects = ["Concept Project", "default", "staging"];
    this.keys = [
      {
        id: "k1",
        name: "ci",
        role: "ingest",
        prefix: "vr_3fA9",
        created_at: this.time(-86400e3 * 12),
        last_used_at: this.time(-3600e3),
      },
    ];
    this.listeners = new Set();
    this.views = new Views();
    this.judging = new Judging(
      nowMs,
      this.rows.map((r) => r.trace.trace_id),
    );
  }

  time(offsetMs) {
    return new Date(this.nowMs + offsetMs).toISOString();
  }

  add(trace) {
    this.rows.unshift({ trace, summary: data.summarize(trace) });
    for (const send of this.listeners) send();
  }

  select(project, params) {
    if (project !== "Concept Project") return [];
    const ns = (text, open) => (text === null ? open : BigInt(Date.parse(text)) * 1000000n);
    const from = ns(params.get("from"), -(2n ** 63n));
    const to = ns(params.get("to"), 2n ** 63n);
    const matches = matcher(params.get("query") ?? "");
    return this.rows.filter((r) => r.trace.start >= from && r.trace.start < to && matches(r));
  }

  list(project, params) {
    const rows = sorted(this.select(project, params), params.get("sort") ?? "-start");
    const limit = Number(params.get("limit") ?? 50);
    const behind = Number(params.get("cursor") || 0);
    const offset = Number(params.get("offset") ?? 0);
    const start = behind + offset;
    const more = start + limit < rows.length;
    if (params.has("offset"))
      return {
        items: rows.slice(start, start + limit).map((r) => r.summary),
        next_cursor: null,
        list: "ab".repeat(24),
        offset,
        total: Math.max(0, rows.length - behind),
        gone: [],
      };
    return {
      items: rows.slice(start, start + limit).map((r) => r.summary),
      next_cursor: more ? String(start + limit) : null,
    };
  }

  histogram(project, params) {
    const rows = this.select(project, params);
    const buckets = Number(params.get("buckets") ?? 60);
    const newest = rows[0] ? Number(rows[0].trace.start / 1000000n) + 1 : this.nowMs;
    const oldest = rows.length ? Number(rows[rows.length - 1].trace.start / 1000000n) : this.nowMs - 1;
    const from = params.get("from") ? Date.parse(params.get("from")) : oldest;
    const to = params.get("to") ? Date.parse(params.get("to")) : newest;
    const step = Math.max(1, Math.ceil((to - from) / buckets));
    const items = Array.from({ length: buckets }, (_, i) => ({
      time: new Date(from + i * step).toISOString(),
      count: 0,
      errors: 0,
    }));
    let errors = 0;
    for (const { trace, summary } of rows) {
      const bucket = items[Math.floor((Number(trace.start / 1000000n) - from) / step)];
      const failed = summary.status === "error" ? 1 : 0;
      errors += failed;
      if (bucket) {
        bucket.count++;
        bucket.errors += failed;
      }
    }
    return {
      from: items[0].time,
      to: new Date(to).toISOString(),
      bucket_ns: step * 1e6,
      items,
      total: rows.length,
      errors,
    };
  }

  facets(project, params) {
    const rows = this.select(project, params);
    const keys = params.get("keys")?.split(",");
    const wanted = Number(params.get("top") ?? 10);
    const counts = new Map();
    const count = (field, value) => {
      if (value === null || value === undefined || value === "") return;
      const values = counts.get(field) ?? counts.set(field, new Map()).get(field);
      values.set(String(value), (values.get(String(value)) ?? 0) + 1);
    };
    for (const { summary } of rows) {
      for (const field of ["status", "model", "type", "name", "service", "session", "user"])
        count(field, summary[field]);
      for (const [key, value] of Object.entries(summary.tags)) count(`tag.${key}`, value);
    }
    const top = (values) =>
      [...values]
        .sort((a, b) => b[1] - a[1])
        .slice(0, wanted)
        .map(([value, n]) => ({ value, count: n }));
    return {
      items: [...counts]
        .filter(([field]) => keys?.includes(field) ?? true)
        .map(([field, values]) => ({ field, values: top(values) })),
      next_cursor: null,
    };
  }

  trace(project, id) {
    const found = project === "Concept Project" && this.rows.find((r) => r.trace.trace_id === id);
    if (!found) throw new Problem(404, "there is no such trace in this project", "trace_id");
    return { trace_id: id, spans: found.trace.spans, scores: this.judging.scoresOf(id) };
  }

  spansOf(tag) {
    return this.rows
      .flatMap((r) => r.trace.spans)
      .filter((s) => s.model === tag || s.model?.startsWith(`${tag}:v`));
  }

  version(name, number, detail = false) {
    const tag = `${name}:v${number}`;
    const spans = this.spansOf(tag);
    const two = number >= 2;
    const digits = name === "digits";
    const base = {
      tag,
      version: number,
      fingerprint: `${number}c0ffee`.repeat(9).slice(0, 64),
      origin: name === "casting-defects" ? "name" : "code",
      created_at: this.time(-86400e3),
      first_seen: spans.at(-1)?.start_time ?? null,
      last_seen: spans[0]?.start_time ?? null,
      runs: spans.length,
      errors: spans.filter((s) => s.status.code === "error").length,
      signature: digits ? "(image, threshold=0.5)" : "(question: str)",
      output_type: digits ? "dict" : "str",
      observed_output_types: digits && two ? ["dict"] : ["dict", "None"].slice(0, 1),
      git: {
        commit: two ? "8f3b2c1d9e0a7766554433221100ffeeddccbbaa" : "1a2b3c4d5e6f77889900aabbccddeeff00112233",
        dirty: !two,
        branch: "main",
      },
      language: "python",
      language_version: "3.11.7",
      metadata: {},
    };
    if (!detail) return base;
    return {
      ...base,
      source: digits
        ? two
          ? data.SOURCE_V2
          : data.SOURCE_V1
        : name === "assistant"
          ? "def answer(question: str) -> str:\n    context = retrieve(question)\n    return chat(question, context)\n"
          : "",
      dependencies: digits
        ? [
            { name: "preprocess", kind: "function", source: two ? data.PREPROCESS_V2 : data.PREPROCESS_V1 },
            ...(two ? [{ name: "SCALE", kind: "constant", source: "16.0" }] : []),
          ]
        : [],
      packages: { numpy: two ? "2.4.6" : "2.4.5", "scikit-learn": "1.9.1", scipy: "1.17.1", vireo: "0.1.0" },
    };
  }

  model(name, detail = false) {
    const spans = this.spansOf(name);
    if (!spans.length) throw new Problem(404, `there is no model "${name}" in this project`, "name");
    const times = spans.map((s) => s.duration_ns).sort((a, b) => a - b);
    const numbers = [...new Set(spans.map((s) => Number(/:v(\d+)$/.exec(s.model)[1])))].sort((a, b) => b - a);
    return {
      name,
      former_names: name === "assistant" ? ["helper"] : [],
      metadata: name === "digits" ? this.metadata : {},
      created_at: this.time(-86400e3 * 3),
      last_seen: spans[0].start_time,
      latest: `${name}:v${numbers[0]}`,
      version_count: numbers.length,
      runs: spans.length,
      errors: spans.filter((s) => s.status.code === "error").length,
      latency_p50_ns: times[Math.floor(times.length * 0.5)],
      latency_p95_ns: times[Math.floor(times.length * 0.95)],
      sparkline: this.buckets(spans, 24).map((b) => b.runs),
      latency_sparkline: this.buckets(spans, 24).map((b) => b.latency_p50_ns),
      ...(detail ? { versions: numbers.map((n) => this.version(name, n)) } : {}),
    };
  }

  buckets(spans, count) {
    const from = this.nowMs - 86400e3;
    const step = 86400e3 / count;
    const groups = Array.from({ length: count }, () => []);
    for (const s of spans) groups[Math.floor((Date.parse(s.start_time) - from) / step)]?.push(s);
    return groups.map((g, i) => ({
      time: new Date(from + i * step).toISOString(),
      runs: g.length,
      errors: g.filter((s) => s.status.code === "error").length,
      latency_p50_ns: g.length
        ? g.map((s) => s.duration_ns).sort((a, b) => a - b)[Math.floor(g.length / 2)]
        : null,
    }));
  }

  stats(name, params) {
    const count = Number(params.get("buckets") ?? 24);
    const numbers = this.model(name, true).versions.map((v) => v.version);
    const items = numbers.map((version) => {
      const spans = this.spansOf(`${name}:v${version}`);
      const times = spans.map((s) => s.duration_ns).sort((a, b) => a - b);
      const at = (q) => times[Math.floor(times.length * q)] ?? null;
      return {
        tag: `${name}:v${version}`,
        version,
        runs: spans.length,
        errors: spans.filter((s) => s.status.code === "error").length,
        latency_p50_ns: at(0.5),
        latency_p95_ns: at(0.95),
        latency_p99_ns: at(0.99),
        buckets: this.buckets(spans, count),
      };
    });
    return { model: name, items };
  }

  project(name) {
    if (!this.projects.includes(name)) throw new Problem(404, `there is no project "${name}"`, "project");
    const spans = name === "Concept Project" ? this.rows.reduce((n, r) => n + r.trace.spans.length, 0) : 0;
    return {
      name,
      created_at: this.time(-86400e3 * 9),
      counters: { received: spans + (spans ? 3 : 0), stored: spans, rejected: spans ? 3 : 0 },
      storage: {
        segments: spans ? 4 : 0,
        segment_bytes: spans * 96,
        spans,
        wal_bytes: spans * 21,
        memtable_bytes: spans * 40,
        blob_bytes: spans ? 18432 : 0,
      },
    };
  }

  answer(method, path, params, body) {
    const [section, project, kind, name, more, version] = path;
    if (section === "info") return { version: "0.1.0", accounts: false, url: "http://127.0.0.1:4318" };
    if (section !== "projects") throw new Problem(404, "no such resource");
    if (project === undefined) return this.projectsAnswer(method, body);
    if (kind === undefined) return this.project(project);
    if (kind === "keys") return this.keysAnswer(method, name, body);
    if (kind === "storage") return storage();
    if (kind === "retention") return retention(method, body);
    if (kind === "traces") {
      if (name === undefined) return this.list(project, params);
      if (name === "histogram") return this.histogram(project, params);
      if (name === "facets") return this.facets(project, params);
      const trace = this.trace(project, name);
      if (more === undefined) return trace;
      if (more === "scores") return { items: trace.scores, next_cursor: null };
      const found = spans(trace, more, version, params);
      const own = trace.scores.filter((s) => s.span_id === version);
      return version === undefined ? found : { ...found, scores: own };
    }
    if (kind === "aggregate") return aggregate(this, project, params);
    if (kind === "compare") return compare(this, project, params);
    if (kind === "views") return this.views.answer(method, name, body);
    if (kind === "complete") return complete(this, project, params);
    if (kind === "models") return this.modelsAnswer(method, project, name, more, version, params, body);
    const judged = this.judging.answer(
      method,
      path.slice(2),
      params,
      body,
      this.rows.map((r) => r.summary),
    );
    if (judged !== undefined) return judged;
    throw new Problem(404, "no such resource");
  }

  projectsAnswer(method, body) {
    if (method === "POST") {
      if (!this.projects.includes(body.name)) this.projects.push(body.name);
      return this.project(body.name);
    }
    return { items: this.projects.map((p) => this.project(p)), next_cursor: null };
  }

  keysAnswer(method, id, body) {
    if (method === "POST") {
      const key = {
        id: `k${this.keys.length + 1}`,
        name: body.name,
        role: body.role,
        prefix: "vr_9xQ2",
        created_at: this.time(0),
        last_used_at: null,
      };
      this.keys.push(key);
      return { ...key, key: "vr_9xQ2_made-up-secret-for-looking-at" };
    }
    if (method === "DELETE") this.keys = this.keys.filter((k) => k.id !== id);
    return { items: this.keys, next_cursor: null };
  }

  modelsAnswer(method, project, name, more, version, params, body) {
    if (project !== "Concept Project") return { items: [], next_cursor: null };
    if (name === undefined) {
      const names = [
        ...new Set(this.rows.flatMap((r) => r.trace.spans.map((s) => s.model)).filter(Boolean)),
      ].map((t) => t.replace(/:v\d+$/, ""));
      return { items: [...new Set(names)].sort().map((n) => this.model(n)), next_cursor: null };
    }
    if (more === "stats") return this.stats(name, params);
    if (more === "versions") return this.version(name, Number(version.replace("v", "")), true);
    if (method === "PATCH" && body.metadata) this.metadata = body.metadata;
    return this.model(name, true);
  }
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text ? JSON.parse(text) : {};
}

function sendJson(response, status, body, type = "application/json") {
  response.writeHead(status, { "content-type": type });
  response.end(body === null ? "" : JSON.stringify(body));
}

function sendFile(response, path) {
  const file = join(DIST, normalize(path));
  const found = extname(path) && existsSync(file) ? file : join(DIST, "index.html");
  response.writeHead(200, {
    "content-type": TYPES[extname(found)] ?? "application/octet-stream",
    "content-security-policy": POLICY,
  });
  response.end(readFileSync(found));
}

function sendLive(mock, request, response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write('event: ready\ndata: {"count":0}\n\n');
  const send = () => response.write('event: traces\ndata: {"count":1}\n\n');
  mock.listeners.add(send);
  request.on("close", () => mock.listeners.delete(send));
}

function sendBlob(response, sha256) {
  const blob = data.blobs.get(sha256);
  if (!blob)
    return sendJson(
      response,
      404,
      { title: "Not Found", status: 404, detail: "there is no such blob" },
      "application/problem+json",
    );
  response.writeHead(200, {
    "content-type": blob.type,
    "cache-control": "immutable",
    "content-security-policy": "default-src 'none'; sandbox",
  });
  response.end(blob.bytes);
}

/** What the API answers to a request: status, media type and text. */
export function answerApi(mock, method, url, body) {
  const path = url.pathname.slice("/api/v1/".length).split("/").map(decodeURIComponent);
  try {
    const answer = mock.answer(method, path, url.searchParams, body);
    if (method === "DELETE") return { status: 204, type: "application/json", text: "" };
    return { status: 200, type: "application/json", text: JSON.stringify(answer) };
  } catch (error) {
    const status = error.status ?? 500;
    const detail = error instanceof Error ? error.message : String(error);
    const title = status === 404 ? "Not Found" : "Bad Request";
    const { field = null, position } = error;
    const problem = { type: "about:blank", title, status, detail, field, position };
    return { status, type: "application/problem+json", text: JSON.stringify(problem) };
  }
}

export function startMock(port = 0, options = {}) {
  const mock = new Mock(options);
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    if (!url.pathname.startsWith("/api/v1/")) return sendFile(response, url.pathname);
    const [, , , , , kind, name] = url.pathname.split("/");
    if (kind === "traces" && name === "live") return sendLive(mock, request, response);
    if (kind === "blobs") return sendBlob(response, name);
    const { status, type, text } = answerApi(mock, request.method, url, await readBody(request));
    response.writeHead(status, { "content-type": type });
    response.end(text);
  });
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", () =>
      resolve({ mock, server, url: `http://127.0.0.1:${server.address().port}` }),
    );
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { mock, url } = await startMock(Number(process.argv[2] ?? 4319), {
    count: Number(process.argv[3] ?? 4000),
  });
  setInterval(() => mock.add(data.makeTrace(Date.now(), 2)), 1500);
  console.log(`A made-up Vireo is at ${url}`);
}
