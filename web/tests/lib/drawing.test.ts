// SPDX-License-Identifier: Apache-2.0
// Annotations as values of users, texts cut by segments, masks, boxes in space, and clouds
// as files; against slow and simple ways to say the same.
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { annotationsOf, type Point3 } from "../../src/lib/annotation";
import { assetOf, located } from "../../src/lib/asset";
import { labelCounts, labelOverlap, type MaskPixels, paintMask } from "../../src/lib/mask";
import { cloudOf, mediaOf, textField } from "../../src/lib/media";
import { gridOf, picturesOf } from "../../src/lib/picture";
import { CloudError, readCloud } from "../../src/lib/pointcloud";
import { boxCorners, orbitProjection, projectionOf, projectLine } from "../../src/lib/space";
import { carriedBlob } from "../../src/parts/asset";
import { textsOf } from "../../src/parts/drawing/texts";
import { tracksOf } from "../../src/parts/drawing/timeline";
import { coveredText, lanesOf, type Segment, textRuns } from "../../src/lib/textruns";
import { makeRandom } from "../random";

const sha256 = "ab".repeat(32);

describe("annotations", () => {
  it("are read by their type, and a box without one by its corners", () => {
    const box = { top_left: [1, 2], bottom_right: [3, 4], label: "car", score: 0.5, truncated: true };
    expect(annotationsOf([{ boxes: [box] }])).toEqual([
      {
        form: {
          kind: "box",
          points: [
            [1, 2],
            [3, 4],
          ],
        },
        label: "car",
        score: 0.5,
        frame: null,
        more: "truncated true",
      },
    ]);
    const form = (value: object) => annotationsOf(value as never)[0]?.form;
    const points = [
      [0, 0],
      [1, "x"],
      [2, 2],
    ];
    expect(form({ data_type: "ANNOTATION/POLYGON", points })).toEqual({
      kind: "polygon",
      points: [
        [0, 0],
        [2, 2],
      ],
    });
    const bones = [
      [0, 1],
      [1, 7],
      [-1, 0],
    ];
    expect(form({ data_type: "ANNOTATION/KEYPOINTS", points, skeleton: bones })).toMatchObject({
      bones: [[0, 1]],
    });
    expect(form({ data_type: "ANNOTATION/TIME_SEGMENT", start: 4, end: 1, group: 7 })).toEqual({
      kind: "time",
      start: 1,
      end: 4,
      group: "7",
    });
    expect(form({ data_type: "ANNOTATION/TEXT_SEGMENT", start: 0, end: 4, text_field: "t" })).toEqual({
      kind: "text",
      field: "t",
      start: 0,
      end: 4,
    });
    const locator = `sha256:${sha256}`;
    expect(
      form({ data_type: "ANNOTATION/SEGMENTATION_MASK", labels: { 1: "sky", 900: "no" }, locator }),
    ).toEqual({ kind: "mask", asset: { sha256, name: "mask" }, labels: new Map([[1, "sky"]]) });
    expect(form({ data_type: "ANNOTATION/BITMAP_MASK", locator: "s3://bucket/mask.png" })).toBeUndefined();
    const solid = { center: [1, 2, 3], dimensions: [4, 5, 6], rotations: [0, 0, 1] };
    expect(form({ data_type: "ANNOTATION/BOUNDING_BOX_3D", ...solid })).toEqual({ kind: "box3d", ...solid });
    expect(form({ data_type: "ANNOTATION/OTHER", ...solid })).toBeUndefined();
    expect(form({ data_type: "ANNOTATION/TEXT_SEGMENT", start: "a", end: null })).toBeUndefined();
  });

  it("stay bounded on deep and wide values", () => {
    let deep: unknown[] = [];
    for (let i = 0; i < 10000; i++) deep = [deep];
    expect(annotationsOf(deep as never)).toEqual([]);
    const box = { top_left: [0, 0], bottom_right: [1, 1] };
    expect(annotationsOf(Array.from({ length: 50000 }, () => box))).toHaveLength(500);
  });

  it("lead only to files that are kept here or carried", () => {
    expect(located(`sha256:${sha256}`)).toEqual({ sha256, name: "file" });
    expect(located(`http://127.0.0.1:4318/api/v1/projects/a%20b/blobs/${sha256}`)).toMatchObject({ sha256 });
    expect(located(`https://elsewhere/x/blobs/${sha256}`)).toBeNull();
    expect(located("https://elsewhere/cat.png")).toBeNull();
    expect(located("javascript:alert(1)")).toBeNull();
    expect(located("data:image/svg+xml;base64,AAAA")).toBeNull();
    expect(located("data:text/html;base64,AAAA")).toBeNull();
    expect(located("data:audio/wav;base64,AAAA")).toMatchObject({ src: "data:audio/wav;base64,AAAA" });
    expect(assetOf({ reference: { sha256, name: "a.wav" } })).toEqual({ sha256, name: "a.wav" });
  });

  it("carry their files in base64, or nothing", async () => {
    const blob = carriedBlob("data:audio/wav;base64,AAEC");
    expect(blob?.type).toBe("audio/wav");
    expect([...new Uint8Array(await (blob as Blob).arrayBuffer())]).toEqual([0, 1, 2]);
    for (const broken of ["AA=A", "A", "====="]) {
      expect(located(`data:audio/wav;base64,${broken}`)).not.toBeNull();
      expect(carriedBlob(`data:audio/wav;base64,${broken}`)).toBeNull();
    }
  });

  it("keep the texts and tracks of two sides of one name apart", () => {
    const said = (text: string) => ({
      text,
      spans: [{ data_type: "ANNOTATION/TEXT_SEGMENT", text_field: "text", start: 0, end: 1, label: "a" }],
      stretches: [{ data_type: "ANNOTATION/TIME_SEGMENT", start: 0, end: 1, label: "a" }],
    });
    const sides = ["one", "two"].map((text) => ({ name: "m:v1", color: "--series-1", value: said(text) }));
    const layers = sides.map((s) => ({ ...s, annotations: annotationsOf(s.value) }));
    expect(textsOf({}, sides, layers).map((t) => t.text)).toEqual(["one", "two"]);
    expect(tracksOf(layers)).toHaveLength(2);
  });

  it("do not make a mask the sample's picture, nor a camera a grid", () => {
    const src = "data:image/png;base64,AAAA";
    const mask = { data_type: "ANNOTATION/BITMAP_MASK", locator: src };
    expect(picturesOf({ mask, locator: src })).toEqual([{ src, name: "image" }]);
    expect(picturesOf({ mask })).toEqual([]);
    const kept = { data_type: "TEST_SAMPLE/IMAGE", locator: `sha256:${sha256}` };
    expect(picturesOf(kept)).toMatchObject([{ sha256 }]);
    const rows = Array.from({ length: 4 }, () => [1, 2, 3, 4]);
    expect(gridOf({ projection: rows })).toBeNull();
    expect(projectionOf({ a: { projection: rows } })).toHaveLength(12);
    expect(projectionOf({ projection: [1, 2] })).toBeNull();
  });

  it("find their sound, cloud and text in the sample", () => {
    const audio = { data_type: "TEST_SAMPLE/AUDIO", locator: `sha256:${sha256}`, start: 2 };
    expect(mediaOf(audio)).toMatchObject({ kind: "audio", asset: { sha256 }, start: 2, end: null });
    expect(mediaOf({ clip: { reference: { media_type: "video/webm", sha256, name: "v" } } })).toMatchObject({
      kind: "video",
    });
    expect(mediaOf({ data_type: "TEST_SAMPLE/VIDEO", locator: "s3://b/x.mp4" })).toMatchObject({
      asset: null,
      locator: "s3://b/x.mp4",
    });
    expect(cloudOf({ points: [[1, 2, 3, 0.5]] }, true)?.points).toEqual([[1, 2, 3]]);
    expect(cloudOf({ points: [[1, 2, 3]] }, false)).toBeNull();
    expect(cloudOf({ data_type: "TEST_SAMPLE/POINT_CLOUD", locator: "x" }, false)).toMatchObject({
      locator: "x",
    });
    expect(textField({ doc: { text: "hello" } }, "text")).toBe("hello");
    expect(textField({ a: { doc: { text: "deep" } } }, "doc.text")).toBe("deep");
    expect(textField("itself", "any")).toBe("itself");
    expect(textField({ text: 4 }, "text")).toBeNull();
  });
});

