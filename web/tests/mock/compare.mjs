// SPDX-License-Identifier: Apache-2.0
// GET /compare of the mock.
function side(rows) {
  const times = rows.map((r) => r.summary.duration_ns).sort((a, b) => a - b);
  const at = (q) => times[Math.floor((times.length - 1) * q)] ?? null;
  const errors = rows.filter((r) => r.summary.status === "error").length;
  return {
    traces: rows.length,
    error_rate: rows.length ? errors / rows.length : null,
    latency_p50_ns: at(0.5),
    latency_p95_ns: at(0.95),
  };
}

function count(rows) {
  const counts = new Map();
  for (const { summary: s } of rows) {
    const tags = Object.entries(s.tags).map(([k, v]) => [`tag.${k}`, String(v)]);
    for (const [field, value] of [["status", s.status], ["model", s.model], ["name", s.name], ...tags]) {
      if (value) counts.set(`${field}\n${value}`, (counts.get(`${field}\n${value}`) ?? 0) + 1);
    }
  }
  return counts;
}

export function compare(mock, project, params) {
  const other = new URLSearchParams();
  for (const name of ["query", "from", "to"])
    if (params.get(`${name}_b`) !== null) other.set(name, params.get(`${name}_b`));
  const a = mock.select(project, params);
  const b = mock.select(project, other);
  const [inA, inB] = [count(a), count(b)];
  const items = [...new Set([...inA.keys(), ...inB.keys()])].map((key) => {
    const [field, value] = key.split("\n");
    const [na, nb] = [inA.get(key) ?? 0, inB.get(key) ?? 0];
    const [sa, sb] = [na / Math.max(1, a.length), nb / Math.max(1, b.length)];
    const p = Math.exp(-Math.abs(sa - sb) * Math.sqrt(a.length + b.length));
    return { field, value, a: na, b: nb, share_a: sa, share_b: sb, lift: sb ? sa / sb : null, p_value: p };
  });
  items.sort((x, y) => Math.abs(y.share_a - y.share_b) - Math.abs(x.share_a - x.share_b));
  return { a: side(a), b: side(b), items: items.filter((i) => i.share_a !== i.share_b).slice(0, 50) };
}
