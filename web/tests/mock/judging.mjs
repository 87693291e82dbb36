// SPDX-License-Identifier: Apache-2.0
// Judges, datasets, suites and evaluations of the mock: two versions of a classifier of
// digits on one suite, of which the newer one is worse where the images are rotated.
import { Problem } from "./problem.mjs";
import { SampleScores } from "./samplescores.mjs";

const DAY = 86400e3;
const CASES = ["all", "plain", "rotated", "noisy"];
const METRICS = [
  { name: "accuracy", kind: "boolean" },
  { name: "confidence", kind: "number" },
];

/** The same numbers each time. */
function noise(seed) {
  const x = Math.sin(seed * 12.9898) * 43758.5453;
  return x - Math.floor(x);
}

/** Of confidence the name does not tell which way is better. */
function directionOf(metric, params) {
  const said = ["higher", "lower"].find((way) => (params.get(way) ?? "").split(",").includes(metric));
  return said ?? (metric === "accuracy" ? "higher" : null);
}

function verdictOf(smaller, direction) {
  if (direction === null) return "unknown";
  if (!smaller) return "same";
  return direction === "higher" ? "regressed" : "improved";
}

function digit(number) {
  const rows = Array.from({ length: 8 }, (_, y) =>
    Array.from({ length: 8 }, (_, x) => {
      const ring = Math.abs(Math.hypot(x - 3.5, y - 3.5) - 2.2 - (number % 3) * 0.4);
      return Math.round(16 * Math.max(0, 1 - ring) * (0.7 + 0.3 * noise(number * 64 + y * 8 + x)));
    }),
  );
  return { image: rows };
}

export class Judging {
  constructor(nowMs, traceIds) {
    this.nowMs = nowMs;
    this.traceIds = traceIds;
    this.scores = [];
    this.sampleScores = new SampleScores(nowMs);
    this.rules = [{ id: 1, judge: "short", where: "model:assistant", sample: 0.25, enabled: true }];
    this.queues = [
      {
        id: 1,
        name: "answers",
        where: "model:assistant",
        judge: "human",
        instructions: "Does it answer the question?",
      },
    ];
    const standard = (target, metric, strata) => ({
      target,
      metric_groups: [{ name: "Quality", metrics: [{ label: "Share", metric, higher_is_better: true }] }],
      strata,
    });
    this.standards = new Map([
      [
        "night",
        standard({ kind: "suite", workflow: "digits", name: "night" }, "confidence", ["metadata.rotated"]),
      ],
      ["of others", standard({ kind: "suite", workflow: "digits", name: "day" }, "accuracy", [])],
    ]);
    this.datasets = new Map([["questions", this.newDataset("questions", "What users asked")]]);
    this.datasets.get("questions").samples = Array.from({ length: 230 }, (_, i) => ({
      id: `q${i}`,
      number: i + 1,
      input: { question: `What is ${i} + ${i}?` },
      expected: String(i + i),
      metadata: { hard: i % 7 === 0, length: i },
      split: i % 5 === 0 ? "test" : "train",
    }));
  }

  time(offset) {
    return new Date(this.nowMs + offset).toISOString();
  }

  newDataset(name, description) {
    return { name, description, version: 3, samples: [], tags: ["demo"] };
  }

  dataset(d) {
    const splits = [...new Set(d.samples.map((s) => s.split))].map((split) => ({
      split,
      count: d.samples.filter((s) => s.split === split).length,
    }));
    return {
      ...d,
      id_fields: [],
      metadata: {},
      samples: d.samples.length,
      splits,
      updated_at: this.time(-DAY),
    };
  }

  evaluation(id) {
    if (id < 1 || id > 3) throw new Problem(404, `there is no evaluation ${id}`, "id");
    return {
      id,
      model: `digits:v${Math.min(id, 2)}`,
      target: { kind: "suite", workflow: "digits", name: "night", version: id === 3 ? 1 : 2 },
      evaluator: "evaluate_digits",
      judges: [],
      configurations: [],
      status: id === 3 ? "failed" : "complete",
      progress: 1,
      message: id === 3 ? "ValueError: no such label" : "",
      samples: 540,
      remaining: 0,
      checked: id === 2 ? 50 : 0,
      differing: id === 2 ? 3 : 0,
      metadata: {},
      created_at: this.time(-DAY * (4 - id)),
      updated_at: this.time(-DAY * (4 - id)),
      metrics: { accuracy: id === 2 ? 0.91 : 0.962, confidence: 0.88 },
    };
  }

