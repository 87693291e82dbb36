# SPDX-License-Identifier: Apache-2.0
"""A stored definition becomes a callable again, with what it needs, only on request."""

from __future__ import annotations

import importlib
import linecache
import shutil
import sys
import textwrap
import warnings
from typing import Any

import pytest
from vireo import LoadError, ModelVersion
from vireo._definition import define
from vireo._registration import Registration


@pytest.fixture
def stored(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write modules, import the last one, and store the definition of `model` as the server would."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(**modules: str) -> ModelVersion:
        for name, text in modules.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(text))
        known_as = [name.removesuffix("/__init__").replace("/", ".") for name in modules]
        made = importlib.import_module(known_as[-1])
        body = Registration("model", define(made.model))._fields()
        for name in [n for n in sys.modules if n.split(".")[0] in {k.split(".")[0] for k in known_as}]:
            del sys.modules[name]  # gone, as in another process
        for entry in tmp_path.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        importlib.invalidate_caches()
        linecache.clearcache()
        return ModelVersion({"tag": "model:v1", "version": 1, **body})

    return make


def test_it_runs_with_its_helpers_constants_and_packages(stored: Any) -> None:
    version = stored(
        ld_helpers="""
            import math
            FACTOR = 3
            def scale(x): return FACTOR * deep(x)
            def deep(x): return math.floor(x)
            class Base:
                def name(self): return "base"
        """,
        ld_main="""
            import numpy as np
            import ld_helpers
            from ld_helpers import scale as s, Base
            LIMITS = {"low": 1, "high": [2, 3]}
            def decorated(f): return f
            class Thing(Base):
                size = LIMITS["low"]
            @decorated
            def model(x, *, by=LIMITS["high"]):
                thing = Thing()
                return int(np.sum([s(x), ld_helpers.deep(2.5)])) + sum(by), thing.name(), thing.size
        """,
    )
    model = version.load(allow_code=True)
    assert model(1.5) == (3 + 2 + 5, "base", 1)
    assert "ld_helpers" not in sys.modules


def test_nothing_runs_without_the_callers_word(stored: Any) -> None:
    version = stored(ld_a="def model(): return 1")
    with pytest.raises(LoadError, match="allow_code=True"):
        version.load()


def test_recursion_lambdas_generators_and_coroutines(stored: Any) -> None:
    fact = stored(ld_b="def model(n): return 1 if n < 2 else n * model(n - 1)").load(allow_code=True)
    assert fact(5) == 120
    assert stored(ld_c="K = 2\nmodel = lambda x: x * K").load(allow_code=True)(4) == 8
    even = stored(ld_d="def model(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and model(n - 1)\n").load(
        allow_code=True
    )
    assert (even(10), even(7)) == (True, False)


def test_a_local_import_gets_the_stored_module(stored: Any) -> None:
    version = stored(
        ld_late="V = 7\ndef g(): return V\n", ld_e="def model():\n    from ld_late import g\n    return g()\n"
    )
    assert version.load(allow_code=True)() == 7


def test_what_could_not_be_stored_is_asked_for(stored: Any) -> None:
    version = stored(
        ld_f="""
            from sklearn.linear_model import LinearRegression
            estimator = LinearRegression()
            def model(x): return estimator.predict(x)
        """
    )
    with pytest.raises(NameError, match="estimator"):
        version.load(allow_code=True)(1)

    class Fake:
        def predict(self, x: int) -> int:
            return x + 1

    assert version.load(allow_code=True, names={"estimator": Fake()})(1) == 2


def test_closures_are_loaded_with_their_values(stored: Any) -> None:
    version = stored(ld_g="def make(n):\n    def model(x):\n        return x + n\n    return model\nmodel = make(5)\n")
    assert version.load(allow_code=True)(1) == 6


def test_without_source_there_is_nothing_to_load() -> None:
    version = ModelVersion({"tag": "m:v3", "version": 3, "first_seen": "2024-01-02T03:04:05.123456789Z"})
    with pytest.raises(LoadError, match="without source"):
        version.load(allow_code=True)
    assert version.first_seen is not None
    assert version.first_seen.isoformat() == "2024-01-02T03:04:05.123456+00:00"


