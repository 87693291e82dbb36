# SPDX-License-Identifier: Apache-2.0
"""`vireo worker`: judges over stored and live traces of any client.

    vireo worker                                           the server's rules, until it is stopped
    vireo worker --judge helpful:v2 --where QUERY --once   a backfill

It keeps no state.  What is left to judge is what `WHERE -judge:name:vN` finds, of traces
or of spans; the judged spans are read a hundred at once, by the thread that lists.
score ids follow from trace, span, judge and name: a worker that is killed costs what
it had not sent yet, and two workers do the same work twice, not wrongly.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import queue
import re
import signal
import sys
import threading
import time
import urllib.parse
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Callable, NamedTuple

from .._client import Vireo
from .._code_process import CodePool
from .._errors import NotFoundError, RefusedError, VireoError
from .._judging import share
from .._model import split_tag
from .._remote import is_away
from ._judge import body, chosen
from ._llm import LLMJudge, endpoint_url
from ._outbox import Outbox
from ._panel import CodeJudge, Panel, Runnable, Subject, subject_of, subject_of_span

PAGE = 1000
READ = 100  # spans whole at once
BACKLOG = 5_000  # scores that may wait to be sent while judging goes on
OVERLAP = datetime.timedelta(hours=1)  # traces that arrive late, or take long
RECENT = datetime.timedelta(minutes=2)  # of it, what rules look at each time: all of it once in WHOLE_SECONDS
WHOLE_SECONDS = 60.0
REMEMBERED = 100_000
OUTAGE_SECONDS = 60.0  # that a backfill waits for a server that went away
_WHOLE = frozenset({"trace", "expected"})
_AGO = re.compile(r"^(\d+(?:\.\d+)?)([smhdw])$")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PLAIN = re.compile(r"^[\w./@$-]+$")


class Refused(Exception):
    """This worker may not or cannot run that judge.

    Attributes:
        problem: why.
        option: of the worker that would let it; empty when none does.
    """

    def __init__(self, problem: str, option: str = "", what: str = "") -> None:
        super().__init__(f"{problem}: {what}" if what else problem)
        self.problem = problem
        self.option = option


class Job(NamedTuple):
    """A judge over the traces, or the spans, of a query."""

    tag: str
    where: str
    sample: float
    since: datetime.datetime | None
    until: datetime.datetime | None
    spans: bool = False

    def query(self) -> str:
        """What is left to do; calls of LLM judges are nobody's to judge."""
        tag = self.tag if all(_PLAIN.match(p) for p in self.tag.split(":")) else json.dumps(self.tag)
        where = f"({self.where}) " if self.where.strip() else ""
        return f"{where}-judge:{tag} -has:vireo.judging"


class Found(NamedTuple):
    """What a list has of something to be judged: a trace's root, or a span."""

    trace_id: str
    span_id: str | None  # None: the trace has no root
    start: str


class Pass(NamedTuple):
    """One look for what a job has left to do.

    Attributes:
        since, until: when the traces that it looks at started.
        stopped: tells whether to leave off.
        left: set when something was left out that another pass may get.
    """

    job: Job
    judge: Runnable
    since: datetime.datetime | None
    until: datetime.datetime
    stopped: Callable[[], bool]
    left: threading.Event


