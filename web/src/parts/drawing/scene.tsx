// SPDX-License-Identifier: Apache-2.0
// A cloud of points with boxes and lines in it, on a canvas of two dimensions: each point is
// a pixel, so that a few hundred thousand of them move with the pointer.  Drag to turn, with
// Shift to move, wheel with Ctrl or + and - to come nearer, arrows to turn.
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import type { Annotation, Point3 } from "../../lib/annotation";
import { formatCount } from "../../lib/format";
import type { CloudSource } from "../../lib/media";
import { type Cloud, CloudError, readCloud } from "../../lib/pointcloud";
import {
  boundsOf,
  type Bounds3,
  boxCorners,
  BOX_EDGES,
  BOX_FRONT,
  type Orbit,
  orbitProjection,
  type Projection,
  projectLine,
} from "../../lib/space";
import { isDark, theme } from "../../state/theme";
import { useStore } from "../../state/store";
import { useAssetBlob } from "../asset";
import { Button, IconButton } from "../button";
import { keyOf, type Layer, type Linked, titleOf } from "./layers";

const HEIGHT = 340;
const NO_POINTS = new Float32Array(0);

interface Line {
  from: Point3;
  to: Point3;
}

function linesOf({ form }: Annotation): Line[] {
  const between = (points: readonly Point3[], pairs: readonly (readonly [number, number])[]) =>
    pairs.flatMap(([i, j]) => {
      const [from, to] = [points[i], points[j]];
      return from && to ? [{ from, to }] : [];
    });
  if (form.kind === "box3d") return between(boxCorners(form), [...BOX_EDGES, ...BOX_FRONT]);
  if (form.kind === "line3d")
    return between(
      form.points,
      form.points.map((_, i) => [i, i + 1] as const),
    );
  return form.kind === "points3d" ? between(form.points, form.bones) : [];
}

const dotsOf = ({ form }: Annotation): readonly Point3[] => (form.kind === "points3d" ? form.points : []);

function cornersOf(layers: readonly Layer[]): Point3[] {
  return layers.flatMap((l) =>
    l.annotations.flatMap((a) => [...linesOf(a).flatMap((x) => [x.from, x.to]), ...dotsOf(a)]),
  );
}

function useCloud(project: string, source: CloudSource | null): { cloud: Cloud | null; told: string } {
  const { blob, failed } = useAssetBlob(project, source?.points ? null : (source?.asset ?? null));
  const [read, setRead] = useState<{ blob: Blob; cloud: Cloud | null; told: string } | null>(null);
  const key = source?.key ?? "";
  useEffect(() => {
    if (!blob) return;
    let wanted = true;
    blob
      .arrayBuffer()
      .then((bytes) => readCloud(new Uint8Array(bytes), key))
      .then(
        (cloud) => wanted && setRead({ blob, cloud, told: "" }),
        (e: unknown) =>
          wanted &&
          setRead({ blob, cloud: null, told: e instanceof CloudError ? e.message : "the file is damaged" }),
      );
    return () => {
      wanted = false;
    };
  }, [blob, key]);
  const given = useMemo(
    () => source?.points && { points: Float32Array.from(source.points.flat()), count: source.points.length },
    [source],
  );
  if (given) return { cloud: given, told: "" };
  if (failed) return { cloud: null, told: "the file is gone" };
  if (source && !source.asset && source.locator)
    return {
      cloud: null,
      told: `it is at ${source.locator.slice(0, 200)}; only files that this server keeps are shown`,
    };
  return read?.blob === blob ? read : { cloud: null, told: "" };
}

interface Props extends Linked {
  project: string;
  source: CloudSource | null;
  layers: readonly Layer[];
}

export default function Scene({ project, source, layers, on = null, onPoint }: Props) {
  const { cloud, told } = useCloud(project, source);
  const points = cloud?.points ?? NO_POINTS;
  const bounds = useMemo(() => boundsOf(points, cornersOf(layers)), [points, layers]);
  return (
    <figure class="scene" aria-label="Points in space">
      {/* Another cloud is looked at from the start. */}
      <SceneCanvas
        key={points.length}
        points={points}
        bounds={bounds}
        layers={layers}
        on={on}
        onPoint={onPoint}
      />
      <figcaption class="faint">
        {told ? `The points are not shown: ${told}.` : cloud ? `${formatCount(cloud.count)} points` : ""}
        {cloud && cloud.points.length / 3 < cloud.count
          ? `, ${formatCount(cloud.points.length / 3)} of them drawn`
          : ""}
      </figcaption>
    </figure>
  );
}

interface CanvasProps extends Linked {
  points: Float32Array;
  bounds: Bounds3;
  layers: readonly Layer[];
}