def test_a_definition_that_cannot_be_made_again_says_why(stored: Any) -> None:
    version = ModelVersion(
        {
            "tag": "m:v1",
            "version": 1,
            "source": "def model(): return gone",
            "dependencies": [
                {"name": "gone", "kind": "import", "source": "import no_such_package_x", "module": "__root__"}
            ],
        }
    )
    with pytest.raises(LoadError, match=r"gone.*no_such_package_x"):
        version.load(allow_code=True)


def test_packages_of_ones_own_lead_to_their_stored_modules(stored: Any) -> None:
    util = """
        import re
        from . import BASE
        WORD = re.compile("[a-z]+")
        def add(a, b): return a + b + BASE
        def words(x): return WORD.findall(x)
    """
    inner = "from ..util import add\ndef deep(x): return add(x, 10)\n"
    for model in (
        """
        import ld_p.util
        import ld_p.inner as inn
        from ld_p import util as u
        from .util import words
        def model(x): return ld_p.util.add(x, 1), u.add(x, 2), inn.deep(x), words("a b")
        """,
        """
        def model(x):
            import ld_p.util
            from ld_p import util as u
            from ld_p.inner import deep
            from .util import words
            return ld_p.util.add(x, 1), u.add(x, 2), deep(x), words("a b")
        """,
        """
        def model(x):
            from . import util as u, inner
            return u.add(x, 1), u.add(x, 2), inner.deep(x), u.words("a b")
        """,
    ):
        version = stored(
            **{
                "ld_p/__init__": "BASE = 100\n",
                "ld_p/util": util,
                "ld_p/inner/__init__": inner,
                "ld_p/models": model,
            }
        )
        assert version.load(allow_code=True)(1) == (102, 103, 111, ["a", "b"]), model
    assert "ld_p" not in sys.modules


def test_a_change_in_what_a_local_import_imports_is_another_version(stored: Any) -> None:
    def print_of(factor: int) -> str:
        version: ModelVersion = stored(
            **{
                "ld_q/__init__": "",
                "ld_q/far": f"FACTOR = {factor}\n",
                "ld_q/near": "from .far import FACTOR\ndef times(x): return x * FACTOR\n",
                "ld_q/main": "def model(x):\n    from ld_q.near import times\n    return times(x)\n",
            }
        )
        assert version.load(allow_code=True)(2) == 2 * factor
        return version.fingerprint

    assert print_of(3) != print_of(4)


def test_classes_that_look_for_their_module(stored: Any) -> None:
    version = stored(
        ld_h="""
            import collections, dataclasses, enum
            Pair = collections.namedtuple("Pair", "a b", defaults=[7])
            class Colour(enum.Enum):
                RED = 1
            @dataclasses.dataclass(frozen=True)
            class Point:
                x: "float"
                tags: list = dataclasses.field(default_factory=list)
            def model(x): return Point(x, [Colour(1).name]), Pair(x), Pair(1, 2).b
        """
    )
    point, pair, two = version.load(allow_code=True)(3)
    assert (point.x, point.tags, tuple(pair), two) == (3, ["RED"], (3, 7), 2)


def test_imports_are_stored_as_they_were_written(stored: Any) -> None:
    version = stored(
        ld_i="""
            import xml.etree.ElementTree
            from numpy import sqrt
            from scipy.stats import norm
            from sklearn.datasets import load_digits as digits
            def model(x):
                return xml.etree.ElementTree.fromstring(x).tag, float(sqrt(norm.cdf(0) * 2)), len(digits().target)
        """
    )
    sources = {d["name"]: d["source"] for d in version.dependencies}
    assert sources["digits"] == "from sklearn.datasets import load_digits as digits"
    assert version.load(allow_code=True)("<a/>") == ("a", 1.0, 1797)


def test_state_begins_where_it_began(stored: Any) -> None:
    version = stored(ld_j="seen = 10\ndef model(x):\n    global seen\n    seen += x\n    return seen\n")
    model = version.load(allow_code=True)
    assert (model(1), model(1)) == (11, 12)


