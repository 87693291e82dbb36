# SPDX-License-Identifier: Apache-2.0
"""Whole programs: at exit, in shutdown, without a server, with the next process delivering."""

from __future__ import annotations

import gc
import os
import pathlib
import signal
import subprocess
import sys
import time
import tracemalloc
from typing import Any

import pytest
from conftest import ROOT, free_port, run_python, unlike
from fake_server import FakeServer
from vireo import RefusedError, UnreachableError, Vireo, VireoError, _environment

PROGRAM = """
import sys
from vireo import Vireo
vr = Vireo("test")
@vr.trace
def work(x):
    with vr.span("step") as span:
        span.log("text", "kept")
    return x
for i in range(int(sys.argv[1])):
    work(i)
"""


def test_what_was_recorded_is_sent_at_exit(fake: Any) -> None:
    done = run_python(PROGRAM, "500", VIREO_URL=fake.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(fake.spans) == 1000
    assert list(fake.versions) == ["work"]


def test_without_a_server_the_next_process_delivers() -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    before = time.monotonic()
    done = run_python(PROGRAM, "200", VIREO_URL=url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert time.monotonic() - before < 10
    late = FakeServer(port)
    deadline = time.monotonic() + 30
    while len(late.spans) < 400 and time.monotonic() < deadline:
        run_python("from vireo import Vireo; vr = Vireo('test'); vr.flush(2)", VIREO_URL=url)
    late.close()
    assert len({s.span_id for s in late.spans}) == len(late.spans) == 400
    assert sorted(s.input["x"] for s in late.spans if s.name == "work") == list(range(200))
    assert list(late.versions) == ["work"]


def test_an_uncaught_error_is_recorded_and_ends_the_program(fake: Any) -> None:
    code = "from vireo import Vireo\nvr = Vireo('t')\n@vr.trace\ndef f(): raise ValueError('end')\nf()\n"
    done = run_python(code, VIREO_URL=fake.url)
    assert done.returncode == 1
    assert "ValueError: end" in done.stderr
    assert fake.spans[0].events[0][1]["exception.message"] == "end"


@pytest.mark.parametrize("how", ["sys.exit(3)", "raise KeyboardInterrupt", "raise SystemExit(3)"])
def test_leaving_from_inside_a_call(fake: Any, how: str) -> None:
    done = run_python(
        f"import sys\nfrom vireo import Vireo\nvr = Vireo('t')\n@vr.trace\ndef f(): {how}\nf()", VIREO_URL=fake.url
    )
    assert done.returncode in (3, 130, -signal.SIGINT)
    assert fake.spans[0].status == 2


def test_calls_while_the_interpreter_shuts_down(fake: Any) -> None:
    code = """
import atexit, threading
from vireo import Vireo
early = []
atexit.register(lambda: early[0]("after"))    # registered before ours: runs after it
vr = Vireo("t")
@vr.trace
def f(x):
    with vr.span("s") as span:
        span.log("a", "b")
    return x
early.append(f)
atexit.register(f, "before")
class Late:
    def __del__(self):
        f("deleted")
        vr.flush(0.1); vr.close()
late = Late()
late.loop = late
running = vr.span("never finished")
def stream():
    yield 1
g = vr.trace(stream)()
next(g)
threading.Thread(target=f, args=("thread",)).start()
"""
    done = run_python(code, VIREO_URL=fake.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert {s.input["x"] for s in fake.spans if s.name == "f"} >= {"before", "thread"}


def test_daemon_threads_do_not_crash_the_end(fake: Any) -> None:
    code = """
import threading
from vireo import Vireo
vr = Vireo("t")
@vr.trace
def f(x):
    with vr.span("s") as span:
        span.tag(a=1)
        span.log("r", "text")
def forever():
    while True:
        f(1)
for _ in range(4):
    threading.Thread(target=forever, daemon=True).start()
import time; time.sleep(0.3)
"""
    for _ in range(3):
        done = run_python(code, VIREO_URL=fake.url)
        assert (done.returncode, done.stderr) == (0, "")
    assert fake.spans


def test_a_slow_server_does_not_hold_the_exit(fake: Any) -> None:
    with fake.lock:  # it accepts and never answers
        before = time.monotonic()
        done = run_python(PROGRAM, "10", VIREO_URL=fake.url)
        assert done.returncode == 0
        assert time.monotonic() - before < 10


def test_asking_without_a_server_says_so(vr: Vireo) -> None:
    away = Vireo("p", url="http://127.0.0.1:9")

    @away.trace
    def f() -> None:
        pass

    f()
    with pytest.raises(UnreachableError):
        away.version_of(f, timeout=0.5)
    with pytest.raises(UnreachableError):
        away.model("f:v1", timeout=0.5)
    with pytest.raises(VireoError, match="not traced"):
        away.version_of(print)
    with pytest.raises(VireoError, match="not traced by this client"):
        vr.version_of(f)
    assert not away.flush(0.1)
    away.close(0)
    with pytest.raises(RefusedError) as refused:
        vr.model("nothing:v1")
    assert (refused.value.status, refused.value.field, str(refused.value)) == (404, "name", "no such thing")


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="option"):
        Vireo("p", url="ftp://nowhere")


def test_memory_does_not_grow_with_the_calls(vr: Vireo, fake: Any) -> None:
    @vr.trace
    def f(x: int) -> dict[str, int]:
        with vr.span("inner") as span:
            span.tag(a=x)
        return {"x": x}

    def run(n: int) -> None:
        for i in range(n):
            f(i)
            if i % 1000 == 0:
                vr.flush(10)
                fake.spans.clear()
        vr.flush(10)
        fake.spans.clear()
        gc.collect()

    run(3000)
    tracemalloc.start()
    run(2000)
    first = tracemalloc.get_traced_memory()[0]
    run(10_000)
    grown = tracemalloc.get_traced_memory()[0] - first
    tracemalloc.stop()
    assert grown < 200_000, grown


def test_clients_and_traced_functions_are_collected(fake: Any) -> None:
    import weakref

    vr = Vireo("p", url=fake.url)

    @vr.trace
    def f(x: int) -> int:
        return x

    f(1)
    vr.flush(10)
    gone = [weakref.ref(vr), weakref.ref(f)]
    del vr, f
    gc.collect()
    assert [g() for g in gone] == [None, None]


def test_git_is_read(tmp_path: pathlib.Path) -> None:
    def git(*args: str) -> str:
        done = subprocess.run(
            ["git", "-C", tmp_path, "-c", "user.name=t", "-c", "user.email=t@t", *args],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    git("init", "-q", "-b", "main")
    file = tmp_path / "m.py"
    file.write_text("x = 1\n")
    git("add", "m.py")
    git("commit", "-qm", "one")
    _environment._git_of_folder.cache_clear()
    head = git("rev-parse", "HEAD")
    assert _environment.git_info(str(file)) == {"commit": head, "dirty": False, "branch": "main"}
    git("pack-refs", "--all")
    file.write_text("x = 2\n")
    _environment._git_of_folder.cache_clear()
    assert _environment.git_info(str(file)) == {"commit": head, "dirty": True, "branch": "main"}
    git("checkout", "-q", "--detach")
    _environment._git_of_folder.cache_clear()
    assert _environment.git_info(str(file)) == {"commit": head, "dirty": True}


def test_package_versions_are_found_by_import_name() -> None:
    import PIL
    import sklearn

    found = _environment.package_versions({"PIL", "sklearn", "os", "no_such_thing"})
    assert found == {"pillow": PIL.__version__, "scikit-learn": sklearn.__version__}


def test_the_command_says_when_there_is_no_server(tmp_path: pathlib.Path) -> None:
    environment = {**os.environ, "PATH": str(tmp_path)}
    environment.pop("VIREO_BINARY", None)
    done = subprocess.run([sys.executable, "-m", "vireo", "version"], env=environment, capture_output=True, text=True)
    carried = pathlib.Path(sys.modules["vireo"].__file__ or "").parent / "bin" / "vireo"
    if not carried.exists():
        assert done.returncode == 1
        assert "carries no server" in done.stderr
    stand_in = tmp_path / "vireo"
    stand_in.write_bytes(pathlib.Path("/bin/echo").read_bytes())
    stand_in.chmod(0o755)
    environment["VIREO_BINARY"] = str(stand_in)
    done = subprocess.run([sys.executable, "-m", "vireo", "hello"], env=environment, capture_output=True, text=True)
    assert done.stdout == "hello\n"


def test_the_examples_compile() -> None:
    for path in (ROOT / "examples").glob("*.py"):
        compile(path.read_text(), str(path), "exec")


def test_an_installed_copy_of_other_sources_is_not_tested(tmp_path: pathlib.Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder / "part").mkdir(parents=True)
        for name in ("same.py", "other.py", "part/inner.py", "native.so"):
            (tmp_path / folder / name).write_text(folder if name != "same.py" else "")
    (tmp_path / "a" / "new.py").touch()
    (tmp_path / "b" / "gone.py").touch()
    assert unlike(tmp_path / "a", tmp_path / "b") == ["gone.py", "new.py", "other.py", "part/inner.py"]
