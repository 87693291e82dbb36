// SPDX-License-Identifier: Apache-2.0
// Made-up but plausible data, the same every time: a classifier of digits with
// two versions, an assistant with tools, a detector that fails at times.
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";

let seed = 7;
export const random = () => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return seed / 2 ** 32;
};
const pick = (list) => list[Math.floor(random() * list.length)];
const hex = (bytes) =>
  Array.from({ length: bytes }, () =>
    Math.floor(random() * 256)
      .toString(16)
      .padStart(2, "0"),
  ).join("");

export const blobs = new Map();

function crc32(bytes) {
  let crc = ~0;
  for (const b of bytes) {
    crc ^= b;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

function pngChunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A grey PNG from rows of values 0..255. */
export function png(rows) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(rows[0].length, 0);
  head.writeUInt32BE(rows.length, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const raw = Buffer.concat(rows.map((r) => Buffer.from([0, ...r])));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    pngChunk("IHDR", head),
    pngChunk("IDAT", deflateSync(raw)),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

function keep(type, bytes) {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  blobs.set(sha256, { type, bytes });
  return { media_type: type, size: bytes.length, sha256, thumb: null, thumb_type: null };
}

const GLYPHS = ["0111010001100111010111001100010111", "0010001100001000010000100001000111"];
const digitImages = Array.from({ length: 10 }, (_, d) => {
  const rows = Array.from({ length: 8 }, (_, y) =>
    Array.from({ length: 8 }, (_, x) => {
      const on = GLYPHS[d % 2][((y * 5 + x + d * 3) * (d + 1)) % 34] === "1" && x > 0 && x < 7;
      return on ? 140 + Math.floor(random() * 115) : Math.floor(random() * 30);
    }),
  );
  return {
    name: "image",
    ...keep("image/png", png(rows)),
    meta: { width: 8, height: 8, shape: [8, 8], dtype: "float64" },
  };
});
const table = {
  name: "candidates",
  ...keep(
    "application/vnd.vireo.table+json",
    Buffer.from(
      JSON.stringify({
        columns: ["document", "score", "words"],
        rows: Array.from({ length: 60 }, (_, i) => [
          `handbook/section-${i}.md`,
          Number((0.98 - i * 0.013).toFixed(3)),
          120 + ((i * 37) % 400),
        ]),
      }),
    ),
  ),
  meta: { shape: [60, 3] },
};

const iso = (ns) => {
  const ms = ns / 1000000n;
  return `${new Date(Number(ms)).toISOString().slice(0, 19)}.${String(ns % 1000000000n).padStart(9, "0")}Z`;
};
const SERVICE = {
  "service.name": "shop-api",
  "host.name": "worker-3",
  "vireo.project": "Concept Project",
  "process.pid": 4242,
};
const SCOPE = { name: "vireo", version: "0.1.0", attributes: {} };

function span(start, duration, fields) {
  return {
    span_id: hex(8),
    parent_span_id: null,
    kind: "SPAN_KIND_INTERNAL",
    type: "function",
    status: { code: "ok", message: "" },
    model: null,
    service: "shop-api",
    session: "",
    user: "",
    input: null,
    output: null,
    tags: {},
    references: [],
    error: null,
    llm: null,
    attributes: {},
    resource: SERVICE,
    scope: SCOPE,
    events: [],
    links: [],
    trace_state: "",
    flags: 1,
    dropped: { attributes: 0, events: 0, links: 0 },
    ...fields,
    start_time: iso(start),
    end_time: iso(start + BigInt(Math.round(duration))),
    received_time: iso(start + 2000000000n),
    duration_ns: Math.round(duration),
  };
}

function digitsTrace(start, version) {
  const label = Math.floor(random() * 10);
  const failed = random() < (version === 2 ? 0.008 : 0.03);
  const duration = (version === 2 ? 9e5 : 3.4e5) * (0.7 + random() ** 3 * 6);
  const message = "expected 64 features, got 63";
  const error = {
    type: "ValueError",
    message,
    stacktrace: `Traceback (most recent call last):\n  File "examples/quickstart.py", line 58, in digits\n    scores = model.predict_proba(x)[0]\n  File "/usr/lib/python3/site-packages/sklearn/linear_model/_logistic.py", line 1424, in predict_proba\n    return super()._predict_proba_lr(X)\n  File "/usr/lib/python3/site-packages/sklearn/utils/validation.py", line 2965, in validate_data\n    _check_n_features(_estimator, X, reset=reset)\nValueError: ${message}\n`,
  };
  const tags = { tier: pick(["free", "free", "pro"]), country: pick(["DE", "FR", "US", "US", "JP"]), label };
  return [
    span(start, duration, {
      name: "digits",
      model: `digits:v${version}`,
      input: JSON.stringify({
        image: {
          $type: "ndarray",
          shape: [8, 8],
          dtype: "float64",
          values: [
            [0, 0, 5, 13, 9, 1, 0, 0],
            [0, 0, 13, 15, 10, 15, 5, 0],
          ],
        },
        threshold: 0.5,
      }),
      output: failed
        ? null
        : JSON.stringify({
            label: random() < 0.96 ? label : (label + 1) % 10,
            confidence: Number((0.6 + random() * 0.4).toFixed(3)),
          }),
      tags,
      references: [digitImages[label]],
      status: failed ? { code: "error", message } : { code: "ok", message: "" },
      error: failed ? error : null,
      events: failed
        ? [
            {
              time: iso(start + BigInt(Math.round(duration))),
              name: "exception",
              attributes: { "exception.type": error.type, "exception.message": message },
            },
          ]
        : [],
      attributes: {
        "vireo.model": "digits",
        "vireo.version": version,
        "code.function": "digits",
        "code.lineno": 58,
        ratio: 0.25,
        ...Object.fromEntries(Object.entries(tags).map(([k, v]) => [`vireo.tag.${k}`, v])),
      },
    }),
  ];
}

const QUESTIONS = [
  "How do I return a damaged casting?",
  "Where is my order 4711?",
  "Which warranty has the impeller?",
  "Can I change the delivery address?",
];
const ANSWERS = [
  "You can return it within **30 days**:\n\n1. Open *Orders*\n2. Choose the item\n3. Print the label\n\nThe refund arrives after `inspection`.",
  "Your order left our house this morning and should arrive **tomorrow**.",
  "The impeller has a warranty of 24 months. See [the conditions](https://example.com/warranty).",
];

function assistantTrace(start) {
  const question = pick(QUESTIONS);
  const answer = pick(ANSWERS);
  const ms = (n) => start + BigInt(Math.round(n * 1e6));
  const llmMs = 500 + random() * 1400;
  const session = `s-${1 + Math.floor(random() * 40)}`;
  const user = `u-${1 + Math.floor(random() * 12)}`;
  const failed = random() < 0.05;
  const who = { session, user };
  const root = span(start, (260 + llmMs) * 1e6, {
    name: "answer",
    type: "agent",
    model: "assistant:v3",
    input: JSON.stringify({ question }),
    output: failed ? null : JSON.stringify(answer),
    ...who,
    tags: { tier: pick(["free", "pro"]), channel: pick(["chat", "mail"]) },
    status: failed ? { code: "error", message: "the tool timed out" } : { code: "ok", message: "" },
    error: failed
      ? {
          type: "TimeoutError",
          message: "the tool timed out after 2 s",
          stacktrace:
            'Traceback (most recent call last):\n  File "assistant.py", line 88, in answer\n    result = tools.run(call)\nTimeoutError: the tool timed out after 2 s',
        }
      : null,
    attributes: { "vireo.model": "assistant" },
  });
  const retrieve = span(ms(4), 180e6, {
    name: "retrieve",
    type: "retriever",
    parent_span_id: root.span_id,
    input: JSON.stringify({ query: question, k: 60 }),
    output: JSON.stringify([
      { document: "handbook/section-0.md", score: 0.98 },
      { document: "handbook/section-1.md", score: 0.967 },
    ]),
    references: [table],
    ...who,
  });
  const embed = span(ms(9), 70e6, {
    name: "embed",
    type: "embedding",
    parent_span_id: retrieve.span_id,
    input: JSON.stringify(question),
    llm: { model: "text-embedding-3-small", provider: "openai", input_tokens: 12, output_tokens: null },
    ...who,
  });
  const search = span(ms(82), 98e6, {
    name: "vector search",
    type: "tool",
    kind: "SPAN_KIND_CLIENT",
    parent_span_id: retrieve.span_id,
    attributes: {
      "db.system": "postgresql",
      "db.statement": "select * from chunks order by embedding <-> $1 limit 60",
    },
    ...who,
  });
  const messages = [
    { role: "system", content: "You help customers of a foundry. Answer in a few sentences." },
    { role: "user", content: question },
    {
      role: "assistant",
      content: null,
      tool_calls: [
        { function: { name: "lookup_order", arguments: '{"order": 4711, "fields": ["state", "eta"]}' } },
      ],
    },
    { role: "tool", content: '{"state": "shipped", "eta": "2026-11-22"}' },
  ];
  const chat = span(ms(190), llmMs * 1e6, {
    name: "chat gpt-5-mini",
    type: "llm",
    kind: "SPAN_KIND_CLIENT",
    parent_span_id: root.span_id,
    input: JSON.stringify(messages),
    output: JSON.stringify({ role: "assistant", content: answer }),
    llm: {
      model: "gpt-5-mini",
      provider: "openai",
      input_tokens: 420 + Math.floor(random() * 300),
      output_tokens: 40 + Math.floor(random() * 90),
    },
    attributes: {
      "gen_ai.system": "openai",
      "gen_ai.request.model": "gpt-5-mini",
      "gen_ai.request.temperature": 0.2,
      "gen_ai.usage.input_tokens": 511,
    },
    ...who,
    status: failed ? { code: "error", message: "timed out" } : { code: "ok", message: "" },
  });
  const tool = span(ms(200 + llmMs * 0.3), llmMs * 0.2 * 1e6, {
    name: "lookup_order",
    type: "tool",
    parent_span_id: chat.span_id,
    input: '{"order": 4711}',
    output: '{"state": "shipped"}',
    ...who,
  });
  const store = span(ms(200 + llmMs), 40e6, {
    name: "store answer",
    type: "function",
    parent_span_id: root.span_id,
    ...who,
  });
  return [root, retrieve, embed, search, chat, tool, store];
}

function castingTrace(start) {
  const bad = random() < 0.2;
  return [
    span(start, 38e6 * (0.8 + random()), {
      name: "inspect",
      type: "model",
      model: "casting-defects:v1",
      input: '{"image": "cast_def_0_' + Math.floor(random() * 70) + '.jpeg"}',
      output: JSON.stringify(bad ? "def_front" : "ok_front"),
      tags: { line: pick(["A", "B"]), shift: pick(["early", "late", "night"]) },
    }),
  ];
}

export function makeTrace(startMs, version) {
  const start = BigInt(Math.round(startMs)) * 1000000n + BigInt(Math.floor(random() * 1e6));
  const kind = random();
  const spans =
    kind < 0.62 ? digitsTrace(start, version) : kind < 0.82 ? assistantTrace(start) : castingTrace(start);
  return { trace_id: hex(16), start, spans };
}

export function summarize(trace) {
  const [root] = trace.spans;
  const tokens = (key) => trace.spans.reduce((sum, s) => sum + (s.llm?.[key] ?? 0), 0) || null;
  return {
    trace_id: trace.trace_id,
    root_span_id: root.span_id,
    name: root.name,
    type: root.type,
    model: root.model,
    status: root.status.code,
    error: root.error && { type: root.error.type, message: root.error.message },
    start_time: root.start_time,
    duration_ns: root.duration_ns,
    span_count: trace.spans.length,
    input_preview: (root.input ?? "").slice(0, 200),
    output_preview: (root.output ?? "").slice(0, 200),
    tags: root.tags,
    references: trace.spans.flatMap((s) => s.references),
    service: root.service,
    session: root.session,
    user: root.user,
    input_tokens: tokens("input_tokens"),
    output_tokens: tokens("output_tokens"),
  };
}

/** Newest first, over the last day, with a busy afternoon and a change of version in the middle. */
export function makeTraces(count, nowMs) {
  const traces = Array.from({ length: count }, (_, i) => {
    const share = (i + random()) / count;
    const ago = (1 - share) * 23.5 * 3600e3 + 2000;
    const wave = Math.sin(share * 9) * 2400e3;
    return makeTrace(
      nowMs - ago + Math.min(wave, ago - 800 - random() * 9e5 * (wave > ago - 1e6 ? 1 : 0)),
      share > 0.55 ? 2 : 1,
    );
  });
  return traces.sort((a, b) => (a.start > b.start ? -1 : 1));
}

/** A trace of many spans, for the waterfall. */
export function hugeTrace(nowMs, count) {
  const start = BigInt(nowMs - 60000) * 1000000n;
  const spans = [span(start, count * 2e5, { name: "batch", type: "chain" })];
  for (let i = 1; i < count; i++) {
    const parent = spans[Math.max(0, i - 1 - Math.floor(random() * 12))];
    const at = start + BigInt(i) * 200000n;
    spans.push(
      span(at, 1e5 + random() * 3e6, {
        name: `step ${i}`,
        type: pick(["tool", "llm", "function"]),
        parent_span_id: parent.span_id,
      }),
    );
  }
  return { trace_id: "f".repeat(32), start, spans };
}

export const SOURCE_V1 = `def digits(image, threshold=0.5):
    """Tell which digit is written on an 8 by 8 image."""
    x = preprocess(image)
    label = int(model.predict(x)[0])
    # Plain answer, without a word about doubt.
    return {"label": label}
`;
export const SOURCE_V2 = `def digits(image, threshold=0.5):
    """Tell which digit is written on an 8 by 8 image, and how sure that is."""
    x = preprocess(image)
    scores = model.predict_proba(x)[0]
    label = int(scores.argmax())
    confidence = float(scores[label])
    if confidence < threshold:
        return {"label": None, "confidence": confidence}
    return {"label": label, "confidence": confidence}
`;
export const PREPROCESS_V1 = "def preprocess(image):\n    return np.asarray(image).reshape(1, -1) / 16\n";
export const PREPROCESS_V2 =
  "def preprocess(image):\n    x = np.asarray(image, dtype=np.float64)\n    return x.reshape(1, -1) / SCALE\n";