class Counts:
    """What was done; for people who wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.judged = self.errors = self.skipped = 0

    def add(self, rows: list[dict[str, Any]]) -> None:
        with self._lock:
            self.judged += 1
            self.errors += any(row.get("error") for row in rows)

    def skip(self) -> None:
        with self._lock:
            self.skipped += 1


def say(text: str) -> None:
    print(f"vireo worker: {text}", file=sys.stderr, flush=True)


class Judges:
    """The server's judges as this worker runs them."""

    def __init__(self, vr: Vireo, pool: CodePool, allow_code: bool, endpoints: set[str]) -> None:
        self._vr = vr
        self._pool = pool
        self._allow_code = allow_code
        self._endpoints = endpoints
        self._known: dict[str, Runnable] = {}

    def tag_of(self, name: str) -> str:
        """The tag itself; of a name alone that of its newest version."""
        if split_tag(name)[1] is not None:
            return name
        found = self._vr.request("GET", f"/judges/{urllib.parse.quote(name, safe='')}")
        return str(found["latest"])

    def get(self, tag: str) -> Runnable:
        """The judge of a tag.

        Raises:
            Refused: it is a person, code without permission, or goes to an endpoint that was not allowed.
            VireoError: the server does not tell.
        """
        if tag not in self._known:
            self._known[tag] = self._load(tag)
        return self._known[tag]

    def _load(self, tag: str) -> Runnable:
        name, number = split_tag(tag)
        version = self._vr.request("GET", f"/judges/{urllib.parse.quote(name, safe='')}/versions/v{number}")
        kind = version.get("kind")
        if kind == "code":
            if not self._allow_code:
                problem = f"{tag} is code that the server stores"
                raise Refused(problem, "--allow-code", "--allow-code lets this worker run it")
            if version.get("language") not in (None, "python"):
                raise Refused(f"{tag} is written in {version['language']}")
            return CodeJudge(self._pool, name, version)
        if kind == "llm":
            try:
                judge = LLMJudge.from_version(name, version)
            except (ValueError, TypeError) as exc:
                raise Refused(f"{tag} cannot be used: {exc}") from exc
            url = judge.base_url or endpoint_url()
            if url.rstrip("/") not in self._endpoints:
                what = f"--endpoint {url} lets this worker send traces and its key there"
                raise Refused(f"{tag} goes to {url}", "--endpoint", what)
            return judge.bound(self._vr)
        raise Refused(f"{tag} is judged by {'people' if kind == 'person' else kind}")


