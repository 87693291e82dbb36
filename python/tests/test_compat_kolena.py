# SPDX-License-Identifier: Apache-2.0
"""Programs written for Kolena, with other import lines."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Server
from vireo import ConflictError, NotFoundError, RefusedError, Vireo, VireoError
from vireo.compat.kolena import errors, initialize

WORKFLOW = """
import dataclasses
from dataclasses import dataclass
from typing import Optional

from kolena.workflow import GroundTruth, Image, Inference, Metadata
from kolena.workflow.annotation import ClassificationLabel, ScoredClassificationLabel


@dataclass(frozen=True)
class MyTestSample(Image):
    metadata: Metadata = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class MyGroundTruth(GroundTruth):
    label: ClassificationLabel


@dataclass(frozen=True)
class MyInference(Inference):
    # use Optional to accommodate missing inferences
    prediction: Optional[ScoredClassificationLabel] = None
"""

# The page of the seed: a model, its metadata, and inferences that come from a CSV file.
MODEL = """
import kolena
from kolena.workflow import define_workflow

from my_workflow import MyTestSample, MyGroundTruth, MyInference

*_, Model = define_workflow("My Workflow", MyTestSample, MyGroundTruth, MyInference)
my_model = Model("example-model")
print(my_model.name, my_model.metadata)
"""

CSV = """
from dataclasses import dataclass
from typing import List

import pandas as pd

from kolena.workflow import define_workflow, test, Image
from kolena.workflow import EvaluationResults, MetricsTestCase, MetricsTestSample, TestCases
from kolena.workflow.annotation import ClassificationLabel, ScoredClassificationLabel
from kolena.workflow.metrics import precision

from my_workflow import MyTestSample, MyGroundTruth, MyInference

_, TestCase, TestSuite, Model = define_workflow("My Workflow", MyTestSample, MyGroundTruth, MyInference)

inference_by_locator = {
    record.locator: MyInference(prediction=ScoredClassificationLabel(
        label=record.label,
        score=record.score,
    )) for record in pd.read_csv("inferences.csv").itertuples()
}

asked = []

def infer(test_sample: Image) -> MyInference:
    asked.append(test_sample.locator)
    return inference_by_locator.get(test_sample.locator, MyInference())

samples = [
    (MyTestSample(row.locator, metadata={"city": row.city}), MyGroundTruth(ClassificationLabel(row.label)))
    for row in pd.read_csv("truth.csv").itertuples()
]
cities = {sample.metadata["city"] for sample, _ in samples}
suite = TestSuite(
    "cities",
    test_cases=[
        TestCase(f"city :: {city}", test_samples=[(s, t) for s, t in samples if s.metadata["city"] == city])
        for city in sorted(cities)
    ],
)

model = Model(
    "helpful-meadow-5 (YOLOR-D6, 1280x1280, pytorch-1.7)",
    infer=infer,
    metadata={"framework": "pytorch 1.7", "trained by": "name@company.ai", "lr": 0.01},
)

@dataclass(frozen=True)
class SampleMetrics(MetricsTestSample):
    missing: bool
    correct: bool

@dataclass(frozen=True)
class CaseMetrics(MetricsTestCase):
    n: int
    precision: float

def evaluate(
    test_samples: List[MyTestSample],
    ground_truths: List[MyGroundTruth],
    inferences: List[MyInference],
    test_cases: TestCases,
) -> EvaluationResults:
    metrics = [
        SampleMetrics(
            missing=inf.prediction is None,
            correct=inf.prediction is not None and inf.prediction.label == gt.label.label,
        )
        for gt, inf in zip(ground_truths, inferences)
    ]
    by_case = []
    for test_case, *s in test_cases.iter(test_samples, ground_truths, inferences, metrics):
        _, _, _, tc_metrics = s
        tp = sum(m.correct for m in tc_metrics)
        fp = sum(not m.correct and not m.missing for m in tc_metrics)
        by_case.append((test_case, CaseMetrics(n=len(tc_metrics), precision=precision(tp, fp))))
    return EvaluationResults(metrics_test_sample=list(zip(test_samples, metrics)), metrics_test_case=by_case)