describe("text runs", () => {
  it("cover each character with what covers it, over many texts", () => {
    for (let seed = 1; seed <= 150; seed++) {
      const dice = makeRandom(seed);
      const text = Array.from({ length: dice(40) }, () => ["a", "ß", "😀", "\n", "漢"][dice(5)] ?? "").join(
        "",
      );
      const length = Array.from(text).length;
      const segments: Segment[] = Array.from({ length: dice(8) }, () => {
        const start = dice(length + 4);
        return { start, end: start + 1 + dice(12) };
      });
      const runs = textRuns(text, segments);
      expect(runs.map((r) => r.text).join(""), `seed ${seed}`).toBe(text);
      const covered = runs.flatMap((r) => Array.from(r.text).map(() => r.over));
      Array.from(text).forEach((_, at) => {
        const wanted = segments.flatMap((s, i) => (s.start <= at && at < s.end ? [i] : []));
        expect(covered[at], `seed ${seed} at ${at}`).toEqual(wanted);
      });
      const lanes = lanesOf(segments);
      for (const [i, a] of segments.entries())
        for (const [j, b] of segments.entries())
          if (i < j && a.start < b.end && b.start < a.end)
            expect(lanes[i], `seed ${seed}: ${i} and ${j}`).not.toBe(lanes[j]);
      // No more lanes than cover one character at once.
      const most = Math.max(
        0,
        ...segments.map((s) => segments.filter((o) => o.start <= s.start && s.start < o.end).length),
      );
      expect(Math.max(0, ...lanes.map((l) => l + 1))).toBe(most);
    }
  });

  it("count characters as Python does", () => {
    expect(coveredText("😀 Ada Lovelace", { start: 2, end: 5 })).toBe("Ada");
    expect(textRuns("😀x", [{ start: 1, end: 2 }])).toEqual([
      { text: "😀", over: [] },
      { text: "x", over: [0] },
    ]);
  });
});

