# SPDX-License-Identifier: Apache-2.0
"""Queries over generated spans: Vireo over HTTP beside DuckDB on the same Parquet files and SQLite rows.

    python bench/queries.py [--store DIR] [--spans 10000000] [--rounds 5] [--sqlite FILE | --no-sqlite] [--only WORDS]

The store is made when it is not there. Vireo is asked over one kept connection, the time is that of the
whole answer. "first" is the first time in a server's life (median over rounds, each with a new
server; the files are in the page cache), "again" is the same request at once again, "cold" is
the first after the files were dropped from the page cache, once. DuckDB is in this process with two threads and
keeps its connection, so that it knows the files' footers. Every answer of Vireo is compared
with DuckDB's: lists and counts exactly, percentiles within the bound that the answer states. What takes
seconds is asked once. "processor" is the processor
time of the server and of DuckDB, which other programs on the machine change less.
"""

from __future__ import annotations

import argparse
import http.client
import json
import pathlib
import sqlite3
import statistics
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb
from large_trace import measure_large_trace
from questions import Question, Rows, make_questions, traces
from servers import Server, started
from stores import connect_duckdb, duckdb_file_bytes, forget_pages, make_sqlite, make_store, segments

PROJECT = "/api/v1/projects/default"
SQLITE_SECONDS = 30
SLOW_MS = 5000  # what takes longer is not repeated


class Asker:
    """One kept connection to a server."""

    def __init__(self, server: Server) -> None:
        self.clock = ~server.process.pid << 3 | 2  # processor time of that process, as clock_getcpuclockid() gives it
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        self.connection.connect()

    def get(self, path: str) -> tuple[bytes, float]:
        """The body and the milliseconds until all of it was there."""
        begin = time.perf_counter()
        self.connection.request("GET", PROJECT + path)
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begin) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
        return body, took

    def cpu_ms(self) -> float:
        """Processor time of all threads of the server, also of those that have ended."""
        return time.clock_gettime(self.clock) * 1000

    def ask(self, question: Question) -> tuple[list[Any], float]:
        answers = [self.get(path) for path in question.paths]
        return [json.loads(body) for body, _ in answers], sum(ms for _, ms in answers)


@dataclass
class Figures:
    first: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    cold: float | None = None
    cpu: list[float] = field(default_factory=list)
    duck: list[float] = field(default_factory=list)
    duck_cpu: list[float] = field(default_factory=list)
    sqlite: float | None = None
    error: str = ""


def middle(values: list[float]) -> float:
    return statistics.median(values) if values else float("nan")


