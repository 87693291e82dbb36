# SPDX-License-Identifier: Apache-2.0
"""The example of the digits: the newer model is as good over all and worse on rotated digits, which stops the gate."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from vireo_server import BINARY, ROOT, Server, clean_environment

PROJECT = "digits-test"


@pytest.fixture(scope="module")
def example(shared_server: Server) -> Server:
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "digits_test.py", "--url", shared_server.url],
        capture_output=True,
        text=True,
        timeout=120,
        env=clean_environment() | {"OMP_NUM_THREADS": "1"},  # many threads on pictures of 64 pixels wait for each other
    )
    assert done.returncode == 0, done.stderr
    return shared_server


def gate(server: Server, *options: str) -> subprocess.CompletedProcess[str]:
    models = ["--baseline", "logistic (augmented)", "--model", "svc (clean)"]
    where = ["--url", server.url, "--project", PROJECT, "--workflow", "Digits", "--suite", "digits"]
    return subprocess.run(
        [BINARY, "gate", *where, *models, *options],
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(),
    )


def test_one_number_over_all_samples_hides_the_regression(example: Server) -> None:
    done = gate(example, "--require", "accuracy >= baseline - 0.02")
    assert done.returncode == 0, done.stdout


def test_the_gate_stops_what_got_worse_in_one_case(example: Server, tmp_path: pathlib.Path) -> None:
    report = tmp_path / "gate.xml"
    done = gate(example, "--significant", "--each-case", "--junit", str(report))
    assert done.returncode == 1, done.stdout
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL ")]
    assert any("rotated" in line and "regressed" in line for line in failed)
    assert not any(" clean " in line or " noisy " in line for line in failed)
    assert "rotated" in "".join(
        str(f.attrib) for f in ET.parse(report).iter("testcase") if f.find("failure") is not None
    )
    assert gate(example, "--case", "rotated", "--require", "accuracy >= baseline - 0.02").returncode == 1
    assert gate(example, "--case", "clean", "--require", "accuracy >= baseline - 0.02").returncode == 0


def test_what_the_page_shows_of_it(example: Server) -> None:
    newer, older = example.api("/evaluations", PROJECT)["items"]
    assert (newer["model"], older["model"]) == ("svc (clean):v1", "logistic (augmented):v1")
    assert newer["status"] == older["status"] == "complete"
    cases = {c["case"]: c["metrics"] for c in example.api(f"/evaluations/{newer['id']}/cases", PROJECT)["items"]}
    assert list(cases) == ["all", "clean", "rotated", "noisy", *(f"digit {d}" for d in range(10))]
    assert cases["rotated"]["n"] == 360
    assert {row["digit"] for row in cases["all"]["per_digit"]} == {str(d) for d in range(10)}
    (plots,) = example.api(f"/evaluations/{newer['id']}/plots", PROJECT, case="rotated")["items"]
    assert plots["plots"][0]["data_type"] == "PLOT/CONFUSION_MATRIX"
    wrong = example.api(f"/evaluations/{newer['id']}/samples", PROJECT, case="rotated", filter="correct:false")
    assert wrong["total"] == round(360 * (1 - cases["rotated"]["accuracy"]))
    assert wrong["items"][0]["input"]["locator"].startswith("data:image/png;base64,")
    assert wrong["items"][0]["metadata"]["alteration"] == "rotated"