class Service:
    """The worker.  Each job has a thread of its own, so that a slow judge holds up nobody."""

    def __init__(self, vr: Vireo, options: argparse.Namespace) -> None:
        self._vr = vr
        self._options = options
        self._pool = CodePool(options.processes)
        endpoints = {url.rstrip("/") for url in [endpoint_url(), *options.endpoint]}
        self.judges = Judges(vr, self._pool, options.allow_code, endpoints)
        self._panel = Panel()
        self.outbox = Outbox(vr.request)
        self.counts = Counts()
        self.what = "spans" if options.spans else "traces"
        self.stopping = threading.Event()
        self._closed = False
        self._done: OrderedDict[tuple[str, str, str | None], None] = OrderedDict()
        self._lock = threading.Lock()

    # ---------------------------------------------------------------- traces

    def settled(self) -> datetime.datetime:
        """What started before is old enough to be judged."""
        return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=self._options.settle)

    def _pages(self, now: Pass) -> Iterator[list[Found]]:
        """What is left to do, newest first; without what this process has judged, its score being on the way."""
        job = now.job
        fields = {"query": job.query(), "to": now.until.isoformat(), "limit": str(PAGE)}
        if now.since is not None:
            if now.since >= now.until:
                return
            fields["from"] = now.since.isoformat()
        while not now.stopped():
            lists = "/spans" if job.spans else "/traces"
            page = self._vr.request("GET", f"{lists}?{urllib.parse.urlencode(fields)}", None, 60)
            id_of = "span_id" if job.spans else "root_span_id"
            found = [Found(str(i["trace_id"]), i.get(id_of), str(i["start_time"])) for i in page.get("items") or []]
            yield [f for f in found if chosen(f.trace_id, job.sample) and (job.tag, *f[:2]) not in self._done]
            if not page.get("next_cursor"):
                return
            fields["cursor"] = str(page["next_cursor"])

    def _remember(self, tag: str, subject: Subject) -> None:
        with self._lock:
            self._done[(tag, subject.trace_id, subject.span_id)] = None
            if len(self._done) > REMEMBERED:
                self._done.popitem(last=False)

    def _read(self, wanted: list[dict[str, str]], window: str) -> list[dict[str, Any]]:
        try:
            answer = self._vr.request("POST", f"/spans/read?{window}", body({"spans": wanted}), 60)
        except RefusedError as exc:
            if exc.status != 413 or len(wanted) == 1:
                raise
            half = len(wanted) // 2  # their texts are too much together
            return self._read(wanted[:half], window) + self._read(wanted[half:], window)
        return list(answer["items"])

    def _subjects(self, job: Job, judge: Runnable, found: list[Found]) -> Iterator[Subject | None]:
        """Of a few, read together; None for what is gone."""
        starts = sorted(f.start for f in found)
        window = urllib.parse.urlencode({"from": starts[0], "to": starts[-1]})
        wanted = [{"trace_id": f.trace_id, "span_id": f.span_id} for f in found if f.span_id]
        spans = {(i["trace_id"], i["span"]["span_id"]): i["span"] for i in self._read(wanted, window)}
        roots: dict[str, dict[str, Any]] = {}
        if job.spans and "metadata" in judge.parameters:
            traces = [{"trace_id": t} for t in {f.trace_id for f in found}]
            roots = {i["trace_id"]: i["span"] for i in self._read(traces, window)}
        for f in found:
            span = spans.get((f.trace_id, f.span_id))
            start = None if job.spans else f.start  # of the trace; the server knows it
            yield subject_of_span(f.trace_id, start, span, roots.get(f.trace_id, span)) if span else None

    def _whole(self, found: Found) -> Subject | None:
        """With all of its trace."""
        with contextlib.suppress(NotFoundError):  # deleted meanwhile
            return subject_of(self._vr.request("GET", f"/traces/{found.trace_id}", None, 60), found.span_id)
        return None

    def _judge(self, now: Pass, item: Subject | Found | None) -> None:
        if now.stopped():
            return
        tag = now.job.tag
        subject = self._whole(item) if isinstance(item, Found) else item
        if subject is None or self._panel.suspended(tag):
            now.left.set()
            self.counts.skip()
            return
        rows = self._panel.judge(tag, now.judge, subject)
        if self._closed:  # which broke it off: an error that says so would keep the next worker from judging
            return
        self.counts.add(rows)
        self.outbox.add(rows)
        self._remember(tag, subject)
        while self.outbox.waiting > BACKLOG and not now.stopped():
            time.sleep(0.01)

    def _give(self, now: Pass, page: list[Found], crew: Crew) -> bool:
        """A page's to the crew; False: the judge is to be left alone."""
        whole = bool(_WHOLE.intersection(now.judge.parameters))
        for at in range(0, len(page), READ):
            if self._panel.suspended(now.job.tag):
                say(f"{now.job.tag} brought its process down again and again: left alone for a while")
                return False
            if now.stopped():
                break
            some = page[at : at + READ]
            for item in some if whole else self._subjects(now.job, now.judge, some):
                crew.give(item)
        return True

    def run(self, job: Job, since: datetime.datetime | None, stop: threading.Event | None = None) -> bool:
        """Judge what is there, until `stop` is set; False when something was left out that another pass may get.

        Raises:
            Refused, VireoError
        """

        def stopped() -> bool:
            return self.stopping.is_set() or (stop is not None and stop.is_set())

        now = Pass(job, self.judges.get(job.tag), since, job.until or self.settled(), stopped, threading.Event())
        crew = Crew(judge_threads(now.judge, self._options.processes), lambda item: self._judge(now, item))
        try:
            whole = all(self._give(now, page, crew) for page in self._pages(now))
        finally:
            problem = crew.finish()
        if problem is not None:
            raise problem
        return whole and not stopped() and not now.left.is_set()

    # ---------------------------------------------------------------- scores

    def pump(self) -> None:
        """On a thread of its own: send scores until the end."""
        while not self.stopping.is_set() or self.outbox.waiting:
            self.outbox.pump(hurry=self.stopping.is_set())
            time.sleep(0.05)

    def settle(self, seconds: float) -> bool:
        """Send what waits; whether all was taken."""
        end = time.monotonic() + seconds
        while not self.outbox.pump(hurry=True):
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def close(self) -> None:
        self.stopping.set()
        self._closed = True
        self._pool.close()


def judge_threads(judge: Any, processes: int) -> int:
    """How many subjects of a judge are in work at once: for code some more, which are being read meanwhile."""
    return int(getattr(judge, "concurrency", 2 * processes))


_END = object()