test(model, suite, evaluate)
print(len(asked))
test(model, suite, evaluate)
print(len(asked))
test(model, suite, evaluate, reset=True)
print(len(asked))
"""


def with_other_imports(program: str) -> str:
    """The program, its import lines changed and nothing else."""
    program = re.sub(r"^import kolena$", "from vireo.compat import kolena", program, flags=re.M)
    return re.sub(r"^from kolena\b", "from vireo.compat.kolena", program, flags=re.M)


def run(program: str, folder: Path, server: Server) -> list[str]:
    (folder / "my_workflow.py").write_text(with_other_imports(WORKFLOW))
    path = folder / "program.py"
    path.write_text(with_other_imports(program))
    environment = {
        **os.environ,
        "VIREO_URL": server.url,
        "VIREO_PROJECT": "seed",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, path], cwd=folder, env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def test_the_seeds_programs_run_with_other_imports(server: Server, tmp_path: Path) -> None:
    assert run(MODEL, tmp_path, server) == ["example-model {}"]
    rows = [(f"s3://bucket/{i}.png", "cat dog"[4 * (i % 2) :][:3], ("Rome", "Paris")[i % 3 == 0]) for i in range(12)]
    (tmp_path / "truth.csv").write_text("locator,label,city\n" + "".join(f"{','.join(r)}\n" for r in rows))
    (tmp_path / "inferences.csv").write_text(
        "locator,label,score\n" + "".join(f"{r[0]},cat,{0.5 + i / 100}\n" for i, r in enumerate(rows[:10]))
    )
    assert run(CSV, tmp_path, server) == ["12", "12", "24"]
    with Vireo("seed", url=server.url) as vr:
        (evaluation,) = vr.request("GET", "/evaluations")["items"]
        assert evaluation["status"] == "complete"
        cases = {c["case"]: c["metrics"] for c in vr.request("GET", f"/evaluations/{evaluation['id']}/cases")["items"]}
    expected = {}
    for city in ("Paris", "Rome"):
        own = [(i, r) for i, r in enumerate(rows) if r[2] == city]
        answered = [r for i, r in own if i < 10]
        expected[f"city :: {city}"] = {
            "n": len(own),
            "precision": pytest.approx(sum(r[1] == "cat" for r in answered) / len(answered)),
        }
    assert cases == expected


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("", "initialize errors"),
        (".annotation", "Annotation BoundingBox Keypoints3D Polyline3D TextSegment CustomAnnotation ScoredLabel"),
        (".asset", "Asset ImageAsset AudioAsset MeshAsset BaseVideoAsset VideoAsset"),
        (".workflow", "Image ImagePair Composite BaseVideo define_workflow test TestRun no_op_evaluator Evaluator"),
        (".workflow.annotation", "BoundingBox ScoredClassificationLabel TimeSegment SegmentationMask"),
        (".workflow.asset", "ImageAsset PlainTextAsset BinaryAsset PointCloudAsset"),
        (".workflow.plot", "AxisConfig Curve CurvePlot Histogram BarPlot ConfusionMatrix"),
        (".workflow.evaluator", "Evaluator EvaluatorConfiguration MetricsTestSample MetricsTestCase MetricsTestSuite"),
        (".dataset", "upload_dataset download_dataset list_datasets upload_results download_results get_models"),
        (".metrics", "accuracy precision recall f1_score fpr specificity iou match_inferences InferenceMatches"),
        (".workflow.metrics", "match_inferences_multiclass MulticlassInferenceMatches"),
        (".io", "dataframe_to_csv dataframe_from_csv dataframe_from_json dataframe_to_parquet dataframe_from_parquet"),
        (".workflow.io", "dataframe_to_csv dataframe_from_csv dataframe_from_json"),
        (".workflow.visualization", "Colormap ColormapJet colorize_activation_map encode_png"),
        (".workflow.test_run", "TestRun test"),
        (".workflow.evaluator_function", "EvaluationResults TestCases no_op_evaluator"),
        ("._experimental", "download_results_by_tag download_quality_standard_result"),
        ("._experimental.object_detection", "ObjectDetectionEvaluator ThresholdConfiguration TestSample Model"),
        ("._experimental.object_detection", "compute_object_detection_results upload_object_detection_results"),
        ("._experimental.instance_segmentation", "InstanceSegmentationEvaluator upload_instance_segmentation_results"),
        ("._experimental.search", "upload_embeddings upload_dataset_embeddings"),
        ("._experimental.trace", "kolena_trace"),
        ("._experimental.classification.utils", "compute_roc_curves get_histogram_range compute_confusion_matrix"),
        ("._experimental.workflow", "ThresholdedMetrics"),
    ],
)
def test_names_are_where_they_were(module: str, names: str) -> None:
    found = importlib.import_module(f"vireo.compat.kolena{module}")
    assert [n for n in names.split() if not hasattr(found, n)] == []


def test_errors_are_vireos_own() -> None:
    assert issubclass(errors.NotFoundError, errors.RemoteError)
    assert (errors.NotFoundError, errors.NameConflictError, errors.RemoteError) == (
        NotFoundError,
        ConflictError,
        RefusedError,
    )
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), VireoError)


def test_initialize_connects(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("VIREO_PROJECT", "mine")
    initialize(api_token="token")
    assert "mine" in capsys.readouterr().out
    with pytest.deprecated_call():
        initialize("entity", "token", verbose=False)
    assert capsys.readouterr().out == ""


def test_a_test_without_evaluator_says_what_it_does_not(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    from vireo.compat.kolena.workflow import GroundTruth, Inference, Text, define_workflow, test
    from vireo.workflow import connect

    connect(Vireo("kolena", url=server.url))
    _, cases, suites, models = define_workflow("texts", Text, GroundTruth, Inference)
    suite = suites("s", test_cases=[cases("c", test_samples=[(Text("a"), GroundTruth())])])
    test(models("m", infer=lambda _: Inference()), suite)
    assert "only inferences are made" in caplog.text
