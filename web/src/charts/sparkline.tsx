// SPDX-License-Identifier: Apache-2.0
// A word-sized chart: bars or a line without axes, said in words for those who do
// not see it.

interface Props {
  values: readonly (number | null)[];
  /** How a value is said. */
  format?: (value: number) => string;
  label: string;
  kind?: "bar" | "line";
  width?: number;
  height?: number;
}

export function Sparkline({ values, label, format = String, kind = "bar", width = 120, height = 22 }: Props) {
  const peak = Math.max(0, ...values.filter((v) => v !== null));
  const said = `${label}: at most ${format(peak)}`;
  if (values.length === 0 || peak === 0)
    return (
      <svg class="sparkline" width={width} height={height} role="img" aria-label={`${label}: nothing`}>
        <line x1={0} x2={width} y1={height - 0.5} y2={height - 0.5} />
      </svg>
    );
  const step = width / values.length;
  const y = (v: number) => height - 1 - (Math.max(0, v) / peak) * (height - 3);
  return (
    <svg class="sparkline" width={width} height={height} role="img" aria-label={said}>
      <title>{said}</title>
      <line x1={0} x2={width} y1={height - 0.5} y2={height - 0.5} />
      {kind === "line" ? (
        <polyline
          points={values.flatMap((v, i) => (v === null ? [] : [`${(i + 0.5) * step},${y(v)}`])).join(" ")}
        />
      ) : (
        values.map((v, i) =>
          v !== null && v > 0 ? (
            <rect
              key={i}
              x={i * step}
              y={Math.min(y(v), height - 2.5)}
              width={Math.max(1, step - 1)}
              height={Math.max(1.5, height - 1 - y(v))}
            />
          ) : null,
        )
      )}
    </svg>
  );
}