class Crew:
    """A few threads that work on what they are given; the giver waits when all are busy."""

    def __init__(self, threads: int, work: Any) -> None:
        self._work = work
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=2 * threads)
        self._problem: BaseException | None = None
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def give(self, item: Any) -> None:
        if self._problem is not None:
            raise self._problem
        self._queue.put(item)

    def finish(self) -> BaseException | None:
        """Wait for all; the first problem."""
        for _ in self._threads:
            self._queue.put(_END)
        for thread in self._threads:
            thread.join()
        return self._problem

    def _run(self) -> None:
        while (item := self._queue.get()) is not _END:
            try:
                if self._problem is None:
                    self._work(item)
            except Exception as exc:
                self._problem = self._problem or exc


# ---------------------------------------------------------------- backfill


def backfill(service: Service, jobs: list[Job], once: bool, interval: float) -> int:
    """Judge the traces of a query, once or for ever.  The exit code."""
    marks: dict[Job, datetime.datetime | None] = {job: job.since for job in jobs}
    outage: float | None = None
    while not service.stopping.is_set():
        whole = True
        for job in jobs:
            began = service.settled()
            try:
                if service.run(job, marks[job]):
                    marks[job] = max(job.since or began - OVERLAP, began - OVERLAP)
                else:
                    whole = False
                outage = None
            except (Refused, VireoError) as exc:
                outage = outage or time.monotonic()
                if not is_away(exc) or (once and time.monotonic() - outage > OUTAGE_SECONDS):
                    say(str(exc))
                    return 1
                service.stopping.wait(1.0)
                break
        if once and outage is None:
            return _told(service, whole)
        if not once:
            service.stopping.wait(interval)
    return _told(service, False) if once else 0


def _told(service: Service, whole: bool) -> int:
    sent = service.settle(OUTAGE_SECONDS)
    counts, outbox = service.counts, service.outbox
    say(
        f"{counts.judged} {service.what} judged, {counts.errors} of them with an error, {counts.skipped} left out; "
        f"{outbox.sent} scores stored, {outbox.rejected} refused, {outbox.waiting + outbox.dropped} not sent"
    )
    return 0 if sent and whole and not outbox.rejected and not outbox.dropped else 1


# ---------------------------------------------------------------- rules


class Rules:
    """A thread for each rule of the server that is on."""

    def __init__(self, service: Service, vr: Vireo, interval: float, lookback: datetime.timedelta) -> None:
        self._service = service
        self._vr = vr
        self._interval = interval
        self._lookback = lookback
        self._running: dict[str, tuple[dict[str, Any], threading.Event]] = {}
        self._told: set[str] = set()

    def _tell(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            say(text)

    def refresh(self) -> None:
        """Start, stop and change threads as the server's rules say."""
        try:
            rules = {str(r["id"]): r for r in self._vr.request("GET", "/rules").get("items") or []}
        except VireoError as exc:
            self._tell(str(exc))
            return
        wanted = {k: _essence(r) for k, r in rules.items() if r.get("enabled", True)}
        for key, (essence, stop) in list(self._running.items()):
            if wanted.get(key) != essence:
                stop.set()
                del self._running[key]
        for key, essence in wanted.items():
            if key not in self._running:
                stop = threading.Event()
                self._running[key] = (essence, stop)
                threading.Thread(target=self._run, args=(essence, stop), daemon=True).start()

    def _run(self, rule: dict[str, Any], stop: threading.Event) -> None:
        since = datetime.datetime.now(datetime.timezone.utc) - self._lookback
        next_whole = 0.0
        while not stop.is_set() and not self._service.stopping.is_set():
            began = self._service.settled()
            whole = time.monotonic() >= next_whole
            try:
                tag = self._service.judges.tag_of(rule["judge"])
                job = Job(tag, rule["where"], rule["sample"], None, None, rule["spans"])
                done = self._service.run(job, since if whole else max(since, began - RECENT), stop)
                if done and whole:
                    since = max(since, began - OVERLAP)
                    next_whole = time.monotonic() + WHOLE_SECONDS
                elif not done:
                    next_whole = 0.0
            except Refused as exc:
                self._tell(str(exc))
            except Exception as exc:
                next_whole = 0.0
                self._tell(f"rule for {rule['judge']}: {exc}")
            stop.wait(self._interval)


def _essence(rule: dict[str, Any]) -> dict[str, Any]:
    sample = rule.get("sample")
    return {
        "judge": str(rule["judge"]),
        "where": str(rule.get("where") or ""),
        "sample": 1.0 if sample is None else float(sample),
        "spans": rule.get("subject") == "span",
    }


def follow_rules(service: Service, vr: Vireo, options: argparse.Namespace) -> int:
    """Judge as the server's rules say, until stopped."""
    rules = Rules(service, vr, options.interval, options.lookback)
    say(f"judging by the rules of {vr.project!r}")
    while not service.stopping.is_set():
        rules.refresh()
        service.stopping.wait(options.interval)
    return 0


# ---------------------------------------------------------------- command line


def _time(text: str) -> datetime.datetime:
    found = _AGO.match(text)
    if found:
        return datetime.datetime.now(datetime.timezone.utc) - _ago(text)
    try:
        at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a time nor a duration such as 7d") from exc
    return at if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)


