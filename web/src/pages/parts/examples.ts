// SPDX-License-Identifier: Apache-2.0
// Data for the page of all parts: made up, the same every time.
import * as decode from "../../api/decode";
import type { Histogram } from "../../api/types";
import type { Series } from "../../charts/series";
import { parseJson } from "../../lib/json";
import type { Suggest } from "../../parts/suggestions";
import type { ChatMessage, TableData } from "../../lib/shape";

const TERMS = ["status:error", "status:ok", "latency>50ms", "tag.tier:free"];

export const suggest: Suggest = (text, caret) => {
  const start = text.lastIndexOf(" ", caret - 1) + 1;
  const items = TERMS.filter((t) => t.startsWith(text.slice(start, caret)));
  return Promise.resolve({
    kind: "value",
    start,
    end: caret,
    items: items.map((t) => ({ label: t, insert: t, detail: "97" })),
  });
};

export const SPARK = [2, 5, 3, 8, 6, 9, 12, 10, 7, 11, 14, 13, 9, 4, 6, 8, 12, 15, 11, 9];

export const MARKDOWN =
  "## Answer\nThe digit is **7**, with `0.94`.\n\n- first *reason*\n- second reason\n\n| a | b |\n| --- | --- |\n| 1 | 2 |";

export const MESSAGES: readonly ChatMessage[] = [
  { role: "system", text: "You answer in one sentence.", toolCalls: [] },
  { role: "user", text: "What is the capital of France?", toolCalls: [] },
  { role: "assistant", text: "", toolCalls: [{ name: "lookup", args: '{"country": "France"}' }] },
  { role: "tool", text: "Paris", toolCalls: [] },
  { role: "assistant", text: "The capital of France is Paris.", toolCalls: [] },
];

export const ERROR = {
  type: "ValueError",
  message: "expected 64 features, got 63",
  stacktrace:
    'Traceback (most recent call last):\n  File "app.py", line 31, in predict\n    return model.predict(x)\n  File "/usr/lib/python3.11/site-packages/sklearn/base.py", line 402, in wrapper\n    return fit_method(estimator, *args)\nValueError: expected 64 features, got 63',
};

export const JSON_VALUE = parseJson(
  '{"label": 7, "confidence": 1.0, "id": 9007199254740993, "scores": [0.01, 0.02, 0.94], "nan": {"double": "NaN"}, "nested": {"a": {"b": [true, null]}}}',
);

export const TABLE: TableData = {
  columns: ["name", "age", "score"],
  rows: Array.from({ length: 40 }, (_, i) => [
    `person ${i}`,
    20 + ((i * 7) % 50),
    Math.round(((i * 37) % 100) * 1.7) / 100,
  ]),
};

export const OLD_CODE = `@vr.trace
def digits(image):
    """Which digit is on an 8 by 8 image."""
    x = image.reshape(1, -1) / 16
    label = int(model.predict(x)[0])
    return label
`;

export const NEW_CODE = `@vr.trace
def digits(image, threshold=0.5):
    """Which digit is on an 8 by 8 image."""
    x = image.reshape(1, -1) / 16.0
    scores = model.predict_proba(x)[0]
    label = int(scores.argmax())
    if scores[label] < threshold:
        return None  # not sure
    return label
`;

const START = Date.parse("2026-11-20T10:00:00Z");
const at = (ms: number) => new Date(START + ms).toISOString();

export const SPANS = (
  [
    ["s1", null, "answer", "chain", 0, 900],
    ["s2", "s1", "retrieve", "retriever", 20, 200],
    ["s3", "s2", "embed", "embedding", 25, 80],
    ["s4", "s1", "generate", "llm", 230, 640],
    ["s5", "s1", "store", "tool", 872, 12],
  ] as const
).map(([id, parent, name, type, from, length]) =>
  decode.span({
    span_id: id,
    parent_span_id: parent,
    name,
    type,
    start_time: at(from),
    end_time: at(from + length),
    duration_ns: length * 1e6,
    status: { code: id === "s5" ? "error" : "ok" },
  }),
);

export const HISTOGRAM: Histogram = {
  fromNs: BigInt(START) * 1_000_000n,
  bucketNs: 60e9,
  items: Array.from({ length: 90 }, (_, i) => ({
    timeNs: BigInt(START + i * 60_000) * 1_000_000n,
    count: Math.round(60 + 50 * Math.sin(i / 9) + ((i * 17) % 23)),
    errors: i % 11 === 0 ? 6 : 0,
  })),
  total: 6400,
  errors: 54,
};

export const TIMES = Array.from({ length: 48 }, (_, i) => START / 1000 + i * 3600);

export const SERIES: readonly Series[] = [1, 2, 3].map((v) => ({
  name: `v${v}`,
  color: `--series-${v}`,
  values: TIMES.map((_, i) => (i < v * 8 ? null : 2e6 * v + 5e5 * Math.sin(i / v))),
}));

export const COUNTS: readonly Series[] = [
  { name: "runs", color: "--series-1", values: TIMES.map((_, i) => 20 + ((i * 13) % 17)) },
];