  comparison(params) {
    const ids = params.get("evaluations").split(",").map(Number);
    const baseline = Number(params.get("baseline") ?? ids[0]);
    const chosen = params.get("metrics");
    const wanted = (metric) => !chosen || chosen.split(",").includes(metric);
    const strata = params.get("stratify") ? [null, "hard=true", "hard=false"] : [null];
    const items = CASES.flatMap((name) =>
      strata.flatMap((stratum) =>
        METRICS.filter((m) => wanted(m.name)).map(({ name: metric, kind }) => ({
          case: name,
          stratum,
          metric,
          kind,
          direction: directionOf(metric, params),
          values: ids.map((id) => this.compared(name, id, baseline, directionOf(metric, params))),
        })),
      ),
    );
    const evaluations = ids.map((id) => this.evaluation(id));
    return {
      items,
      evaluations,
      baseline,
      configuration: null,
      confidence: 0.95,
      correction: "holm",
      tests: 8,
    };
  }

  compared(name, id, baseline, direction) {
    const value = (of) => (name === "rotated" && of === 2 ? 0.71 : name === "noisy" ? 0.93 : 0.97);
    const plain = { evaluation: id, value: value(id), n: 180 };
    if (id === baseline) return plain;
    const delta = value(id) - value(baseline);
    const worse = delta < -0.05;
    return {
      ...plain,
      pairs: 180,
      up: 3,
      down: worse ? 12 : 3,
      delta,
      low: delta - 0.04,
      high: delta + 0.04,
      p: worse ? 0.00001 : 0.8,
      corrected_p: worse ? 0.00004 : 1,
      test: "mcnemar",
      verdict: verdictOf(worse, direction),
    };
  }

  resultRow(i) {
    return {
      number: i,
      id: `digit-${i}`,
      cases: ["all", "rotated"],
      input: digit(i),
      expected: { label: String(i % 10) },
      metadata: { rotated: i % 2 === 0, angle: (i * 7) % 90 },
    };
  }

  results(id, params) {
    const start = Number(params.get("cursor") || 0);
    const page = Array.from({ length: 50 }, (_, k) => start + k);
    const items = (params.get("numbers")?.split(",").map(Number) ?? page).map((i) => {
      return {
        ...this.resultRow(i),
        inference: { label: `${i % 10} of ${id}`, score: 0.9 },
        error: null,
        trace_id: this.traceIds[0] ?? null,
        latency_ms: 1.2,
        metrics: { accuracy: true, confidence: 0.9 },
      };
    });
    return { items, next_cursor: start + 50 < 540 ? String(start + 50) : null, total: 540 };
  }

  /** Those that a second run answered otherwise, or all. */
  inferences(params) {
    const count = params.get("differing") === "true" ? 3 : 540;
    const items = Array.from({ length: Math.min(count, 50) }, (_, i) => ({
      ...this.resultRow(i * 5),
      inferred: true,
      inference: { label: "8", score: 0.5 },
      error: null,
      trace_id: null,
    }));
    return { items, next_cursor: null, total: count };
  }

  changed(params) {
    const worse = params.get("direction") === "worse";
    const items = Array.from({ length: worse ? 12 : 3 }, (_, i) => ({
      ...this.resultRow(i * 3),
      difficulty: 0.5,
      delta: worse ? -1 : 1,
      before: worse ? 1 : 0,
      after: worse ? 0 : 1,
      inference_before: { label: String(i % 10) },
      inference_after: { label: "9" },
      trace_before: null,
      trace_after: this.traceIds[1] ?? null,
    }));
    return { items, next_cursor: null, total: items.length };
  }

  plots() {
    const x = Array.from({ length: 21 }, (_, i) => i / 20);
    const labels = Array.from({ length: 10 }, (_, i) => String(i));
    return {
      items: [
        {
          case: "all",
          configuration: null,
          plots: [
            {
              data_type: "PLOT/CURVE",
              title: "Precision and recall",
              x_label: "Recall",
              y_label: "Precision",
              curves: [{ label: "digits", x, y: x.map((v) => 1 - v ** 4 * 0.4) }],
            },
            {
              data_type: "PLOT/HISTOGRAM",
              title: "Confidence",
              x_label: "Confidence",
              y_label: "Samples",
              buckets: [0, 0.25, 0.5, 0.75, 1],
              frequency: [3, 20, 90, 427],
            },
            {
              data_type: "PLOT/CONFUSION_MATRIX",
              title: "Digits",
              labels,
              matrix: labels.map((_, i) => labels.map((__, j) => (i === j ? 50 : (i + j) % 7 === 0 ? 3 : 0))),
            },
          ],
        },
      ],
    };
  }

