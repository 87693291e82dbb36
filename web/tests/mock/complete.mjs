// SPDX-License-Identifier: Apache-2.0
// GET /complete of the mock: fields, then the values of the one that is typed.
const FIELDS = ["status", "model", "latency", "name", "type", "service", "session", "user"];

export function complete(mock, project, params) {
  const bytes = Buffer.from(params.get("query") ?? "");
  const at = Math.min(bytes.length, Number(params.get("at") ?? bytes.length));
  const typed = /(?:[^\s"]|"[^"]*"?)*$/.exec(bytes.subarray(0, at).toString())[0];
  const body = typed.replace(/^-/, "");
  const colon = body.indexOf(":");
  const facets = mock.facets(project, new URLSearchParams()).items;
  const limit = Number(params.get("limit") ?? 20);
  const answer = (kind, part, items) => ({
    from: at - Buffer.byteLength(part),
    to: at,
    kind,
    items: items.slice(0, limit),
  });
  if (colon < 0) {
    const names = [...new Set([...FIELDS, ...facets.map((f) => f.field)])];
    const items = names
      .filter((n) => n.includes(body))
      .map((n) => ({ text: `${n}:`, label: n, detail: "string", count: null }));
    return answer("field", body, items);
  }
  const wanted = body.slice(colon + 1);
  const values = facets.find((f) => f.field === body.slice(0, colon))?.values ?? [];
  const quoted = (v) => (/^[\w:.-]+$/.test(v) ? v : JSON.stringify(v));
  const items = values
    .filter((v) => v.value.toLowerCase().includes(wanted.replace(/^"/, "").toLowerCase()))
    .map((v) => ({ text: quoted(v.value), label: v.value, detail: "", count: v.count }));
  return answer("value", wanted, items);
}
