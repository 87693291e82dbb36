// SPDX-License-Identifier: Apache-2.0
// Icons: strokes on a 16 px grid, in the colour of the text.  Decoration only:
// what an icon says is also said in words or in the label of its button.

const PATHS = {
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14",
  traces: "M2 4h7M4.5 8H12M7 12h7",
  models: "M8 1.8 14 5v6l-6 3.2L2 11V5Zm0 0V8m6-3L8 8 2 5m6 3v6",
  explore: "M2.5 2.5v11h11M5 10.5l2.6-3.2 2.2 1.8L13 5",
  judges: "M8 2.5v11m-3 0h6M3 4.5h10M3 4.5 1.2 9h3.6Zm10 0L11.2 9h3.6Z",
  tests: "M6 2.5h4m-3 0v4L3 13.5h10l-4-7v-4M5 10h6",
  thumbup: "M5 7.5 7.5 2a1.6 1.6 0 0 1 1.5 1.8V6.5h4l-1 7H5Zm-3 0h3v6H2Z",
  thumbdown: "M11 8.5 8.5 14A1.6 1.6 0 0 1 7 12.2V9.5H3l1-7h7Zm3 0h-3v-6h3Z",
  same: "M3 6h10M3 10h10",
  compare: "M5.5 2.5v11M10.5 2.5v11M2.5 5.5h3m-3 5h3m5-5h3m-3 5h3",
  save: "M4 2.5h8v11l-4-3-4 3Z",
  settings: "M2 4.5h7m3 0h2M2 11.5h2m3 0h7M10.5 2.8v3.4M5.5 9.8v3.4",
  down: "m4 6 4 4 4-4",
  right: "m6 4 4 4-4 4",
  left: "m10 4-4 4 4 4",
  up: "m4 10 4-4 4 4",
  close: "m4 4 8 8m0-8-8 8",
  check: "m3 8.5 3.2 3.2L13 5",
  error: "M8 2.2 14.5 13.5h-13ZM8 6.5v3.2m0 1.9v.1",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-7v4m0-5.8V5",
  copy: "M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3",
  open: "M9 2.5h4.5V7m0-4.5L7.5 8.5M6 3.5H2.5v10h10V10",
  columns: "M2.5 3h11v10h-11ZM6.2 3v10m3.6-10v10",
  download: "M8 2v8m-3.2-3L8 10.2 11.2 7M2.5 13.5h11",
  link: "m6.5 9.5 3-3M7 4.5l1-1a3.2 3.2 0 0 1 4.5 4.5l-1 1M9 11.5l-1 1A3.2 3.2 0 0 1 3.5 8l1-1",
  refresh: "M13.5 3v3.5H10M13 6.2A5.5 5.5 0 1 0 13.4 9",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.5v1.6m0 9.8v1.6M1.5 8h1.6m9.8 0h1.6M3.4 3.4l1.1 1.1m7 7 1.1 1.1m0-9.2-1.1 1.1m-7 7-1.1 1.1",
  moon: "M13.5 9.5A5.8 5.8 0 0 1 6.5 2.5a5.8 5.8 0 1 0 7 7Z",
  system: "M2 3h12v8H2Zm4 10.5h4M8 11v2.5",
  plus: "M8 3v10M3 8h10",
  edit: "m10.5 3 2.5 2.5-7 7H3.5V10Z",
  branch:
    "M4.5 11V5m0 0a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Zm0 6a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3Zm7-4a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Zm0 0c0 2.5-3.5 2-6 3.5",
  filter: "M2 3h12L9.5 8.5v4l-3 1.5V8.5Z",
  minus: "M4 8h8",
  dot: "M8 9a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path class="logo-wing" d="M1.6 3.2h3.2L8 9.6l3.2-6.4h3.2L9.2 13.4H6.8z" />
      <circle class="logo-head" cx="8" cy="3.6" r="1.5" />
    </svg>
  );
}
