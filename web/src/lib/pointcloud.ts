// SPDX-License-Identifier: Apache-2.0
// Clouds of points from .npy, .npz and .pcd files.  They come from users: sizes are checked
// against the bytes before anything is read, and of more points than can be drawn every
// n-th is taken.

export interface Cloud {
  /** x, y, z of each. */
  points: Float32Array;
  /** In the file. */
  count: number;
}

export class CloudError extends Error {}

const MAX_POINTS = 300_000;

const stepOf = (count: number) => Math.max(1, Math.ceil(count / MAX_POINTS));

type Read = (offset: number) => number;

function reader(view: DataView, type: string): { size: number; read: Read } {
  const size = Number(type.slice(1));
  const known: Record<string, Read> = {
    f4: (at) => view.getFloat32(at, true),
    f8: (at) => view.getFloat64(at, true),
    i1: (at) => view.getInt8(at),
    i2: (at) => view.getInt16(at, true),
    i4: (at) => view.getInt32(at, true),
    u1: (at) => view.getUint8(at),
    u2: (at) => view.getUint16(at, true),
    u4: (at) => view.getUint32(at, true),
  };
  const read = known[type];
  if (!read) throw new CloudError(`numbers of the type ${type} are not read here`);
  return { size, read };
}

/** Every n-th row; rows with what is no number are left out. */
function collect(count: number, at: (row: number, axis: number) => number): Cloud {
  const step = stepOf(count);
  const points = new Float32Array(3 * Math.ceil(count / step));
  let kept = 0;
  for (let row = 0; row < count; row += step) {
    const [x, y, z] = [at(row, 0), at(row, 1), at(row, 2)];
    if (!Number.isFinite(x + y + z)) continue;
    points.set([x, y, z], kept);
    kept += 3;
  }
  return { points: points.slice(0, kept), count };
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const latin = (bytes: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 65_536)));

export function readNpy(bytes: Uint8Array): Cloud {
  const view = viewOf(bytes);
  if (bytes.length < 12) throw new CloudError("the file ends in its header");
  const long = (bytes[6] ?? 1) > 1;
  const start = long ? 12 : 10;
  const data = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = latin(bytes, start, Math.min(data, bytes.length));
  const type = /'descr':\s*'[<|=]([fiu]\d)'/.exec(header)?.[1];
  const shape = /'shape':\s*\((\d+),\s*(\d+),?\s*\)/.exec(header);
  if (!type || !shape) throw new CloudError("the array is not one of rows of numbers");
  const [rows, columns] = [Number(shape[1]), Number(shape[2])];
  const { size, read } = reader(view, type);
  if (columns < 3) throw new CloudError(`the rows have ${columns} numbers, not x, y and z`);
  if (rows * columns * size > bytes.length - data) throw new CloudError("the file is shorter than it says");
  const byColumn = /'fortran_order':\s*True/.test(header);
  const index = (row: number, axis: number) => (byColumn ? axis * rows + row : row * columns + axis);
  return collect(rows, (row, axis) => read(data + size * index(row, axis)));
}

const MAX_INFLATED = 512_000_000;