describe("masks", () => {
  const pixels = (width: number, values: number[]): MaskPixels => ({
    width,
    height: values.length / width,
    values: Uint8Array.from(values),
  });

  it("count and compare labels as sets of pixels would", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const dice = makeRandom(seed);
      const values = () => Array.from({ length: 48 }, () => dice(4));
      const [a, b] = [pixels(8, values()), pixels(8, values())];
      const of = new Map([
        [1, "sky"],
        [2, "car"],
        [3, "sky"],
      ]);
      const set = (m: MaskPixels, name: string) =>
        new Set([...m.values.entries()].flatMap(([i, v]) => (of.get(v) === name ? [i] : [])));
      const overlap = labelOverlap(a, of, b, of);
      for (const name of ["sky", "car"]) {
        const [x, y] = [set(a, name), set(b, name)];
        expect(labelCounts(a, of).get(name)).toBe(x.size);
        const union = new Set([...x, ...y]).size;
        const common = [...x].filter((i) => y.has(i)).length;
        expect(overlap.get(name), `seed ${seed} ${name}`).toBe(union === 0 ? null : common / union);
      }
    }
  });

  it("are not compared when they differ in size, and leave the background clear", () => {
    const of = new Map([[1, "sky"]]);
    expect(labelOverlap(pixels(2, [1, 1]), of, pixels(1, [1]), of).get("sky")).toBeNull();
    const red = [255, 0, 0] as const;
    const painted = paintMask(pixels(2, [0, 1, 1, 0]), (v) => (v === 1 ? red : null), false);
    expect([...painted].filter((_, i) => i % 4 === 3)).toEqual([0, 255, 255, 0]);
    const striped = paintMask(pixels(2, [1, 1, 1, 1]), () => red, true);
    expect([...striped].filter((_, i) => i % 4 === 3)).toEqual([255, 0, 0, 255]);
  });
});

describe("space", () => {
  const camera = [100, 0, 50, 0, 0, 100, 40, 0, 0, 0, 1, 0];

  it("turns boxes about x, then y, then z, as matrices would", () => {
    const corner = boxCorners({
      center: [10, 0, 0],
      dimensions: [4, 2, 2],
      rotations: [0, 0, Math.PI / 2],
    })[1];
    expect(corner?.map((v) => Number(v.toFixed(9)))).toEqual([11, 2, -1]);
    type M = number[][];
    const times = (a: M, b: M): M =>
      a.map((r) => [0, 1, 2].map((j) => r.reduce((s, v, k) => s + v * (b[k]?.[j] ?? 0), 0)));
    for (let seed = 1; seed <= 100; seed++) {
      const dice = makeRandom(seed);
      const [a = 0, b = 0, c = 0] = [0, 1, 2].map(() => dice(628) / 100);
      const x: M = [
        [1, 0, 0],
        [0, Math.cos(a), -Math.sin(a)],
        [0, Math.sin(a), Math.cos(a)],
      ];
      const y: M = [
        [Math.cos(b), 0, Math.sin(b)],
        [0, 1, 0],
        [-Math.sin(b), 0, Math.cos(b)],
      ];
      const z: M = [
        [Math.cos(c), -Math.sin(c), 0],
        [Math.sin(c), Math.cos(c), 0],
        [0, 0, 1],
      ];
      const turn = times(z, times(y, x));
      const corners = boxCorners({ center: [1, 2, 3], dimensions: [2, 4, 6], rotations: [a, b, c] });
      const half = [1, 2, 3]; // of the corner where all sides are positive
      const wanted = turn.map((r, i) => i + 1 + r.reduce((s, v, k) => s + v * (half[k] ?? 0), 0));
      corners[7]?.forEach((v, i) => expect(v, `seed ${seed}`).toBeCloseTo(wanted[i] ?? 0, 9));
    }
  });

  it("projects to pixels, and cuts what is behind the camera", () => {
    expect(projectLine(camera, [0, 0, 2], [1, 1, 2])).toEqual([
      [50, 40],
      [100, 90],
    ]);
    expect(projectLine(camera, [0, 0, -1], [0, 0, -2])).toBeNull();
    const cut = projectLine(camera, [0, 0, 1], [0, 0, -1]);
    expect(cut?.flat().every(Number.isFinite)).toBe(true);
  });

  it("has what it looks at in the middle, up above, from wherever", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const dice = makeRandom(seed);
      const target: Point3 = [dice(20) - 10, dice(20) - 10, dice(20) - 10];
      const orbit = { target, distance: 3 + dice(40), yaw: dice(628) / 100, pitch: dice(300) / 100 - 1.5 };
      const p = orbitProjection(orbit, 400, 300);
      const above: Point3 = [target[0], target[1], target[2] + 1];
      const line = projectLine(p, target, above);
      const [u, v, high] = [line?.[0][0], line?.[0][1] ?? NaN, line?.[1][1]];
      expect(u, `seed ${seed}`).toBeCloseTo(200, 6);
      expect(v, `seed ${seed}`).toBeCloseTo(150, 6);
      expect(high, `seed ${seed}`).toBeLessThan(v);
    }
  });
});

