// SPDX-License-Identifier: Apache-2.0
// Storage by column, and what is kept.
import { Problem } from "./problem.mjs";

const kept = { max_age_days: null, max_bytes: null };

export function storage() {
  const columns = Array.from({ length: 12 }, (_, i) => ({
    column: i === 0 ? "input" : `attr.key${i}`,
    bytes: 4_000_000 >> i,
    rows: 1000 - i,
    distinct: i === 0 ? null : i,
    distinct_most: i === 0 ? null : 3 * i,
  }));
  return {
    segments: 3,
    index_bytes: 12_000,
    keys: 1500,
    keys_in_columns: 11,
    keys_in_rest: 1489,
    damaged_segments: 0,
    damaged_blocks: 1,
    column_count: columns.length,
    columns,
    limits: { key_columns_per_segment: 1000, ...kept },
  };
}

export function retention(method, body) {
  if (method === "PATCH") {
    if (body.max_age_days > 36500) throw new Problem(400, "max_age_days: too many", "max_age_days");
    Object.assign(kept, body);
  }
  return { ...kept };
}