def _ago(text: str) -> datetime.timedelta:
    found = _AGO.match(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 90s, 24h or 7d")
    return datetime.timedelta(seconds=float(found.group(1)) * _UNITS[found.group(2)])


def _share(text: str) -> float:
    with contextlib.suppress(ValueError):
        return share(float(text))
    raise argparse.ArgumentTypeError(f"{text!r} is no share between 0 and 1")


def _positive(text: str) -> int:
    with contextlib.suppress(ValueError):
        if 0 < int(text) <= 256:
            return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 256")


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="vireo worker", description="Run judges over live and stored traces.")
    p.add_argument("--url", help="of the server; default VIREO_URL, else http://127.0.0.1:4318")
    p.add_argument("--project", help="default VIREO_PROJECT, else default")
    p.add_argument("--api-key", help="default VIREO_API_KEY; needs the role ingest and may read")
    p.add_argument("--judge", action="append", default=[], metavar="TAG", help="a backfill with this judge; repeatable")
    p.add_argument("--where", default="", metavar="QUERY", help="which traces (or spans), in the filter language")
    p.add_argument("--spans", action="store_true", help="judge the spans that match, not the roots of traces")
    p.add_argument("--from", dest="since", type=_time, metavar="TIME", help="RFC 3339, or 7d for a week ago")
    p.add_argument("--to", dest="until", type=_time, metavar="TIME")
    p.add_argument("--sample", type=_share, default=1.0, metavar="SHARE", help="of the traces, by their ids")
    p.add_argument("--once", action="store_true", help="end when all is judged")
    p.add_argument("--allow-code", action="store_true", help="run judges' code that the server stores, as this user")
    p.add_argument(
        "--endpoint", action="append", default=[], metavar="URL", help="an LLM judge may go there; repeatable"
    )
    p.add_argument("--processes", type=_positive, default=2, help="judgements by code at once (2)")
    p.add_argument("--interval", type=float, default=2.0, metavar="SECONDS", help="between looks for new traces (2)")
    p.add_argument("--settle", type=float, default=5.0, metavar="SECONDS", help="age of a trace that is judged (5)")
    p.add_argument("--lookback", type=_ago, default=_ago("24h"), metavar="TIME", help="of rules, at the start (24h)")
    return p


def main(arguments: list[str] | None = None) -> int:
    """The verb.  The exit code: 0 done, 1 it failed, 2 it was called wrongly."""
    options = parser().parse_args(arguments)
    if options.once and not options.judge:
        parser().error("--once needs --judge")
    try:
        vr = Vireo(options.project, options.api_key, options.url, service="vireo-worker")
    except ValueError as exc:
        parser().error(f"--url: {exc}")
    service = Service(vr, options)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stopping.set())
    pump = threading.Thread(target=service.pump, daemon=True)
    pump.start()
    try:
        if not options.judge:
            return follow_rules(service, vr, options)
        jobs = [
            Job(service.judges.tag_of(j), options.where, options.sample, options.since, options.until, options.spans)
            for j in options.judge
        ]
        return backfill(service, jobs, options.once, options.interval)
    except VireoError as exc:
        say(str(exc))
        return 1
    finally:
        service.stopping.set()
        pump.join(10.0)
        service.close()
        vr.close(5.0)


def run() -> None:
    """As a program: threads that still judge must not hold its end."""
    code = main(sys.argv[2:])
    sys.stderr.flush()
    os._exit(code)
