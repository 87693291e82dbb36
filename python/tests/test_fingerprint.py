# SPDX-License-Identifier: Apache-2.0
"""The fingerprint: what changes it, and what does not."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import linecache
import operator
import os
import pathlib
import random
import re
import subprocess
import sys
import textwrap
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vireo import Vireo, _source
from vireo._definition import define
from vireo._source import imports_of

QUIET = Vireo("quiet", enabled=False)
_numbers = itertools.count()


@pytest.fixture
def module(tmp_path: pathlib.Path) -> Any:
    """Make a module from text; each in a file and under a name of its own."""

    def make(text: str, name: str | None = None) -> Any:
        name = name or f"made_{next(_numbers)}"
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(text))
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        made.__dict__["vr"] = QUIET
        sys.modules[name] = made
        names.append(name)
        spec.loader.exec_module(made)
        return made

    names: list[str] = []
    yield make
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def print_of(module: Any) -> Any:
    """The fingerprint of `model` in a module of this text."""

    def fingerprint(text: str, name: str = "model") -> str:
        return define(getattr(module(text), name)).fingerprint

    return fingerprint


BASE = """
    LIMIT = 10

    def helper(x):
        return x + LIMIT

    def model(a, b):
        return helper(a) - b
"""

SAME = {
    "formatting": BASE.replace("return helper(a) - b", "return (helper( a )\n                - b)"),
    "comments": BASE.replace("return helper(a)", "# why\n        return helper(a)"),
    "docstring": BASE.replace("def model(a, b):", 'def model(a, b):\n        "What."'),
    "the helper's docstring": BASE.replace("def helper(x):", 'def helper(x):\n        """What."""'),
    "moved down": "import os\n\n\n" + textwrap.dedent(BASE),
    "quotes and literals": BASE.replace("LIMIT = 10", "LIMIT = 0xA"),
    "decorated": BASE.replace("    def model", "    @vr.trace\n    def model"),
    "decorated with options": BASE.replace(
        "    def model", "    @vr.trace(name='x', sample=0.5,\n              tags={'a': 1})\n    def model"
    ),
    "an unused function": BASE + "\n    def unused():\n        pass\n",
    "an unused constant": BASE + "\n    OTHER = 1\n",
    "a computed constant": BASE.replace("LIMIT = 10", "LIMIT = 5 + 5"),
    "the helper traced": BASE.replace("    def helper", "    @vr.trace(kind='tool')\n    def helper"),
    "the order in the file": """
        def model(a, b):
            return helper(a) - b

        def helper(x):
            return x + LIMIT

        LIMIT = 10
    """,
}

OTHER = {
    "the body": BASE.replace("- b", "+ b"),
    "the helper": BASE.replace("x + LIMIT", "x * LIMIT"),
    "the constant": BASE.replace("LIMIT = 10", "LIMIT = 11"),
    "the constant's type": BASE.replace("LIMIT = 10", "LIMIT = 10.0"),
    "a parameter": BASE.replace("(a, b)", "(a, b, c=1)"),
    "a parameter's name": BASE.replace("(a, b)", "(a, c)").replace("- b", "- c"),
    "a default": BASE.replace("(a, b)", "(a, b=1)"),
    "the output type": BASE.replace("def model(a, b):", "def model(a, b) -> int:"),
    "an input type": BASE.replace("def model(a, b):", "def model(a: int, b):"),
    "async": BASE.replace("def model", "async def model"),
    "another function of that name": BASE.replace(
        "def helper(x):\n        return x + LIMIT", "from math import sqrt as helper"
    ),
}


@pytest.mark.parametrize("what", SAME)
def test_it_is_the_same_after(what: str, print_of: Any) -> None:
    assert print_of(SAME[what]) == print_of(BASE)


@pytest.mark.parametrize("what", OTHER)
def test_it_is_another_after_a_change_of(what: str, print_of: Any) -> None:
    assert print_of(OTHER[what]) != print_of(BASE)


def test_what_the_helper_needs_counts_too(print_of: Any) -> None:
    text = "def c(): return 1\ndef b(): return c()\ndef a(): return b()\ndef model(): return a()\n"
    assert print_of(text) != print_of(text.replace("return 1", "return 2"))


def test_statements_that_do_nothing_do_not_count(print_of: Any) -> None:
    same = ["pass", '"Doc."', "...", '"Doc."\n    pass', "pass\n    'a comment'"]
    assert len({print_of(f"def model(a):\n    {body}\n") for body in same}) == 1
    assert print_of("def model(a):\n    if a:\n        pass\n") != print_of("def model(a):\n    pass\n")


def test_recursion_ends(print_of: Any) -> None:
    text = "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)\n"
    assert print_of(text, "even") == print_of(text, "even")
    assert print_of(text, "even") != print_of(text, "odd")


def test_names_of_own_modules_lead_on(module: Any) -> None:
    def program(helper: str) -> str:
        module(f"def helper(x): return {helper}\n", "own_helpers")
        made = module(
            "import own_helpers\nimport own_helpers as oh\ndef model(x): return own_helpers.helper(x) + oh.helper(x)"
        )
        return str(define(made.model).fingerprint)

    assert program("x") == program("x  # same")
    assert program("x") != program("x + 1")


def test_local_imports_of_own_modules_count(module: Any, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))

    def program(text: str) -> str:
        (tmp_path / "lazy_helpers.py").write_text(text)
        importlib.invalidate_caches()
        import linecache

        linecache.clearcache()
        made = module("def model(x):\n    from lazy_helpers import g\n    return g(x)\n")
        return str(define(made.model).fingerprint)

    first = program("def g(x): return x\n")
    assert first == program("def g(x):  # same\n    return x\n")
    assert first != program("def g(x): return -x\n")
    assert "lazy_helpers" not in sys.modules


def test_packages_count_by_name_not_by_content(module: Any) -> None:
    made = module("import numpy as np\nfrom sklearn.svm import SVC\ndef model(x): return SVC().fit(np.array(x))")
    definition = define(made.model)
    assert definition.packages == {"numpy", "sklearn"}
    sources = {d.name: d.source for d in definition.dependencies}
    assert sources == {"np": "import numpy as np", "SVC": "from sklearn.svm import SVC as SVC"}


CLASSES = """
    class Base:
        scale = 2

        def prepare(self, x):
            return x * self.scale

        def unused(self):
            return 0

    class Model(Base):
        def __init__(self):
            self.calls = 0

        def predict(self, x):
            return self.prepare(x) + 1
