# SPDX-License-Identifier: Apache-2.0
"""The current span across threads, tasks, processes and other libraries."""

from __future__ import annotations

import concurrent.futures
import contextvars
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from conftest import run_python
from vireo import Vireo


def test_a_new_thread_starts_anew_and_wrapped_work_does_not(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def work(x: int) -> int:
        return x

    with vr.span("parent"):
        wrapped = vr.wrap_context(work)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert list(pool.map(wrapped, range(20))) == list(range(20))
            pool.submit(work, 99).result()
    found = spans()
    parent = next(s for s in found if s.name == "parent")
    for span in found:
        if span.name == "work":
            assert span.parent_id == ("" if span.input["x"] == 99 else parent.span_id)


def test_a_span_may_end_on_another_thread(vr: Vireo, spans: Any) -> None:
    span = vr.span("moved")
    thread = threading.Thread(target=lambda: (span.tag(a=1), span.finish()))
    thread.start()
    thread.join()
    assert spans()[0].tags == {"a": 1}


def test_leaving_in_another_context_does_no_harm(vr: Vireo, spans: Any) -> None:
    span = vr.span("odd")
    contextvars.copy_context().run(span.__enter__)
    span.__exit__(None, None, None)
    assert not vr.current_span().recording
    assert len(spans()) == 1


def test_traceparent_goes_out_and_comes_in(vr: Vireo, spans: Any) -> None:
    assert vr.traceparent() is None
    header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with vr.attach(header):
        assert vr.traceparent() == header
        with vr.span("inside") as span:
            out = vr.traceparent()
            assert out == span.traceparent == f"00-{span.trace_id}-{span.span_id}-01"
    assert vr.traceparent() is None
    inside = spans()[0]
    assert (inside.trace_id, inside.parent_id) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


@pytest.mark.parametrize("header", [None, "", "nonsense", "00-0-0-00", "ff-" + "0" * 32, "00-" + "0" * 32 + "-1-01"])
def test_a_bad_traceparent_starts_a_new_trace(vr: Vireo, spans: Any, header: str | None) -> None:
    with vr.span("outer"), vr.attach(header):
        assert vr.traceparent() is None
        vr.span("inner").finish()
    assert [s.parent_id for s in spans()] == ["", ""]


def test_an_unsampled_caller_is_not_recorded(vr: Vireo, spans: Any) -> None:
    header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    attached = vr.attach(header)
    with vr.span("inside"):
        assert (vr.traceparent() or "").endswith("-00")
    assert vr.trace(lambda: 1)() == 1
    attached.detach()
    assert spans() == []


def test_a_child_process_takes_the_environments_traceparent(vr: Vireo, spans: Any, fake: Any) -> None:
    code = "from vireo import Vireo; vr = Vireo('test'); vr.trace(lambda: 1)(); vr.close(10)"
    with vr.span("parent"):
        done = run_python(code, TRACEPARENT=vr.traceparent() or "", VIREO_URL=fake.url)
    assert done.returncode == 0, done.stderr
    found = spans()
    parent = next(s for s in found if s.name == "parent")
    child = next(s for s in found if s.name == "lambda")
    assert (child.trace_id, child.parent_id) == (parent.trace_id, parent.span_id)


def test_opentelemetrys_span_is_a_parent_if_asked_for(fake: Any) -> None:
    from opentelemetry.sdk.trace import TracerProvider

    tracer = TracerProvider().get_tracer("t")
    with Vireo("p", url=fake.url, opentelemetry=True) as vr:
        vr.span("alone").finish()
        with tracer.start_as_current_span("outer") as outer, vr.span("below"):
            expected = f"{outer.get_span_context().span_id:016x}"
    assert {s.name: s.parent_id for s in fake.spans} == {"alone": "", "below": expected}


def forked_work(vr: Vireo, x: int) -> None:
    with vr.span(f"child {x}") as span:
        span.log("page", b"data")
    assert vr.flush(20)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forked_children_record_below_their_parent(vr: Vireo, spans: Any) -> None:
    context = multiprocessing.get_context("fork")
    with vr.span("parent") as parent:
        parent.log("before", b"x")
        children = [context.Process(target=forked_work, args=(vr, i)) for i in range(4)]
        for c in children:
            c.start()
        for c in children:
            c.join(30)
            assert c.exitcode == 0
    found = spans()
    assert sorted(s.name for s in found) == ["child 0", "child 1", "child 2", "child 3", "parent"]
    assert {s.parent_id for s in found if s.name != "parent"} == {s.span_id for s in found if s.name == "parent"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_inside_a_traced_call_records_it_once(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def splits() -> int:
        return os.fork()

    pid = splits()
    if pid == 0:
        vr.flush(10)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert [s.name for s in spans()] == ["splits"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forking_while_other_threads_trace(vr: Vireo, spans: Any) -> None:
    stop = threading.Event()

    @vr.trace
    def busy(x: int) -> int:
        return x

    def work() -> None:
        while not stop.is_set():
            busy(1)
            time.sleep(0.0005)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    statuses = []
    for _ in range(10):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                busy(2)
                status = 0 if vr.flush(20) else 2
            finally:
                os._exit(status)
        statuses.append(os.waitpid(pid, 0)[1])
    stop.set()
    for t in threads:
        t.join()
    assert statuses == [0] * 10
    assert sum(s.input == {"x": 2} for s in spans()) == 10


SPAWNED = """
import concurrent.futures, multiprocessing, sys
from vireo import Vireo

vr = Vireo("test")

@vr.trace
def work(x):
    return x * x

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(work, range(6))) == [0, 1, 4, 9, 16, 25]
    work(100)
"""


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_process_pools_deliver_everything(fake: Any, tmp_path: Any, method: str) -> None:
    program = tmp_path / "pool_program.py"
    program.write_text(SPAWNED)
    done = subprocess.run(
        [sys.executable, program, method],
        env={**os.environ, "VIREO_URL": fake.url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    # Pool workers end without the interpreter's exit: what they recorded is in the spool, or was sent.
    with Vireo("test", url=fake.url) as vr:
        for _ in range(100):
            vr.flush(1)
            if len(fake.spans) >= 7:
                break
            time.sleep(0.05)
    assert sorted(s.input["x"] for s in fake.spans) == [0, 1, 2, 3, 4, 5, 100]
    assert len(fake.versions["work"]) == 1


ONLY_IN_THE_CHILD = """
import multiprocessing, sys

def work():
    from vireo import Vireo
    global vr  # what is collected is closed, and so sent
    vr = Vireo("test")
    with vr.span("child"):
        pass

if __name__ == "__main__":
    process = multiprocessing.get_context(sys.argv[1]).Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == 0
"""


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_a_process_that_imports_vireo_itself_delivers_at_its_end(fake: Any, tmp_path: Any, method: str) -> None:
    program = tmp_path / "child_program.py"
    program.write_text(ONLY_IN_THE_CHILD)
    env = {**os.environ, "VIREO_URL": fake.url}
    done = subprocess.run([sys.executable, program, method], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for _ in range(100):
        if fake.spans:
            break
        time.sleep(0.02)
    assert [s.name for s in fake.spans] == ["child"]


def test_a_span_ends_well_unless_an_error_was_told(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def told() -> str:
        vr.current_span().error("nothing found")
        return "empty"

    with vr.span("well"):
        pass
    with vr.span("told in a block") as span:
        span.error("no answer")
    loose = vr.span("loose")
    loose.finish()
    told()
    found = {s.name: s.status for s in spans()}
    ok, error = 1, 2
    assert found == {"well": ok, "told in a block": error, "loose": ok, "told": error}
