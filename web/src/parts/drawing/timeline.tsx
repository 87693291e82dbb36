// SPDX-License-Identifier: Apache-2.0
// Stretches of a sound or a video on tracks: one for each layer and group, in lanes where
// they overlap.  With a player above, a click goes there; the line tells where it is.
import { type MutableRef, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Form } from "../../lib/annotation";
import type { Media } from "../../lib/media";
import { ticks } from "../../lib/plots";
import { lanesOf } from "../../lib/textruns";
import { useAssetBlob, useObjectUrl } from "../asset";
import { IconButton } from "../button";
import { keyOf, type Layer, type Linked, titleOf } from "./layers";

type TimeForm = Extract<Form, { kind: "time" }>;

interface Track {
  title: string;
  color: string;
  depth: number;
  stretches: { key: string; title: string; start: number; end: number; lane: number; label: string }[];
}

export function tracksOf(layers: readonly Layer[]): Track[] {
  return layers.flatMap((layer, l) => {
    const groups = new Map<string, { form: TimeForm; index: number; title: string; label: string }[]>();
    layer.annotations.forEach((a, index) => {
      if (a.form.kind !== "time") return;
      const { form } = a;
      groups.set(form.group, [
        ...(groups.get(form.group) ?? []),
        { form, index, title: titleOf(a), label: a.label },
      ]);
    });
    return [...groups].map(([group, list]) => {
      const lanes = lanesOf(list.map((s) => s.form));
      return {
        title: [layer.name, group].filter(Boolean).join(" · "),
        color: layer.color,
        depth: Math.max(...lanes) + 1,
        stretches: list.map((s, i) => ({
          key: keyOf(l, s.index),
          title: s.title,
          label: s.label,
          start: s.form.start,
          end: s.form.end,
          lane: lanes[i] ?? 0,
        })),
      };
    });
  });
}

/** 75.5 is 1:15.5. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds / 60);
  const rest = seconds - 60 * whole;
  const text = rest.toFixed(Number.isInteger(Number(rest.toFixed(3))) ? 0 : 1);
  return `${whole}:${Number(text) < 10 ? "0" : ""}${text}`;
}

interface Props extends Linked {
  project: string;
  media: Media | null;
  layers: readonly Layer[];
  /** Goes to a time; the table does it too. */
  seek: MutableRef<(seconds: number) => void>;
}

export function TimeLine({ project, media, layers, seek, on, onPoint }: Props) {
  const tracks = useMemo(() => tracksOf(layers), [layers]);
  const [player, setPlayer] = useState<HTMLMediaElement | null>(null);
  const [length, setLength] = useState(0);
  const ends = tracks.flatMap((t) => t.stretches.map((s) => s.end));
  const duration = Math.max(length, media?.end ?? 0, ...ends) || 1;
  seek.current = (seconds) => {
    if (!player) return;
    player.currentTime = seconds;
    void player.play().catch(() => undefined);
  };
  return (
    <section class="time-line" aria-label="Time line">
      {media && <Player project={project} media={media} onPlayer={setPlayer} onLength={setLength} />}
      <Tracks tracks={tracks} duration={duration} player={player} seek={seek} on={on} onPoint={onPoint} />
    </section>
  );
}

interface PlayerProps {
  project: string;
  media: Media;
  onPlayer: (element: HTMLMediaElement | null) => void;
  onLength: (seconds: number) => void;
}

function Player({ project, media, onPlayer, onLength }: PlayerProps) {
  const { blob, failed } = useAssetBlob(project, media.asset);
  const url = useObjectUrl(blob);
  const [broken, setBroken] = useState(false);
  const what = media.kind === "audio" ? "sound" : "video";
  if (!media.asset)
    return (
      <p class="muted">
        The {what} is at <span class="mono">{media.locator.slice(0, 200)}</span>; only files that this server
        keeps are played here.
      </p>
    );
  if (failed || broken)
    return <p class="muted">The {what} is gone, or of a kind that this browser does not play.</p>;
  if (url === null) return <p class="faint">Loading the {what} …</p>;
  const props = {
    src: url,
    controls: true,
    preload: "metadata" as const,
    onLoadedMetadata: (e: Event) => {
      const element = e.currentTarget as HTMLMediaElement;
      if (Number.isFinite(element.duration)) onLength(element.duration);
      if (media.start !== null) element.currentTime = media.start;
    },
    onError: () => setBroken(true),
  };
  return media.kind === "audio" ? <audio ref={onPlayer} {...props} /> : <video ref={onPlayer} {...props} />;
}

