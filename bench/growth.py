# SPDX-License-Identifier: Apache-2.0
"""How the cost of queries grows with the number of spans: a table, and a plot of the processor time for docs/.

    python bench/growth.py [--folder bench-data] [--sizes 100000,1000000,10000000] [--rounds 3] [--plot FILE]

The stores are made in the folder where they are missing; `--store SIZE=DIR` names one that is
elsewhere, and `--result SIZE=FILE` figures that queries.py has just measured and saved.
50 million spans take 16 GB and half an hour: add 50000000 to --sizes.
"""

from __future__ import annotations

import argparse
import json
import math
import pathlib
import sys
from dataclasses import dataclass

from queries import Figures, measure, middle, ms
from servers import ROOT
from stores import make_store

WIDTH, HEIGHT = 860, 470
LEFT, RIGHT, TOP, BOTTOM = 62, 268, 34, 46
COLOURS = ("#3366cc", "#c2410c", "#0f766e", "#7c3aed", "#b91c1c", "#57534e", "#a16207", "#be185d", "#15803d")


@dataclass
class Line:
    name: str
    points: list[tuple[int, float]]


def spans_text(count: int) -> str:
    return f"{count // 10**6} M" if count >= 10**6 else f"{count // 1000} k"


def ms_text(value: float) -> str:
    return f"{value:g} ms" if value < 1000 else f"{value / 1000:g} s"


@dataclass
class Axes:
    """Both logarithmic."""

    sizes: list[int]
    low: int
    high: int

    def x(self, count: float) -> float:
        first, last = math.log10(self.sizes[0]), math.log10(self.sizes[-1])
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(count) - first) / max(1e-9, last - first)

    def y(self, value: float) -> float:
        share = (math.log10(value) - self.low) / max(1, self.high - self.low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def spread(wanted: list[float], gap: float) -> list[float]:
    """The heights of labels, moved apart so that none covers another."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    placed = list(wanted)
    for before, here in zip(order, order[1:], strict=False):
        placed[here] = max(placed[here], placed[before] + gap)
    over = max([0.0, *(placed[i] - (HEIGHT - BOTTOM) for i in order[-1:])])
    return [p - over for p in placed]


def grid(axes: Axes) -> list[str]:
    parts = []
    for power in range(axes.low, axes.high + 1):
        y = axes.y(10**power)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{ms_text(10.0**power)}</text>')
    for size in axes.sizes:
        x = axes.x(size)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{spans_text(size)}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{HEIGHT - 6}" text-anchor="middle">spans in the store</text>')
    return parts


def draw(lines: list[Line], sizes: list[int]) -> str:
    """An SVG of one line for each question, named at its end."""
    lines = [line for line in lines if line.points]
    values = [value for line in lines for _, value in line.points]
    axes = Axes(sizes, math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'role="img" aria-label="Time of queries by the number of spans">',
        "<style>text{font:12px system-ui,sans-serif;fill:#333}.grid{stroke:#e4e4e4}.title{font-weight:600}"
        "path{fill:none;stroke-width:2}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text class="title" x="{LEFT}" y="20">Processor time of a first answer</text>',
        *grid(axes),
    ]
    labels = spread([axes.y(line.points[-1][1]) for line in lines], 17)
    for number, (line, label) in enumerate(zip(lines, labels, strict=True)):
        colour = COLOURS[number % len(COLOURS)]
        places = [(axes.x(count), axes.y(value)) for count, value in line.points]
        path = " ".join(f"{'M' if i == 0 else 'L'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(places))
        end = places[-1]
        parts.append(f'<path d="{path}" stroke="{colour}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        parts.append(
            f'<path d="M{end[0] + 5:.1f} {end[1]:.1f} L{WIDTH - RIGHT + 16} {label:.1f}" stroke="{colour}" '
            'style="stroke-width:1" opacity="0.5"/>'
        )
        parts.append(f'<text x="{WIDTH - RIGHT + 20}" y="{label + 4:.1f}" style="fill:{colour}">{line.name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def print_table(names: list[str], sizes: list[int], results: dict[int, dict[str, Figures]]) -> None:
    print("| processor time in ms, Vireo (DuckDB) | " + " | ".join(spans_text(s) for s in sizes) + " |")
    print("| --- |" + " ---: |" * len(sizes))
    for name in names:
        cells = []
        for size in sizes:
            figures = results[size][name]
            times = f"{ms(middle(figures.cpu))} ({ms(middle(figures.duck_cpu))})"
            cells.append(times if figures.cpu else "-")
        print(f"| {name.removesuffix(', again')} | {' | '.join(cells)} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("bench-data"))
    parser.add_argument("--sizes", default="100000,1000000,10000000")
    parser.add_argument("--store", action="append", default=[], metavar="SIZE=DIR")
    parser.add_argument("--result", action="append", default=[], metavar="SIZE=FILE", help="of queries.py --save")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plot", type=pathlib.Path, default=ROOT / "docs" / "growth.svg")
    options = parser.parse_args()
    sizes = sorted(int(s) for s in options.sizes.split(","))
    elsewhere = dict(named.split("=", 1) for named in options.store)
    known = dict(named.split("=", 1) for named in options.result)
    results: dict[int, dict[str, Figures]] = {}
    names: list[str] = []
    for size in sizes:
        if str(size) in known:
            saved = json.loads(pathlib.Path(known[str(size)]).read_text())
            results[size] = {name: Figures(**figures) for name, figures in saved.items()}
            names = list(saved)
            continue
        store = pathlib.Path(elsewhere.get(str(size), options.folder / str(size))).resolve()
        make_store(store, size)
        questions, results[size] = measure(store, options.rounds, None, cold=False)
        names = [q.name for q in questions]
    print_table(names, sizes, results)
    lines = [
        Line(n, [(s, middle(results[s][n].cpu)) for s in sizes if results[s][n].cpu])
        for n in names
        if not n.endswith("again")
    ]
    options.plot.write_text(draw(lines, sizes))
    return 1 if any(f.error for by_name in results.values() for f in by_name.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