def test_values_that_count_by_their_content_are_stored(stored: Any) -> None:
    version = stored(
        ld_k="""
            import collections, datetime, decimal, functools, pathlib
            import numpy as np
            WEIGHTS = np.arange(6, dtype="float32").reshape(2, 3)
            TABLE = collections.defaultdict(int, {"a": {1, 2}})
            DAY = datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc)
            LIMITS = (decimal.Decimal("1.5"), float("inf"), pathlib.PurePosixPath("/a"))
            double = functools.partial(pow, 2)
            def model(x): return WEIGHTS.sum(axis=1).tolist(), TABLE["a"], TABLE["b"], DAY.year, LIMITS, double(x)
        """
    )
    weights, known, other, year, limits, power = version.load(allow_code=True)(3)
    assert (weights, known, other, year, power) == ([3.0, 12.0], {1, 2}, 0, 2024, 8)
    assert [str(x) for x in limits] == ["1.5", "inf", "/a"]


def test_a_package_that_is_not_here_is_named_with_its_version(stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at_the_top = stored(ld_l="import scipy.stats as st\ndef model(x): return st.norm.cdf(x)\n")
    inside = stored(ld_m="def model(x):\n    from scipy.stats import norm\n    return norm.cdf(x)\n")
    optional = stored(
        ld_n="""
            def model(x):
                try:
                    import scipy
                except ImportError:
                    return "without"
        """
    )
    for name in [n for n in sys.modules if n.split(".")[0] == "scipy"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(LoadError, match=r"pip install scipy==\d"):
        at_the_top.load(allow_code=True)
    with pytest.raises(ModuleNotFoundError, match=r"model:v1 was made with .*pip install scipy==\d"):
        inside.load(allow_code=True)(0)
    assert optional.load(allow_code=True)(0) == "without"


def test_another_python_or_package_is_warned_of() -> None:
    body = {"tag": "m:v1", "version": 1, "source": "def model(): return 1", "language_version": "2.7.18"}
    with pytest.warns(RuntimeWarning, match=r"m:v1 was made with Python 2.7.18 \(here 3.*numpy 1.0 \(here"):
        ModelVersion({**body, "packages": {"numpy": "1.0", "gone": "1"}}).load(allow_code=True)
    same = ".".join(map(str, sys.version_info[:2]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ModelVersion({**body, "language_version": f"{same}.99"}).load(allow_code=True)


def test_what_is_missing_in_a_version_is_told_with_its_name_and_kind(stored: Any) -> None:
    version = stored(ld_o="clients = [object()]\ndef model(x): return len(clients) + len([x])\n")
    with pytest.raises(LoadError, match=r"model:v1 uses 'clients' \(list\).*names={'clients': \.\.\.}"):
        version.load(allow_code=True)(1)
    assert version.load(allow_code=True, names={"clients": [1, 2]})(1) == 3


def test_a_name_is_missing_only_in_the_module_that_lacks_it(stored: Any) -> None:
    version = stored(
        ld_p="""
            clf = [object()]
            def predict(x): return len(clf) + x
        """,
        ld_q="""
            from ld_p import predict
            def clf(x): return predict(x) * 10
            def model(x): return clf(x)
        """,
    )
    with pytest.raises(LoadError, match=r"model:v1 uses 'clf' \(list\)"):
        version.load(allow_code=True)(1)
    assert version.load(allow_code=True, names={"clf": [1, 2, 3]})(1) == 40


@pytest.mark.parametrize("known_as", ["clf", "other"])
def test_a_missing_value_is_told_where_it_was_imported_to(stored: Any, known_as: str) -> None:
    version = stored(
        ld_r="""
            clf = [object()]
            def count(): return len(clf)
        """,
        ld_s=f"""
            from ld_r import clf as {known_as}, count
            def model(x): return len({known_as}) + x if x < 2 else count()
        """,
    )
    with pytest.raises(LoadError, match=rf"model:v1 uses '{known_as}' \(list\)"):
        version.load(allow_code=True)(1)
    loaded = version.load(allow_code=True, names={"clf": [1, 2, 3]})
    assert (loaded(1), loaded(2)) == (4, 3)