  judge(name, detail = false) {
    const kind = { exactness: "code", human: "person", polite: "llm" }[name];
    if (kind === undefined) throw new Problem(404, `there is no judge "${name}"`, "name");
    const versions = [1, 2].map((number) => ({
      tag: `${name}:v${number}`,
      number,
      kind,
      description: "is the answer what was expected?",
      parameters: ["outputs", "expected"],
      created_at: this.time(-DAY * (3 - number)),
    }));
    return {
      name,
      kind,
      description: "is the answer what was expected?",
      latest: `${name}:v2`,
      version_count: 2,
      scores: 1240,
      passed: 1130,
      failed: 98,
      errors: 12,
      last_scored: this.time(-5e3),
      metadata: {},
      ...(detail ? { versions } : {}),
    };
  }

  judgeVersion(name, number) {
    const found = this.judge(name, true).versions.find((v) => v.number === number);
    if (!found) throw new Problem(404, "there is no such version", "version");
    if (name === "polite")
      return { ...found, source: "", definition: { prompt: `Is it polite? ${number}` }, packages: {} };
    const sign = number === 2 ? "outputs.strip() == expected" : "outputs == expected";
    return {
      ...found,
      source: `def rubric(outputs, expected):\n    return ${sign}\n`,
      definition: {},
      packages: {},
    };
  }

  judgeStats(name) {
    const item = (judge, model, passed) => ({
      judge,
      model,
      name,
      count: 620,
      passed,
      failed: 620 - passed,
      errors: 6,
      mean: passed / 620,
      min: 0,
      max: 1,
      histogram: { low: 0, high: 1, counts: [40, 3, 2, 8, 20, 60, 180, 307] },
      labels: [],
    });
    const times = Array.from({ length: 24 }, (_, i) => this.time(-DAY + i * 3600e3));
    return {
      items: [item(`${name}:v2`, "assistant:v1", 600), item(`${name}:v2`, "digits:v2", 530)],
      times,
      step_ns: 3600e9,
      series: [
        {
          judge: `${name}:v2`,
          count: times.map(() => 25),
          mean: times.map((_, i) => 0.9 - (i > 16 ? 0.2 : 0)),
          passed: times.map((_, i) => (i > 16 ? 18 : 24)),
          failed: times.map((_, i) => (i > 16 ? 6 : 1)),
          name,
          histogram: {
            low: 0,
            high: 1,
            counts: times.map((_, i) => (i > 16 ? [6, 4, 8, 7] : [1, 0, 4, 20])),
          },
        },
      ],
    };
  }

  suite(version) {
    return {
      workflow: "digits",
      name: "night",
      version,
      newest: 2,
      description: "what the camera sees at night",
      tags: ["release"],
      cases: CASES.map((name) => ({ name, version: 1, samples: name === "all" ? 540 : 180 })),
      samples: 540,
      updated_at: this.time(-DAY * 2),
    };
  }

  postScores(body) {
    const rejected = [];
    body.scores.forEach((s, index) => {
      if (!this.traceIds.includes(s.trace_id))
        rejected.push({ index, field: "trace_id", detail: "there is no such trace" });
      else this.scores.push({ id: `${this.scores.length + 1}`.padStart(16, "0"), time: this.time(0), ...s });
    });
    return { accepted: body.scores.length - rejected.length, rejected };
  }

  scoresOf(traceId) {
    return this.scores
      .filter((s) => s.trace_id === traceId)
      .map((s) => ({ judge: null, passed: null, reason: "", error: "", by: "", span_id: null, ...s }));
  }

  queue(method, id, more, params, body, rows) {
    const counted = (q) => ({
      source: q.dataset ? "dataset" : "traces",
      tag: `${q.judge}:v1`,
      ...q,
      left: rows.length - this.scores.length,
      done: this.scores.length,
    });
    if (method === "POST") {
      if (!body.judge) throw new Problem(400, "judge: must not be empty", "judge");
      this.queues.push({ id: this.queues.length + 1, ...body });
      return counted(this.queues.at(-1));
    }
    if (method === "DELETE") {
      this.queues = this.queues.filter((q) => String(q.id) !== id);
      return null;
    }
    if (more !== "next") return { items: this.queues.map(counted), next_cursor: null };
    const queue = this.queues.find((q) => String(q.id) === id);
    const limit = Number(params.get("limit") ?? 10);
    if (queue.dataset) return this.samplesLeft(queue, limit);
    const open = rows.filter((r) => this.scoresOf(r.trace_id).length === 0);
    return { items: open.slice(0, limit), left: open.length, done: this.scores.length };
  }

