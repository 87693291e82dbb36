#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Handwritten digits: test two classifiers on a suite, and see that the newer one got worse at rotated digits.

Needs scikit-learn, Pillow and a server (`make run` starts one).  The first model learned from digits as they
are, rotated and noisy; the second one, a stronger kind, only from digits as they are.  On those it is better; on
the rotated ones it is worse, which one number over all samples would hide.

    vireo gate --project digits-test --workflow Digits --suite digits \\
        --baseline "logistic (augmented)" --model "svc (clean)" --significant --each-case

stops it: exit status 1, for the rotated ones.
"""

import argparse
import base64
import io
from dataclasses import dataclass, field

import numpy as np
from PIL import Image as Picture
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC
from vireo import Vireo
from vireo.annotation import Label, ScoredLabel
from vireo.workflow import (
    EvaluationResults,
    GroundTruth,
    Image,
    Inference,
    Metadata,
    MetricsTestCase,
    MetricsTestSample,
    MetricsTestSuite,
    connect,
    define_workflow,
    test,
)
from vireo.workflow.classification import compute_confusion_matrix

options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
options.add_argument("--url", help="of the server; default VIREO_URL, else http://127.0.0.1:4318")
options.add_argument("--project", default="digits-test")
args = options.parse_args()

connect(Vireo(args.project, url=args.url))


# ---------------------------------------------------------------- the workflow


@dataclass(frozen=True)
class Digit(Image):
    """A small picture, carried in its locator."""

    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True)
class Written(GroundTruth):
    digit: Label


@dataclass(frozen=True)
class Read(Inference):
    digit: ScoredLabel


_, TestCase, TestSuite, Model = define_workflow("Digits", Digit, Written, Read)


def located(pixels):
    """8 x 8 grey levels 0..16 as the address of a picture."""
    levels = np.clip(pixels, 0, 16).round().astype("uint8") * 15
    file = io.BytesIO()
    Picture.fromarray(levels.reshape(8, 8)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def pixels_of(sample):
    """What the model sees of a sample."""
    data = base64.b64decode(sample.locator.partition(",")[2])
    return np.asarray(Picture.open(io.BytesIO(data)), dtype=float).ravel() / 240


# ---------------------------------------------------------------- the data


def rotated(pixels, degrees):
    """The digit, leaning."""
    picture = Picture.fromarray(pixels.reshape(8, 8).astype("float32"))
    return np.asarray(picture.rotate(degrees, Picture.Resampling.BILINEAR)).ravel()


def altered(images, seed):
    """Each image three times: as it is, rotated by 15 to 30 degrees, and noisy."""
    dice = np.random.default_rng(seed)
    angles = dice.uniform(15, 30, len(images)) * dice.choice([-1, 1], len(images))
    return {
        "clean": images,
        "rotated": np.array([rotated(image, angle) for image, angle in zip(images, angles)]),
        "noisy": np.clip(images + dice.normal(0, 4, images.shape), 0, 16),
    }


images, digits = load_digits(return_X_y=True)
learned, held_out, labels, truth = train_test_split(images, digits, test_size=0.2, random_state=7)

pairs = []
for how, pictures in altered(held_out, seed=1).items():
    for i, (pixels, digit) in enumerate(zip(pictures, truth)):
        sample = Digit(located(pixels), metadata={"alteration": how, "digit": int(digit), "image": i})
        pairs.append((sample, Written(Label(str(digit)))))


def slice_of(**wanted):
    """The samples with that metadata."""
    return [(s, t) for s, t in pairs if all(s.metadata[k] == v for k, v in wanted.items())]


cases = [("all", pairs)]
cases += [(how, slice_of(alteration=how)) for how in ("clean", "rotated", "noisy")]
cases += [(f"digit {d}", slice_of(digit=d)) for d in range(10)]
suite = TestSuite("digits", test_cases=TestCase.init_many(cases))


# ---------------------------------------------------------------- the evaluator


@dataclass(frozen=True)
class SampleMetrics(MetricsTestSample):
    correct: bool
    confidence: float


@dataclass(frozen=True)
class DigitMetrics(MetricsTestCase):
    digit: str
    n: int
    recall: float


@dataclass(frozen=True)
class CaseMetrics(MetricsTestCase):
    n: int
    accuracy: float
    mean_confidence: float
    per_digit: list[DigitMetrics]


@dataclass(frozen=True)
class SuiteMetrics(MetricsTestSuite):
    worst_case_accuracy: float


def per_digit(truths, metrics):
    """The share of each digit that was read right."""
    found = []
    for digit in sorted({t.digit.label for t in truths}):
        correct = [m.correct for t, m in zip(truths, metrics) if t.digit.label == digit]
        found.append(DigitMetrics(digit, len(correct), sum(correct) / len(correct)))
    return found


def evaluate(samples, truths, inferences, test_cases):
    metrics = [SampleMetrics(t.digit.label == i.digit.label, i.digit.score) for t, i in zip(truths, inferences)]
    by_case, plots = [], []
    for case, _, case_truths, case_inferences, rows in test_cases.iter(samples, truths, inferences, metrics):
        accuracy = sum(m.correct for m in rows) / len(rows)
        confidence = sum(m.confidence for m in rows) / len(rows)
        by_case.append((case, CaseMetrics(len(rows), accuracy, confidence, per_digit(case_truths, rows))))
        actual, predicted = [t.digit.label for t in case_truths], [i.digit.label for i in case_inferences]
        plots.append((case, [compute_confusion_matrix(actual, predicted, labels=[str(d) for d in range(10)])]))
    worst = min(m.accuracy for _, m in by_case)
    return EvaluationResults(list(zip(samples, metrics)), by_case, plots, SuiteMetrics(worst))


# ---------------------------------------------------------------- the models


def reader(classifier):
    """infer() of a trained classifier."""

    def infer(sample):
        votes = classifier.decision_function(pixels_of(sample).reshape(1, -1))[0]
        chances = np.exp(votes - votes.max())
        best = int(votes.argmax())
        return Read(ScoredLabel(str(best), float(chances[best] / chances.sum())))

    return infer


training = altered(learned, seed=2)
augmented = LogisticRegression().fit(np.concatenate(list(training.values())) / 16, np.tile(labels, len(training)))
clean = SVC(C=10, gamma=0.25).fit(learned / 16, labels)

for name, classifier in (("logistic (augmented)", augmented), ("svc (clean)", clean)):
    model = Model(name, infer=reader(classifier), metadata={"classifier": str(classifier)})
    run = test(model, suite, evaluate)
    print(f"{name}: {run.url}")
