# SPDX-License-Identifier: Apache-2.0
"""A stored definition becomes a callable again, with what it needs, only on request."""

from __future__ import annotations

import sys
import textwrap
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
            (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        made = __import__(list(modules)[-1])
        body = Registration("model", define(made.model))._fields()
        for name in modules:  # gone, as in another process
            sys.modules.pop(name, None)
            (tmp_path / f"{name}.py").unlink()
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