const LANE = 16;
const MAX_ZOOM = 64;

interface TracksProps extends Linked {
  tracks: readonly Track[];
  duration: number;
  player: HTMLMediaElement | null;
  seek: MutableRef<(seconds: number) => void>;
}

function Tracks({ tracks, duration, player, seek, on = null, onPoint }: TracksProps) {
  const [zoom, setZoom] = useState(1);
  const place = (seconds: number) => `${(seconds / duration) * 100}%`;
  const go = (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    seek.current(((event.clientX - box.left) / box.width) * duration);
  };
  return (
    <div class="tracks">
      <div class="tracks-names">
        <span class="tracks-zoom">
          <IconButton icon="minus" label="Shorter" disabled={zoom <= 1} onClick={() => setZoom(zoom / 2)} />
          <IconButton
            icon="plus"
            label="Longer"
            disabled={zoom >= MAX_ZOOM}
            onClick={() => setZoom(zoom * 2)}
          />
        </span>
        {tracks.map((t, i) => (
          <span key={i} class="track-name cut" title={t.title} style={{ height: `${LANE * t.depth + 6}px` }}>
            <span class="dot dot-small" style={{ background: `var(${t.color})` }} /> {t.title}
          </span>
        ))}
      </div>
      <div class="tracks-scroll" tabIndex={0} role="group" aria-label="Tracks">
        <div class="tracks-sheet" style={{ width: `${100 * zoom}%` }} onClick={go}>
          <div class="tracks-ruler">
            {ticks(0, duration, 6 * zoom)
              .filter((t) => t < duration * 0.98)
              .map((t) => (
                <span key={t} style={{ left: place(t) }}>
                  {clock(t)}
                </span>
              ))}
          </div>
          {tracks.map((t, i) => (
            <div key={i} class="track" style={{ height: `${LANE * t.depth + 6}px` }}>
              {t.stretches.map((s) => (
                <span
                  key={s.key}
                  class={s.key === on ? "stretch stretch-on" : "stretch"}
                  title={`${s.title} ${clock(s.start)}–${clock(s.end)}`.trim()}
                  style={{
                    left: place(s.start),
                    width: place(Math.max(s.end - s.start, 0)),
                    top: `${3 + LANE * s.lane}px`,
                    "--stretch": `var(${t.color})`,
                  }}
                  onPointerEnter={() => onPoint?.(s.key)}
                  onPointerLeave={() => onPoint?.(null)}
                  onClick={(e) => {
                    e.stopPropagation();
                    seek.current(s.start);
                  }}
                >
                  {s.label}
                </span>
              ))}
            </div>
          ))}
          <PlayHead player={player} duration={duration} />
        </div>
      </div>
    </div>
  );
}

const MOVES = ["play", "pause", "seeking", "timeupdate", "loadedmetadata"] as const;

/** Moved by hand, with each frame while it plays: nothing is drawn anew. */
function PlayHead({ player, duration }: { player: HTMLMediaElement | null; duration: number }) {
  const line = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!player) return;
    let frame = 0;
    const follow = () => {
      cancelAnimationFrame(frame);
      if (line.current) line.current.style.left = `${(player.currentTime / duration) * 100}%`;
      if (!player.paused && !player.ended) frame = requestAnimationFrame(follow);
    };
    follow();
    for (const move of MOVES) player.addEventListener(move, follow);
    return () => {
      cancelAnimationFrame(frame);
      for (const move of MOVES) player.removeEventListener(move, follow);
    };
  }, [player, duration]);
  return <span class="play-head" ref={line} hidden={player === null} aria-hidden="true" />;
}
