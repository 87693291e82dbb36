// SPDX-License-Identifier: Apache-2.0
// What a project takes on disk by column, and how long and how much of it is kept.
import { invalidate, type QueryResult, useQuery } from "./cache";
import { apiPath, getJson, list, num, numOrNull, obj, sendJson, str } from "./http";
import type { Json } from "../lib/json";

export interface ColumnCost {
  column: string;
  bytes: number;
  rows: number; // with a value
  distinct: number | null; // at least; null: too many for a dictionary
}

export interface StorageReport {
  indexBytes: number;
  keysInColumns: number;
  keysInRest: number;
  keyColumns: number; // most of them in a segment
  damagedSegments: number;
  damagedBlocks: number;
  columnCount: number;
  columns: ColumnCost[]; // most bytes first
}

export interface Retention {
  maxAgeDays: number | null;
  maxBytes: number | null;
}

const SHOWN_COLUMNS = 500;

function columnCost(json: Json): ColumnCost {
  const o = obj(json);
  return {
    column: str(o["column"]),
    bytes: num(o["bytes"]),
    rows: num(o["rows"]),
    distinct: numOrNull(o["distinct"]),
  };
}

export function storageReport(json: Json): StorageReport {
  const o = obj(json);
  return {
    indexBytes: num(o["index_bytes"]),
    keysInColumns: num(o["keys_in_columns"]),
    keysInRest: num(o["keys_in_rest"]),
    keyColumns: num(obj(o["limits"])["key_columns_per_segment"]),
    damagedSegments: num(o["damaged_segments"]),
    damagedBlocks: num(o["damaged_blocks"]),
    columnCount: num(o["column_count"]),
    columns: list(o["columns"]).map(columnCost),
  };
}

function retention(json: Json): Retention {
  const o = obj(json);
  return { maxAgeDays: numOrNull(o["max_age_days"]), maxBytes: numOrNull(o["max_bytes"]) };
}

export function useStorage(project: string): QueryResult<StorageReport> {
  return useQuery(`storage/${project}`, async (signal) =>
    storageReport(await getJson(apiPath(project, ["storage"], { limit: SHOWN_COLUMNS }), signal)),
  );
}

export function useRetention(project: string): QueryResult<Retention> {
  return useQuery(`retention/${project}`, async (signal) =>
    retention(await getJson(apiPath(project, ["retention"]), signal)),
  );
}

export async function saveRetention(project: string, wanted: Retention): Promise<void> {
  await sendJson("PATCH", apiPath(project, ["retention"]), {
    max_age_days: wanted.maxAgeDays,
    max_bytes: wanted.maxBytes,
  });
  invalidate(`retention/${project}`);
}