"""


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("x * self.scale", "x + self.scale", False),
        ("scale = 2", "scale = 3", False),
        ("+ 1", "+ 2", False),
        ("return 0", "return 9", True),
        ("self.calls = 0", "self.calls = 5", True),
    ],
)
def test_a_method_counts_with_what_it_uses_of_its_class(module: Any, old: str, new: str, same: bool) -> None:
    first = define(module(CLASSES).Model.predict).fingerprint
    second = define(module(CLASSES.replace(old, new)).Model.predict).fingerprint
    assert (first == second) is same


def test_a_class_that_is_used_counts_whole(print_of: Any) -> None:
    text = CLASSES + "\n    def model(x):\n        return Model().predict(x)\n"
    first = print_of(text)
    for old, new in [("x * self.scale", "x"), ("return 0", "return 9"), ("self.calls = 0", "self.calls = 5")]:
        assert print_of(text.replace(old, new)) != first
    assert print_of(text.replace("class Model(Base):", 'class Model(Base):\n        "Doc."\n')) == first


def test_closures_count(module: Any) -> None:
    text = "def make(n, f):\n    def model(x): return f(x) + n\n    return model\n"
    text += "def f(x): return x\ndef g(x): return -x\n"
    made = module(text)
    assert define(made.make(1, made.f)).fingerprint == define(made.make(1, made.f)).fingerprint
    assert define(made.make(1, made.f)).fingerprint != define(made.make(2, made.f)).fingerprint
    assert define(made.make(1, made.f)).fingerprint != define(made.make(1, made.g)).fingerprint


def test_lambdas_partials_and_objects(module: Any) -> None:
    made = module("""
        import functools
        def power(base, exponent): return base ** exponent
        square, cube = functools.partial(power, exponent=2), functools.partial(power, exponent=3)
        pair = (lambda x: x + 1), (lambda x: x + 2)
        again = lambda y: y + 1
        class Adder:
            def __init__(self, n): self.n, self._cache = n, object()
            def __call__(self, x): return x + self.n
    """)
    prints = [define(f).fingerprint for f in (made.square, made.cube, made.power, *made.pair, made.again)]
    assert len(set(prints)) == 6
    assert define(made.Adder(1)).fingerprint == define(made.Adder(1)).fingerprint
    assert define(made.Adder(1)).fingerprint != define(made.Adder(2)).fingerprint
    assert define(made.pair[0]).source == "lambda x: x + 1"
    assert define(len).fingerprint != define(max).fingerprint


def test_dispatch_tables_lead_to_their_functions(print_of: Any) -> None:
    text = "def a(): return 1\ndef b(): return 2\nTABLE = {'a': a, 'b': [b]}\ndef model(k): return TABLE[k]\n"
    assert print_of(text) != print_of(text.replace("return 2", "return 3"))
    assert print_of(text) == print_of(text.replace("{'a': a, 'b': [b]}", "{'b': [b], 'a': a}"))


@pytest.mark.parametrize(
    ("value", "other", "same"),
    [
        ("{1, 2, 3}", "{3, 2, 1}", True),
        ("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", True),
        ("[1, 2]", "[2, 1]", False),
        ("'x' * 100_000", "'y' * 100_000", False),
        ("list(range(1000))", "list(range(1, 1001))", False),
        ("np.array([1, 2])", "np.array([1, 3])", False),
        ("np.zeros(100_000)", "np.ones(100_000)", True),
        ("object()", "object()", True),
        ("threading.Lock()", "threading.Lock()", True),
        ("re.compile('a')", "re.compile('b')", False),
        ("SVC(C=1)", "SVC(C=2)", True),
        ("Config(0.5)", "Config(0.6)", False),
        ("Plain(0.5)", "Plain(0.6)", True),
        ("float('nan')", "float('nan')", True),
        ("Colour.RED", "Colour.BLUE", False),
        ("decimal.Decimal('1.0')", "decimal.Decimal('1.00')", False),
        ("os.environ", "os.environ", True),
    ],
)
def test_values_count_as_documented(print_of: Any, value: str, other: str, same: bool) -> None:
    text = f"""
        import dataclasses, decimal, enum, os, re, threading
        import numpy as np
        from sklearn.svm import SVC
        @dataclasses.dataclass
        class Config:
            share: float
        class Plain:
            def __init__(self, share): self.share = share
        class Colour(enum.Enum):
            RED = 1
            BLUE = 2
        VALUE = {value}
        def model(): return VALUE
    """
    assert (print_of(text) == print_of(text.replace(f"VALUE = {value}", f"VALUE = {other}"))) is same


def test_state_that_the_function_changes_does_not_count(print_of: Any) -> None:
    text = "calls = 0\ndef model():\n    global calls\n    calls += 1\n"
    assert print_of(text) == print_of(text.replace("calls = 0", "calls = 7"))


def test_decorators_of_ones_own_count(print_of: Any) -> None:
    text = """
        import functools
        def twice(f):
            @functools.wraps(f)
            def inner(x): return f(f(x))
            return inner
        @vr.trace
        @twice
        def model(x): return x + 1
    """
    assert print_of(text) != print_of(text.replace("f(f(x))", "f(f(f(x)))"))
    assert print_of(text) != print_of(text.replace("        @twice\n", ""))


def test_code_without_source_has_a_fingerprint(module: Any) -> None:
    def compiled(text: str, filename: str) -> Any:
        space: dict[str, Any] = {"__name__": "nowhere"}
        exec(compile(text, filename, "exec"), space)
        return space["model"]

    base = compiled("def model(a): return a + 1", "<one>")
    definition = define(base)
    assert not definition.exact
    assert definition.signature == "(a)"
    assert (
        definition.fingerprint == define(compiled("\n\n\ndef model(a):\n  'doc'\n  return a + 1", "<two>")).fingerprint
    )
    assert definition.fingerprint != define(compiled("def model(a): return a + 2", "<one>")).fingerprint


def test_a_file_that_changed_since_the_import_is_not_believed(module: Any) -> None:
    import linecache

    made = module("def model(a):\n    return a + 1\n")
    before = define(made.model)
    pathlib.Path(made.__file__).write_text("def model(a):\n    return a + 2\n")
    linecache.clearcache()
    after = define(made.model)
    assert before.exact
    assert not after.exact
    assert after.source == ""


def test_the_stored_source_has_no_tracing_decorator(module: Any) -> None:
    made = module("""
        @vr.trace(name="a",
                  tags={})
        def model(a: int, b=2, *c) -> float:
            '''Doc.'''
            return a  # why
    """)
    definition = define(made.model)
    assert definition.source == "def model(a: int, b=2, *c) -> float:\n    '''Doc.'''\n    return a  # why\n"
    assert definition.signature == "(a: int, b=2, *c) -> float"
    assert definition.output_type == "float"


def test_a_client_that_cannot_be_seen_from_the_function(module: Any) -> None:
    text = "def main():\n    client = vr\n    {}\n    def model(x):\n        return x\n    return model\n"
    assert (
        define(module(text.format("@client.trace")).main()).fingerprint
        == define(module(text.format("pass")).main()).fingerprint
    )


def test_hostile_globals_do_no_harm(print_of: Any) -> None:
    text = """
        class Hostile:
            def __getattribute__(self, name): raise RuntimeError(name)
            def __repr__(self): raise RuntimeError
            def __eq__(self, o): raise RuntimeError
            def __len__(self): raise RuntimeError
            __hash__ = None
        loop = []
        loop.append(loop)
        bad, many, deep = Hostile(), {i: [i] for i in range(100_000)}, None
        for _ in range(100): deep = [deep]
        def model(): return bad, loop, many, deep, missing
    """
    before = time.process_time()  # of this process: others may keep the machine busy
    assert print_of(text) == print_of(text)
    assert time.process_time() - before < 5


def test_it_is_fast_enough_for_a_first_call(module: Any) -> None:
    made = module(BASE)
    define(made.model)
    best = min(_timed(made.model) for _ in range(10))
    assert best < 0.02, best


def test_a_file_is_walked_for_its_imports_once_for_each_text(module: Any, monkeypatch: Any) -> None:
    walked: list[ast.Module] = []

    def walk(tree: ast.Module) -> Any:
        walked.append(tree)
        return imports_of(tree)

    monkeypatch.setattr(_source, "imports_of", walk)
    names = [n for n in dir(operator) if not n.startswith("_")][:30]
    text = "".join(f"from operator import {n} as my_{n}\n" for n in names)
    made = module(text + "def model(): return " + ", ".join(f"my_{n}" for n in names))
    stored = [d.source for d in define(made.model).dependencies]
    assert sorted(stored) == sorted(f"from operator import {n} as my_{n}" for n in names)
    assert len(walked) == 1
    path = pathlib.Path(made.__file__)
    path.write_text(path.read_text().replace("from operator import add", "from _operator import add"))
    linecache.checkcache(made.__file__)
    assert "from _operator import add as my_add" in [d.source for d in define(made.model).dependencies]
    assert len(walked) == 2


def test_imports_are_found_wherever_they_stand() -> None:
    """As a walk over all of the tree finds them, in its order."""
    for path in sorted(pathlib.Path(os.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_bytes())
        assert imports_of(tree) == [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))], path


def _timed(func: Any) -> float:
    before = time.perf_counter()
    define(func)
    return time.perf_counter() - before


PROGRAM = (
    textwrap.dedent(BASE)
    + """
    TABLE = {"a", "b", "c", "d"}