const start = ({ center, radius }: Bounds3): Orbit => ({
  target: center,
  distance: 1.6 * radius,
  yaw: -2.2,
  pitch: 0.7,
});

const TOP = { yaw: -Math.PI / 2, pitch: Math.PI / 2 - 0.001 };
const SIDE = { yaw: -Math.PI / 2, pitch: 0.02 };
const TURN = 0.12;
const NEARER = 1.25;

function moved(orbit: Orbit, dx: number, dy: number): Orbit {
  const scale = orbit.distance / HEIGHT;
  const [x, y, z] = orbit.target;
  const across: Point3 = [-Math.sin(orbit.yaw) * dx, Math.cos(orbit.yaw) * dx, 0];
  const up = { flat: Math.sin(orbit.pitch) * dy, high: Math.cos(orbit.pitch) * dy };
  return {
    ...orbit,
    target: [
      x - scale * (across[0] + Math.cos(orbit.yaw) * up.flat),
      y - scale * (across[1] + Math.sin(orbit.yaw) * up.flat),
      z + scale * up.high,
    ],
  };
}

function turned(orbit: Orbit, yaw: number, pitch: number): Orbit {
  const limit = Math.PI / 2 - 0.001;
  return { ...orbit, yaw: orbit.yaw + yaw, pitch: Math.max(-limit, Math.min(limit, orbit.pitch + pitch)) };
}

const KEYS: Record<string, (o: Orbit) => Orbit> = {
  ArrowLeft: (o) => turned(o, TURN, 0),
  ArrowRight: (o) => turned(o, -TURN, 0),
  ArrowUp: (o) => turned(o, 0, TURN),
  ArrowDown: (o) => turned(o, 0, -TURN),
  "+": (o) => ({ ...o, distance: o.distance / NEARER }),
  "-": (o) => ({ ...o, distance: o.distance * NEARER }),
};

function SceneCanvas({ points, bounds, layers, on = null, onPoint }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef(0);
  const [orbit, setOrbit] = useState(() => start(bounds));
  const [size, resized] = useReducer((_: number, width: number) => width, 0);
  const dark = (useStore(theme), isDark());
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const observer = new ResizeObserver(() => resized(element.clientWidth));
    observer.observe(element);
    resized(element.clientWidth);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      if (canvas.current && size > 0) draw(canvas.current, size, { points, bounds, layers, orbit, on, dark });
    });
    return () => cancelAnimationFrame(frame.current);
  }, [points, bounds, layers, orbit, on, size, dark]);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const move = (event: PointerEvent) => {
    if (!drag.current) {
      onPoint?.(nearest(event, layers, orbit));
      return;
    }
    const [dx, dy] = [event.clientX - drag.current.x, event.clientY - drag.current.y];
    drag.current = { x: event.clientX, y: event.clientY };
    setOrbit((o) =>
      event.shiftKey || event.buttons === 4 ? moved(o, dx, dy) : turned(o, -dx / 150, dy / 150),
    );
  };
  const wheel = (event: WheelEvent) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    setOrbit((o) => ({ ...o, distance: o.distance * NEARER ** Math.sign(event.deltaY) }));
  };
  const keys = (event: KeyboardEvent) => {
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    setOrbit(act);
  };
  return (
    <>
      <div class="scene-bar">
        <Button look="quiet" onClick={() => setOrbit((o) => ({ ...o, ...TOP }))}>
          Top
        </Button>
        <Button look="quiet" onClick={() => setOrbit((o) => ({ ...o, ...SIDE }))}>
          Side
        </Button>
        <Button look="quiet" onClick={() => setOrbit(start(bounds))}>
          Fit
        </Button>
        <span class="grow" />
        <IconButton icon="minus" label="Farther" onClick={() => setOrbit((o) => KEYS["-"]?.(o) ?? o)} />
        <IconButton icon="plus" label="Nearer" onClick={() => setOrbit((o) => KEYS["+"]?.(o) ?? o)} />
      </div>
      <canvas
        ref={canvas}
        class="scene-canvas"
        style={{ height: `${HEIGHT}px` }}
        tabIndex={0}
        role="img"
        aria-label="Points and boxes; arrows turn, + and - come nearer"
        onPointerDown={(e) => {
          e.currentTarget.setPointerCapture(e.pointerId);
          drag.current = { x: e.clientX, y: e.clientY };
        }}
        onPointerMove={move}
        onPointerUp={() => (drag.current = null)}
        onPointerCancel={() => (drag.current = null)}
        onPointerLeave={() => onPoint?.(null)}
        onWheel={wheel}
        onKeyDown={keys}
      />
    </>
  );
}