describe("clouds", () => {
  const npy = (rows: number[][], order = "False") => {
    const text = `{'descr': '<f4', 'fortran_order': ${order}, 'shape': (${rows.length}, ${rows[0]?.length ?? 0}), }`;
    const header = text.padEnd(117) + "\n";
    const data = Buffer.alloc(10 + header.length + 4 * rows.flat().length);
    data.write("\u0093NUMPY\u0001\u0000", 0, "latin1");
    data.writeUInt16LE(header.length, 8);
    data.write(header, 10, "latin1");
    rows.flat().forEach((v, i) => data.writeFloatLE(v, 10 + header.length + 4 * i));
    return new Uint8Array(data);
  };
  const rows = [
    [1, 2, 3, 9],
    [4, 5, 6, 9],
  ];

  const zip = (name: string, content: Uint8Array, method: number) => {
    const data = method === 8 ? deflateRawSync(content) : Buffer.from(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt16LE(name.length, 28);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(30 + name.length + data.length, 16);
    return new Uint8Array(Buffer.concat([local, Buffer.from(name), data, entry, Buffer.from(name), end]));
  };

  it("are read from arrays, archives of arrays, and .pcd", async () => {
    const wanted = [1, 2, 3, 4, 5, 6];
    expect([...(await readCloud(npy(rows))).points]).toEqual(wanted);
    const turned = [
      [1, 4],
      [2, 5],
      [3, 6],
    ];
    const columns = npy(turned);
    const asColumns = new Uint8Array(
      Buffer.from(
        Buffer.from(columns)
          .toString("latin1")
          .replace("'fortran_order': False, 'shape': (3, 2)", "'fortran_order': True,  'shape': (2, 3)"),
        "latin1",
      ),
    );
    expect([...(await readCloud(asColumns)).points]).toEqual(wanted);
    for (const method of [0, 8])
      expect([...(await readCloud(zip("xyz.npy", npy(rows), method), "xyz")).points]).toEqual(wanted);
    await expect(readCloud(zip("xyz.npy", npy(rows), 0), "other")).rejects.toThrow("no array other");
    const head = "# .PCD v0.7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F F\nCOUNT 1 1 1 1\nPOINTS 2\n";
    const text = new TextEncoder().encode(`${head}DATA ascii\n1 2 3 0\n4 5 6 0\n`);
    expect([...(await readCloud(text)).points]).toEqual(wanted);
    const body = Buffer.alloc(32);
    rows.flat().forEach((v, i) => body.writeFloatLE(v, 4 * i));
    const binary = Buffer.concat([Buffer.from(`${head}DATA binary\n`), body]);
    expect([...(await readCloud(new Uint8Array(binary))).points]).toEqual(wanted);
  });

  it("say what is wrong with a file, and never more", async () => {
    const whole = [npy(rows), zip("a.npy", npy(rows), 8)];
    for (const file of whole)
      for (let length = 0; length < file.length; length += 3)
        await readCloud(file.slice(0, length)).then(
          (cloud) => expect(cloud.points.length % 3).toBe(0),
          (e: unknown) => expect(e).toBeInstanceOf(Error),
        );
    await expect(readCloud(npy([[1, 2]]))).rejects.toThrow(CloudError);
    await expect(readCloud(new TextEncoder().encode("hello"))).rejects.toThrow("none of");
    const long = Buffer.from(npy(rows)).toString("latin1").replace("(2, 4)", "(9, 4)");
    await expect(readCloud(new Uint8Array(Buffer.from(long, "latin1")))).rejects.toThrow("shorter");
  });
});