  /** A queue named "slow" takes too long to count. */
  samplesLeft({ name: queue, dataset: { name }, judge }, limit) {
    const all = this.datasets.get(name).samples;
    const judged = (s) => this.sampleScores.of(name, s.number).some((x) => x.judge === `${judge}:v1`);
    const open = all.filter((s) => !judged(s));
    const items = open.slice(0, limit);
    if (queue === "slow") return { items, left: Math.min(open.length, limit + 1), done: null, exact: false };
    return { items, left: open.length, done: all.length - open.length, exact: true };
  }

  /** Make an expectation the expected value of its sample. */
  apply(d, score) {
    d.samples.find((s) => s.number === score.number).expected = score.expected;
    d.version++;
    return { version: d.version, created: true };
  }

  rule(method, id, body) {
    const told = (r) => ({ ...r, tag: r.judge.includes(":") ? r.judge : `${r.judge}:v2` });
    if (method === "GET") return { items: this.rules.map(told), next_cursor: null };
    if (method === "DELETE") {
      this.rules = this.rules.filter((r) => String(r.id) !== id);
      return null;
    }
    if (body.where?.includes("::")) throw new Problem(400, "where: position 3: a value is missing", "where");
    const known = this.rules.find((r) => String(r.id) === id);
    const rule = known ?? { id: 1 + this.rules.length, enabled: true, where: "", sample: 1 };
    if (!known) this.rules.push(rule);
    return told(Object.assign(rule, body));
  }

  datasetAnswer(method, [name, more, ...path], params, body) {
    if (name === undefined && method === "POST") {
      if (this.datasets.has(body.name))
        throw new Problem(409, `name: there is a dataset "${body.name}" already`, "name");
      this.datasets.set(body.name, this.newDataset(body.name, body.description));
      return this.dataset(this.datasets.get(body.name));
    }
    if (name === undefined)
      return { items: [...this.datasets.values()].map((d) => this.dataset(d)), next_cursor: null };
    const d = this.datasets.get(name);
    if (!d) throw new Problem(404, `there is no dataset "${name}"`, "name");
    if (more === "scores")
      return this.sampleScores.answer(method, name, path, params, body, (score) => this.apply(d, score));
    if (more === "samples") return this.samples(d, params);
    if (more === "commits") return { items: this.commits(d), next_cursor: null };
    if (more === "diff") return this.diff(d);
    if (more === "from-traces") {
      const added = body.trace_ids.map((id) => ({
        id,
        input: { text: "from a trace" },
        expected: "output",
        metadata: { trace_id: id },
        split: null,
      }));
      d.samples.push(...added);
      d.version++;
      return { version: d.version, added: added.length, changed: 0, removed: 0, unchanged: 0 };
    }
    return this.dataset(d);
  }

  samples(d, params) {
    const failed = (s) => this.sampleScores.of(d.name, s.number).some((x) => x.passed === false);
    const split = params.get("split");
    const q = (params.get("q") ?? "").toLowerCase();
    const found = d.samples.filter(
      (s) =>
        (!split || s.split === split) &&
        (params.get("scored") !== "failed" || failed(s)) &&
        JSON.stringify(s).toLowerCase().includes(q),
    );
    const start = Number(params.get("cursor") || 0);
    const limit = Number(params.get("limit") ?? 100);
    return {
      items: found.slice(start, start + limit),
      next_cursor: start + limit < found.length ? String(start + limit) : null,
    };
  }

  commits(d) {
    return [3, 2, 1].map((version) => ({
      version,
      message: version === 1 ? "first" : "",
      by: "ci",
      created_at: this.time(-DAY * (4 - version)),
      added: version === 1 ? 200 : 15,
      changed: version === 3 ? 4 : 0,
      removed: 0,
      samples: d.samples.length,
    }));
  }

  diff(d) {
    const [first] = d.samples;
    return {
      items: [{ id: first.id, change: "changed", from: { ...first, expected: "1" }, to: first }],
      added: 15,
      changed: 1,
      removed: 0,
      next_cursor: null,
    };
  }