const REACH = 8;

/** What has a line under the pointer. */
function nearest(event: PointerEvent, layers: readonly Layer[], orbit: Orbit): string | null {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const p = orbitProjection(orbit, box.width, box.height);
  let best: { key: string; far: number } | null = null;
  layers.forEach((layer, l) =>
    layer.annotations.forEach((a, i) => {
      for (const { from, to } of linesOf(a)) {
        const line = projectLine(p, from, to);
        if (!line) continue;
        const [[ax, ay], [bx, by]] = line;
        const long = (bx - ax) ** 2 + (by - ay) ** 2 || 1;
        const t = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / long));
        const far = Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
        if (far < REACH && far < (best?.far ?? Infinity)) best = { key: keyOf(l, i), far };
      }
    }),
  );
  return (best as { key: string } | null)?.key ?? null;
}

interface View {
  points: Float32Array;
  bounds: Bounds3;
  layers: readonly Layer[];
  orbit: Orbit;
  on: string | null;
  dark: boolean;
}

function draw(canvas: HTMLCanvasElement, width: number, view: View): void {
  const scale = Math.min(2, devicePixelRatio || 1);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(HEIGHT * scale);
  const context = canvas.getContext("2d");
  if (!context) return;
  drawPoints(context, canvas, orbitProjection(view.orbit, canvas.width, canvas.height), view);
  context.scale(scale, scale);
  drawLines(context, getComputedStyle(canvas), orbitProjection(view.orbit, width, HEIGHT), view);
}

/** Greys, the low ones fainter: colours are for what is said of the points. */
const LIGHT = [205, 185, 160, 130, 95];
const DARK = [62, 82, 108, 140, 180];

function drawPoints(
  context: CanvasRenderingContext2D,
  canvas: HTMLCanvasElement,
  p: Projection,
  view: View,
): void {
  const { points, bounds, dark } = view;
  const { width, height } = canvas;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const greys = dark ? DARK : LIGHT;
  const colors = greys.map((g) => (255 << 24) | (g << 16) | (g << 8) | g);
  const [low, high] = bounds.heights;
  const step = greys.length / (high - low || 1);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0, l = 0] = p;
  for (let at = 0; at < points.length; at += 3) {
    const x = points[at] ?? 0;
    const y = points[at + 1] ?? 0;
    const z = points[at + 2] ?? 0;
    const ahead = i * x + j * y + k * z + l;
    if (ahead < 0.05) continue;
    const u = ((a * x + b * y + c * z + d) / ahead) | 0;
    const v = ((e * x + f * y + g * z + h) / ahead) | 0;
    if (u < 0 || v < 0 || u >= width - 1 || v >= height - 1) continue;
    const color = colors[Math.max(0, Math.min(greys.length - 1, ((z - low) * step) | 0))] ?? 0;
    pixels[v * width + u] = color;
    pixels[v * width + u + 1] = color;
  }
  context.putImageData(image, 0, 0);
}

function drawLines(
  context: CanvasRenderingContext2D,
  style: CSSStyleDeclaration,
  p: Projection,
  view: View,
): void {
  context.font = `11px ${style.fontFamily}`;
  context.lineJoin = "round";
  view.layers.forEach((layer, l) => {
    context.strokeStyle = context.fillStyle = colorOf(context.canvas, layer.color);
    layer.annotations.forEach((annotation, i) => {
      const pointed = view.on === keyOf(l, i);
      context.lineWidth = pointed ? 3 : 1.4;
      context.beginPath();
      let top: readonly [number, number] | null = null;
      for (const { from, to } of linesOf(annotation)) {
        const line = projectLine(p, from, to);
        if (!line) continue;
        const [s, e] = line;
        context.moveTo(s[0], s[1]);
        context.lineTo(e[0], e[1]);
        for (const end of line) if (!top || end[1] < top[1]) top = end;
      }
      // A rim in the colour of the ground keeps lines apart from the points beneath.
      context.save();
      context.strokeStyle = colorOf(context.canvas, "--bg-sunk");
      context.lineWidth += 2.5;
      context.stroke();
      context.restore();
      context.stroke();
      for (const dot of dotsOf(annotation)) {
        const seen = projectLine(p, dot, dot)?.[0];
        if (seen) context.fillRect(seen[0] - 2, seen[1] - 2, 4, 4);
      }
      const title = titleOf(annotation);
      if (top && title) context.fillText(title, top[0] + 3, top[1] - 3);
    });
  });
}

/** Custom properties as the canvas knows them. */
function colorOf(canvas: HTMLCanvasElement, property: string): string {
  canvas.style.color = `var(${property})`;
  return getComputedStyle(canvas).color;
}