def a_trace(store: pathlib.Path, duck: duckdb.DuckDBPyConnection) -> str:
    """The id of a trace from the middle of the store."""
    middle = segments(store)[len(segments(store)) // 2]
    (found,) = duck.execute(f"select trace_id from read_parquet('{middle}') limit 1 offset 2000").fetchall()
    return bytes(found[0]).hex()


def ask_vireo(
    store: pathlib.Path, questions: list[Question], figures: dict[str, Figures], rounds: int, cold: bool
) -> dict[str, list[Any]]:
    """Answers of the last round; the times go into `figures`."""
    answers: dict[str, list[Any]] = {}
    for number in range(rounds + cold):
        if cold and number == 0:
            forget_pages(store)
        with started("vireo", store) as server:
            asker = Asker(server)
            asker.get(traces("tag.tier:nobody"))  # opens the segments
            for question in questions:
                mine = figures[question.name]
                if mine.error or sum(mine.first) > SLOW_MS:
                    continue
                try:
                    before = asker.cpu_ms()
                    answers[question.name], took = asker.ask(question)
                    cpu = asker.cpu_ms() - before
                    again = asker.ask(question)[1] if took < SLOW_MS else None
                except (RuntimeError, OSError) as problem:
                    mine.error = str(problem)
                    print(f"{question.name}: {problem}", file=sys.stderr)
                    asker = Asker(server)
                    continue
                if cold and number == 0:
                    mine.cold = took
                else:
                    mine.first.append(took)
                    mine.cpu.append(cpu)
                    mine.again += [again] if again is not None else []
    return answers


def ask_duckdb(
    duck: duckdb.DuckDBPyConnection, questions: list[Question], figures: dict[str, Figures], rounds: int
) -> dict[str, list[Rows]]:
    rows: dict[str, list[Rows]] = {}
    for number in range(rounds + 1):
        for question in questions:
            mine = figures[question.name]
            if sum(mine.duck) > SLOW_MS:
                continue
            begin, cpu = time.perf_counter(), time.process_time()
            rows[question.name] = [duck.execute(sql).fetchall() for sql in question.duck]
            took = (time.perf_counter() - begin) * 1000
            if number or took > SLOW_MS:  # the first is for its caches
                mine.duck.append(took)
                mine.duck_cpu.append((time.process_time() - cpu) * 1000)
    return rows


def ask_sqlite(connection: sqlite3.Connection, questions: list[Question], figures: dict[str, Figures]) -> None:
    """Twice, the second counts unless the first took seconds; given up after a while."""
    for question in questions:
        for _ in range(2):
            begin = time.perf_counter()
            connection.set_progress_handler(lambda b=begin: time.perf_counter() - b > SQLITE_SECONDS, 100000)
            try:
                for sql in question.lite:
                    connection.execute(sql).fetchall()
            except sqlite3.OperationalError as problem:
                if "interrupted" not in str(problem):
                    raise
                figures[question.name].sqlite = float("inf")
                break
            figures[question.name].sqlite = (time.perf_counter() - begin) * 1000
            if time.perf_counter() - begin > 2:
                break


def compare(questions: list[Question], figures: dict[str, Figures], answers: Any, rows: Any) -> None:
    for question in questions:
        if figures[question.name].error:
            continue
        try:
            question.check(answers[question.name], rows[question.name])
        except (AssertionError, KeyError, IndexError, TypeError, ValueError) as problem:
            figures[question.name].error = f"differs: {problem!r}"
            print(f"{question.name}: {problem!r}", file=sys.stderr)


def measure(
    store: pathlib.Path, rounds: int, sqlite: pathlib.Path | None, cold: bool = True, only: str = ""
) -> tuple[list[Question], dict[str, Figures]]:
    duck = connect_duckdb(store)
    questions = [q for q in make_questions(a_trace(store, duck)) if only in q.name]
    figures = {q.name: Figures() for q in questions}
    answers = ask_vireo(store, questions, figures, rounds, cold)
    rows = ask_duckdb(duck, questions, figures, rounds)
    compare(questions, figures, answers, rows)
    if sqlite:
        ask_sqlite(make_sqlite(store, sqlite), questions, figures)
    return questions, figures


def ms(value: float | None) -> str:
    if value is None or value != value:
        return "-"
    if value == float("inf"):
        return f"> {SQLITE_SECONDS * 1000}"
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def print_table(questions: list[Question], figures: dict[str, Figures]) -> None:
    print("| milliseconds | first | processor | again | cold | DuckDB | processor | SQLite | target | |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for q in questions:
        f = figures[q.name]
        first, again, duck = middle(f.first), middle(f.again), middle(f.duck)
        verdict = "met" if (again if q.cached else first) <= q.target_ms else "not met"
        if not q.cached and duck < first:
            verdict += ", slower than DuckDB"
        verdict = f.error[:60] if f.error else verdict
        times = [first, middle(f.cpu), again, f.cold, duck, middle(f.duck_cpu), f.sqlite]
        row = [*map(ms, times), f"{q.target_ms:g}", verdict]
        print(f"| {q.name} | {' | '.join(row)} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=pathlib.Path, default=pathlib.Path("bench-data/10000000"))
    parser.add_argument("--spans", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sqlite", type=pathlib.Path, help="the database; default beside the store")
    parser.add_argument("--no-sqlite", action="store_true")
    parser.add_argument("--only", default="", help="only questions whose name has these words; implies --no-sizes")
    parser.add_argument("--no-sizes", action="store_true", help="do not measure the size of a DuckDB database")
    parser.add_argument("--save", type=pathlib.Path, help="keep the figures as JSON, for growth.py")
    options = parser.parse_args()
    store = options.store.resolve()
    make_store(store, options.spans)
    lite = None if options.no_sqlite else (options.sqlite or store.with_name(store.name + ".sqlite"))
    questions, figures = measure(store, options.rounds, lite, only=options.only)
    print_table(questions, figures)
    if options.save:
        options.save.write_text(json.dumps({name: asdict(f) for name, f in figures.items()}))
    print("", flush=True)
    if not options.only:
        print(measure_large_trace())
    if not options.no_sizes and not options.only:
        mine = sum(p.stat().st_size for p in segments(store)) / options.spans
        duck = duckdb_file_bytes(store, store.parent) / options.spans
        print(f"\nBytes a span: {mine:.0f} in segments, {duck:.0f} in a DuckDB database ({mine / duck:.2f} of it)")
    return 1 if any(f.error for f in figures.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