  /** Undefined: not one of these resources. */
  answer(method, [kind, ...path], params, body, rows) {
    const [name, more, version] = path;
    if (kind === "scores") return method === "POST" ? this.postScores(body) : this.dropScore(name, more);
    if (kind === "rules") return this.rule(method, name, body);
    if (kind === "queues") return this.queue(method, name, more, params, body, rows);
    if (kind === "datasets") return this.datasetAnswer(method, path, params, body);
    if (kind === "suites") return { items: [this.suite(2)], next_cursor: null };
    if (kind === "workflows" && more === "scores")
      return this.sampleScores.answer(method, name, path.slice(2), params, body);
    if (kind === "workflows") return this.workflow(more, params);
    if (kind === "judges") return this.judgeAnswer(name, more, version);
    if (kind === "standards") return this.standardAnswer(method, name, more, body);
    if (kind === "comparisons") return name === "samples" ? this.changed(params) : this.comparison(params);
    if (kind === "leaderboard") return this.leaderboard();
    if (kind === "evaluations") return this.evaluationAnswer(name, more, params);
    return undefined;
  }

  standardAnswer(method, name, more, body) {
    const saved = ([of, standard]) => ({
      name: of,
      standard,
      created_at: this.time(-DAY),
      updated_at: this.time(-DAY),
    });
    if (name === undefined) return { items: [...this.standards].map(saved), next_cursor: null };
    if (method === "PUT") this.standards.set(name, body);
    else if (!this.standards.has(name))
      throw new Problem(404, "there is no such standard in this project", "name");
    if (method === "DELETE") return this.standards.delete(name) && null;
    const to = more === "copy" ? body.to : name;
    this.standards.set(to, this.standards.get(name));
    return saved([to, this.standards.get(to)]);
  }

  dropScore(traceId, id) {
    this.scores = this.scores.filter((s) => s.trace_id !== traceId || s.id !== id);
    return null;
  }

  workflow(more, params) {
    if (more === "suites") return this.suite(Number(params.get("version") ?? 2));
    const samples = Array.from({ length: 320 }, (_, i) => ({ ...this.resultRow(i), split: null }));
    return this.samples({ samples }, params);
  }

  judgeAnswer(name, more, version) {
    if (name === undefined)
      return { items: [this.judge("exactness"), this.judge("human")], next_cursor: null };
    if (name === "agreement")
      return {
        items: [
          {
            a: "exactness:v2",
            b: "human:v2",
            n: 300,
            agreed: 0.93,
            kappa: 0.71,
            pearson: 0.8,
            spearman: 0.78,
          },
        ],
      };
    if (more === "stats") return this.judgeStats(name);
    if (more === "versions" && version === undefined)
      return { items: this.judge(name, true).versions.reverse(), next_cursor: null };
    if (more === "versions") return this.judgeVersion(name, Number(version.replace("v", "")));
    return this.judge(name, true);
  }

  leaderboard() {
    const items = [1, 2].map((id) => ({
      rank: id,
      model: `digits:v${id}`,
      evaluation: id,
      score: id === 1 ? 0.5 : -0.5,
      metrics: this.evaluation(id).metrics,
    }));
    return { metrics: METRICS, items };
  }

  agreement(evaluation) {
    const said = this.sampleScores.rows.filter((s) => s.model === evaluation.model);
    const counts = { n: said.length, compared: said.length, agreed: said.length, kappa: 1 };
    return said.length
      ? [{ a: "ann", b: "accuracy", people: false, ...counts, pearson: null, spearman: null }]
      : [];
  }

  evaluationAnswer(id, more, params) {
    // Of the third, what the list tells is yet to be computed.
    const told = (n) =>
      n < 3
        ? { samples: 540, metrics: { accuracy: 0.9 + n / 100, worst: 0.7 } }
        : { samples: null, metrics: null };
    if (id === undefined)
      return { items: [3, 2, 1].map((n) => ({ ...this.evaluation(n), ...told(n) })), next_cursor: null };
    const found = this.evaluation(Number(id));
    if (more === "samples") return this.results(found.id, params);
    if (more === "agreement") return { items: this.agreement(found), next_cursor: null };
    if (more === "inferences") return this.inferences(params);
    if (more === "plots") return this.plots();
    if (more === "cases")
      return {
        whole: {
          samples: 540,
          metrics: { worst: 0.7 },
          means: { accuracy: { mean: 0.91, n: 540, kind: "boolean" } },
        },
        metrics: METRICS,
        items: CASES.map((name) => ({
          case: name,
          version: 1,
          samples: 180,
          metrics: {
            accuracy: 0.9,
            per_digit: [
              { digit: "0", recall: 0.99 },
              { digit: "1", recall: 0.9 },
            ],
          },
          thresholded: [0.75, 0.5, 0.25].map((threshold) => ({
            name: "sure",
            threshold,
            recall: 1 - threshold / 2,
            tp: 180 - 100 * threshold,
          })),
        })),
        suite: {},
      };
    return found;
  }
}