""".replace("    ", "")
    + textwrap.dedent("""
    import math, json, collections, dataclasses
    from typing import NamedTuple, Optional

    @dataclasses.dataclass(order=True)
    class Point:
        x: int = 1
        def norm(self): return abs(self.x)

    class Pair(NamedTuple):
        a: int

    class Thing:
        size = 3
        def area(self, k=2): return self.size * k + Point().norm() + Pair(1).a

    def rich(q, *, top: Optional[int] = None, **more) -> "list[str]":
        if q in TABLE and (n := len(q)) > 2:
            return [f"{x!r:>{n}} {{}} {x=}" for x in sorted(TABLE)]
        match_ = {**more, "t": Thing().area()}
        try:
            with open(q) as f, open(q) as g:
                return [*f, *g, str(math.pi), json.dumps(match_)]
        except (OSError, ValueError) as e:
            raise RuntimeError(f"a" "b" f"{q}") from e
        finally:
            helper(lambda x: x ** 2)

    if __name__ == "__main__":
        import sys
        sys.path[:0] = sys.argv[1:]
        from vireo._definition import define
        found = [define(f) for f in (model, rich, Thing.area)]
        assert all(f.exact for f in found)
        print([f.fingerprint for f in found])
""")
)


def _prints(python: str, path: pathlib.Path, **environment: str) -> str:
    done = subprocess.run(
        [python, str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        cwd=path.parent,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_the_same_in_every_process_and_folder(tmp_path: pathlib.Path) -> None:
    seen = set()
    for i in range(4):
        folder = tmp_path / f"folder{i}"
        folder.mkdir()
        (folder / f"program{i}.py").write_text(PROGRAM)
        seen.add(_prints(sys.executable, folder / f"program{i}.py", PYTHONHASHSEED=str(i)))
    assert len(seen) == 1, seen


def _other_pythons() -> list[str]:
    found = []
    for minor in range(9, 15):
        for candidate in [
            f"python3.{minor}",
            *map(str, pathlib.Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")),
        ]:
            probe = f"import sys; assert sys.version_info[:2] == (3, {minor})"
            try:
                if subprocess.run([candidate, "-c", probe], capture_output=True, timeout=20).returncode == 0:
                    found.append(candidate)
                    break
            except OSError:
                continue
    return found


def test_it_is_the_same_in_every_version_of_python(tmp_path: pathlib.Path) -> None:
    """With those that are installed.  The definition needs no extension, so a stand-in does for it."""
    package = pathlib.Path(sys.modules["vireo"].__file__ or "").parent
    stub = tmp_path / "vireo"
    stub.mkdir()
    (stub / "__init__.py").write_text("")
    (stub / "_native.py").write_text("class Traced: pass\n")
    for name in ("_canonical", "_definition", "_names", "_own", "_source", "_stored_values", "_values"):
        (stub / f"{name}.py").write_text((package / f"{name}.py").read_text())
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    pythons = _other_pythons()
    prints = {python: _prints(python, program, PYTHONPATH=str(tmp_path)) for python in [sys.executable, *pythons]}
    assert len(set(prints.values())) == 1, prints


SNIPPETS = [
    "x = a + 1",
    "y = [i for i in range(a) if i % 2]",
    "if a > 2:\n    return b\nelse:\n    b = 3",
    "for k, v in {}.items():\n    print(k, v)",
    "while a:\n    a -= 1",
    "with open('f') as f:\n    pass",
    "try:\n    b()\nexcept ValueError:\n    raise",
    "def inner(q):\n    'doc'\n    return q",
    "z = f'{a} and {b!r:>10}'",
    "s = 'text # no comment'",
    't = """several\n  lines\n"""',
    "w = (a,\n     b,\n)",
    "assert a, 'message'",
    "u = lambda p: p + a",
]


def _reformatted(text: str, dice: random.Random) -> str:
    """The same program, written otherwise: another indentation, comments, blank lines, parsed and printed again."""
    if dice.random() < 0.5:
        text = ast.unparse(ast.parse(text))
    lines = []
    inside = False
    for line in text.split("\n"):
        before = inside
        if line.count('"""') == 1:
            inside = not inside
        if not before and not inside:
            if line.strip() and dice.random() < 0.3:
                lines.append(" " * dice.randrange(9) + "# a comment")
            if dice.random() < 0.2:
                lines.append("")
            if line.strip() and dice.random() < 0.3 and not re.search(r"['\\\\]$", line):
                line += "   "
        lines.append(line)
    return "\n".join(lines)


@given(st.lists(st.sampled_from(SNIPPETS), min_size=1, max_size=8), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_no_reformatting_changes_it(snippets: list[str], seed: int) -> None:
    import linecache

    dice = random.Random(seed)

    def loaded(text: str) -> str:
        filename = f"<test {next(_numbers)}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        space: dict[str, Any] = {"__name__": "made"}
        exec(compile(text, filename, "exec"), space)
        definition = define(space["model"])
        assert definition.exact, text
        return definition.fingerprint

    text = "def model(a, b):\n" + textwrap.indent("\n".join(snippets), "    ") + "\n    return a\n"
    assert loaded(text) == loaded(_reformatted(text, dice))
    assert loaded(text) != loaded(text.replace("    return a\n", "    return -a\n"))