async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const stop = stream.getReader(); ;) {
    const { done, value } = (await stop.read()) as { done: boolean; value?: Uint8Array };
    if (done || !value) break;
    parts.push(value);
    size += value.length;
    if (size > MAX_INFLATED) throw new CloudError("the array is too large to be shown here");
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Walks the directory at the end of the archive: sizes before the data may be missing. */
export async function readNpz(bytes: Uint8Array, key: string): Promise<Cloud> {
  const view = viewOf(bytes);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new CloudError("the archive has no directory");
  let at = view.getUint32(end + 16, true);
  for (let i = view.getUint16(end + 10, true); i > 0 && at + 46 <= bytes.length; i--) {
    const [name, extra, comment] = [28, 30, 32].map((o) => view.getUint16(at + o, true));
    const named = latin(bytes, at + 46, at + 46 + (name ?? 0));
    if (named.endsWith(".npy") && (key === "" || named === `${key}.npy`)) return readEntry(bytes, view, at);
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  throw new CloudError(key === "" ? "the archive holds no array" : `the archive holds no array ${key}`);
}

async function readEntry(bytes: Uint8Array, view: DataView, at: number): Promise<Cloud> {
  const method = view.getUint16(at + 10, true);
  const size = view.getUint32(at + 20, true);
  const local = view.getUint32(at + 42, true);
  if (local + 30 > bytes.length) throw new CloudError("the archive is shorter than it says");
  const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const data = bytes.subarray(from, from + size);
  if (method === 0) return readNpy(data);
  if (method === 8) return readNpy(await inflate(data));
  throw new CloudError("the archive is compressed in a way that is not read here");
}

interface PcdHeader {
  fields: string[];
  sizes: number[];
  types: string[];
  counts: number[];
  points: number;
  data: string;
  /** Where the points begin. */
  body: number;
}

function pcdHeader(bytes: Uint8Array): PcdHeader {
  const head = latin(bytes, 0, Math.min(bytes.length, 8192));
  const data = /^DATA[ \t]+(\w+)[^\n]*\n/m.exec(head);
  if (!data) throw new CloudError("the file does not say how its points are written");
  const words = (name: string) =>
    new RegExp(`^${name}[ \\t]+([^\\r\\n]*)`, "m").exec(head)?.[1]?.trim().split(/\s+/) ?? [];
  const fields = words("FIELDS");
  const counts = words("COUNT").map(Number);
  return {
    fields,
    sizes: words("SIZE").map(Number),
    types: words("TYPE"),
    counts: counts.length > 0 ? counts : fields.map(() => 1),
    points: Number(words("POINTS")[0] ?? 0),
    data: data[1] ?? "",
    body: data.index + data[0].length,
  };
}

export function readPcd(bytes: Uint8Array): Cloud {
  const header = pcdHeader(bytes);
  const axes = ["x", "y", "z"].map((axis) => header.fields.indexOf(axis));
  if (axes.some((i) => i < 0)) throw new CloudError("the points have no x, y and z");
  if (header.data === "ascii") return pcdText(bytes, header, axes);
  if (header.data !== "binary") throw new CloudError(`points written as ${header.data} are not read here`);
  const view = viewOf(bytes);
  const widths = header.fields.map((_, i) => (header.sizes[i] ?? 0) * (header.counts[i] ?? 1));
  const row = widths.reduce((sum, w) => sum + w, 0);
  if (!(row * header.points <= bytes.length - header.body))
    throw new CloudError("the file is shorter than it says");
  const readers = axes.map((field) => {
    const { read } = reader(view, `${(header.types[field] ?? "F").toLowerCase()}${header.sizes[field] ?? 4}`);
    const before = widths.slice(0, field).reduce((sum, w) => sum + w, 0);
    return (i: number) => read(header.body + i * row + before);
  });
  return collect(header.points, (i, axis) => readers[axis]?.(i) ?? NaN);
}

function pcdText(bytes: Uint8Array, header: PcdHeader, axes: readonly number[]): Cloud {
  const lines = new TextDecoder().decode(bytes.subarray(header.body)).split("\n");
  const rows = lines.filter((line) => line.trim() !== "");
  const columns = axes.map((field) => header.counts.slice(0, field).reduce((sum, c) => sum + c, 0));
  return collect(rows.length, (row, axis) =>
    Number((rows[row] ?? "").trim().split(/\s+/)[columns[axis] ?? 0]),
  );
}

/** By what it begins with; `key` names the array of an .npz. */
export async function readCloud(bytes: Uint8Array, key = ""): Promise<Cloud> {
  const start = latin(bytes, 0, 6);
  if (start === "\u0093NUMPY") return readNpy(bytes);
  if (start.startsWith("PK")) return readNpz(bytes, key);
  if (/^#|^VERSIO/.test(start)) return readPcd(bytes);
  throw new CloudError("the file is none of .pcd, .npy and .npz");
}
