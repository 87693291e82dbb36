# SPDX-License-Identifier: Apache-2.0
"""The questions of the query benchmark: each as a request, as SQL for DuckDB over the segments and
for SQLite over rows, and how the answers are compared."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Rows = list[tuple[Any, ...]]

FACETS = {  # field of the filter language: column of the segments, column of the SQLite table
    "status": ("status", "status"),
    "type": ("type", "type"),
    "name": ("name", "name"),
    "model": ("model", "substr(model, 1, instr(model, ':v') - 1)"),
    "service": ("service", "service"),
    "llm.model": ("llm_model", "llm_model"),
    "tag.country": ('"attr.country"', "country"),
    "tag.tier": ('"attr.tier"', "tier"),
    "tag.version": ('"attr.version"', "version"),
    "tag.region": ('"attr.region"', "region"),
    "tag.http.route": ('"attr.http.route"', "route"),
    "tag.customer.id": ('"attr.customer.id"', "customer"),
}
ABSENT = "a walrus signed the contract"
RARE = "the amethyst kestrel clause"
SPREAD = "count,mean(latency),p50(latency),p95(latency),p99(latency)"


@dataclass
class Question:
    """`paths` are requested one after the other, as `duck` and `lite` are executed."""

    name: str
    target_ms: float
    paths: list[str]
    duck: list[str]
    lite: list[str]
    check: Callable[[list[Any], list[Rows]], None]
    cached: bool = False  # the second run is what counts


def traces(query: str, **more: Any) -> str:
    rest = "".join(f"&{k}={quote(str(v))}" for k, v in more.items())
    return f"/traces?query={quote(query)}{rest}"


def aggregate(measure: str, by: str = "", query: str = "", **more: Any) -> str:
    rest = "".join(f"&{k}={quote(str(v))}" for k, v in more.items())
    return f"/aggregate?measure={quote(measure)}&by={quote(by)}&query={quote(query)}&top=1000{rest}"


def same(mine: Any, other: Any, what: str) -> None:
    if mine != other:
        raise AssertionError(f"{what}: {str(mine)[:300]} is not {str(other)[:300]}")


def close(mine: float, other: float, bound: float, what: str) -> None:
    if not math.isclose(mine, other, rel_tol=bound):
        raise AssertionError(f"{what}: {mine} is not within {bound:.2%} of {other}")


def text(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def check_page(answers: list[Any], rows: list[Rows]) -> None:
    """What a line of the list shows, not only which traces are in it."""
    fields = ("name", "status", "service", "input_preview", "output_preview")
    mine = [(t["trace_id"], t["span_count"], *(t[f] for f in fields)) for t in answers[0]["items"]]
    same(mine, [(bytes(r[0]).hex(), r[1], *(r[2][f] for f in fields)) for r in rows[0]], "lines")


def check_set(answers: list[Any], rows: list[Rows]) -> None:
    same({t["trace_id"] for t in answers[0]["items"]}, {bytes(r[0]).hex() for r in rows[0]}, "traces")


def check_trace(answers: list[Any], rows: list[Rows]) -> None:
    mine = {s["span_id"]: (s["input"], s["output"], s["duration_ns"]) for s in answers[0]["spans"]}
    same(mine, {bytes(r[0]).hex(): (r[1], r[2], r[3]) for r in rows[0]}, "spans")


def check_counts(answers: list[Any], rows: list[Rows]) -> None:
    mine = {text(g["key"][0]): int(g["values"][0]) for g in answers[0]["groups"] if g["key"][0] is not None}
    same(mine, {text(r[0]): r[1] for r in rows[0] if r[0] is not None}, "counts")


def check_one_count(answers: list[Any], rows: list[Rows]) -> None:
    same(int(answers[0]["total"]["values"][0]), rows[0][0][0], "count")


def check_percentiles(answers: list[Any], rows: list[Rows]) -> None:
    groups = {text(g["key"][0]): g["values"] for g in answers[0]["groups"]}
    same(sorted(groups), sorted(r[0] for r in rows[0]), "models")
    for model, count, mean, quantiles in rows[0]:
        values = groups[model]
        same(int(values[0]), count, f"count of {model}")
        close(values[1], mean, 1e-6, f"mean of {model}")
        for mine, exact in zip(values[2:], quantiles, strict=True):
            close(mine, exact, answers[0]["error_bound"] * 1.01 + 1e-4, f"percentile of {model}")


def check_facets(answers: list[Any], rows: list[Rows]) -> None:
    for item, exact in zip(answers[0]["items"], rows, strict=True):
        mine = sorted((v["count"] for v in item["values"]), reverse=True)
        same(mine, [r[1] for r in exact][: len(mine)], f"facet {item['field']}")
        same(len(mine), len(exact), f"values of {item['field']}")


def check_dashboard(answers: list[Any], rows: list[Rows]) -> None:
    check_counts(answers[0:1], rows[0:1])
    mine = {text(g["key"][0]): sum(v or 0 for v in g["series"][0]) for g in answers[1]["groups"]}
    same(mine, {text(r[0]): r[1] for r in rows[1]}, "errors over time")
    check_counts(answers[2:3], rows[2:3])
    check_percentiles(answers[3:4], rows[3:4])


def facet_sql(column: str) -> str:
    return (
        f"select {column} v, count(distinct trace_id) n from spans where {column} is not null "
        "group by 1 order by 2 desc limit 10"
    )


def phrase(name: str, words: str) -> Question:
    duck = " or ".join(f"{c} ilike '%{words}%'" for c in ("input", "output", "name", "error_message"))
    lite = " or ".join(f"{c} like '%{words}%'" for c in ("input", "output", "name"))
    return Question(
        name, 1500, [traces(f'"{words}"', limit=50)],
        [f"select distinct trace_id from spans where {duck}"], [f"select distinct trace_id from spans where {lite}"],
        check_set,
    )  # fmt: skip


def make_questions(trace_id: str) -> list[Question]:
    newest = (
        "select trace_id, max({}) t from spans where status = 'error' and {} = 'DE' "
        "group by trace_id order by t desc limit 50"
    )
    page = (  # the lines of these traces: how many spans, and of the root what the list shows
        "with page as (" + newest.format("epoch_ns(trace_start)", '"attr.country"') + ") "
        "select trace_id, count(distinct span_id), arg_min(struct_pack(name, type, status, model, error_type, "
        "error_message, service, session, input_tokens, output_tokens, input_preview := left(input, 256), "
        "output_preview := left(output, 256)), (parent_id is not null, start)), min(epoch_ns(start)), max(duration) "
        "from spans join page using (trace_id) group by trace_id order by any_value(t) desc"
    )
    percentiles = (
        "select model || ':v' || model_version, count(*), avg(duration), quantile_disc(duration, [0.5, 0.95, 0.99]) "
        "from spans group by 1"
    )
    ranked = "row_number() over (partition by model order by duration) r, count(*) over (partition by model) n"
    at = ", ".join(f"max(case when r = cast(n * {p} as int) + 1 then duration end)" for p in (0.5, 0.95, 0.99))
    lite_percentiles = (
        f"select model, max(n), avg(duration), {at} from (select model, duration, {ranked} from spans) group by model"
    )
    errors = (
        "select {}, count(*), avg(duration) from spans where status = 'error' group by 1",
        "select model || ':v' || model_version, sum(n) from (select model, model_version, "
        "epoch_ns(start) // 86400000000000 b, count(*) filter (status = 'error') n from spans group by 1, 2, 3) "
        "group by 1",
        "select model, sum(n) from (select model, start / 86400000000000 b, sum(status = 'error') n from spans "
        "group by 1, 2) group by 1",
    )
    counts = "select {}, count(*) from spans group by 1"
    columns = "span_id, input, output, duration"
    escaped = "".join(f"\\x{trace_id[i : i + 2]}" for i in range(0, 32, 2))
    return [
        Question("newest 50 of a filter", 10, [traces("span(status:error tag.country:DE)", limit=50)],
                 [page], [newest.format("trace_start", "country")], check_page),
        Question("trace by id", 5, [f"/traces/{trace_id}"],
                 [f"select {columns} from spans where trace_id = '{escaped}'::blob"],
                 [f"select {columns} from spans where trace_id = x'{trace_id}'"], check_trace),
        Question("count by the values of a tag", 60, [aggregate("count", "tag.country")],
                 [counts.format('"attr.country"')], [counts.format("country")], check_counts),
        Question("count of one value of a tag", 60, [aggregate("count", query="tag.country:DE")],
                 ["select count(*) from spans where \"attr.country\" = 'DE'"],
                 ["select count(*) from spans where country = 'DE'"], check_one_count),
        Question("mean, p50, p95, p99 of latency by model", 100,
                 [aggregate(SPREAD, "model")],
                 [percentiles], [lite_percentiles], check_percentiles),
        Question("facets of 12 keys", 150, [f"/traces/facets?keys={quote(','.join(FACETS))}&top=10"],
                 [facet_sql(d) for d, _ in FACETS.values()], [facet_sql(s) for _, s in FACETS.values()], check_facets),
        phrase("phrase search, absent", ABSENT),
        phrase("phrase search, in 7 traces", RARE),
        Question("dashboard of 4 panels, again", 5,
                 [aggregate("count,mean(latency)", "tag.region", "status:error"),
                  aggregate("errors,count", "model", step="1d"),
                  aggregate("count", "tag.country"), aggregate(SPREAD, "model")],
                 [errors[0].format('"attr.region"'), errors[1], counts.format('"attr.country"'), percentiles],
                 [errors[0].format("region"), errors[2], counts.format("country"), lite_percentiles],
                 check_dashboard, cached=True),
    ]  # fmt: skip
