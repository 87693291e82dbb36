# SPDX-License-Identifier: Apache-2.0
"""Judges on real data: every call scored, two versions compared on the same samples.

    python examples/judging.py [--url http://127.0.0.1:4318]

Handwritten digits (scikit-learn). The first version compares a digit with the mean of each class, the second
with its nearest neighbours. A judge scores each call by how sure the model is; an evaluator tells whether it is right.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from vireo import Vireo
from vireo.judge import Judge, Score

TRAINED, ASKED = 1200, 300


def scoring_rubric(outputs: dict[str, Any]) -> Score:
    ranked = sorted(outputs["shares"], reverse=True)
    return Score(ranked[0] - ranked[1], f"first {ranked[0]:.2f}, second {ranked[1]:.2f}")


def passing_criteria(score: float) -> bool:
    return score >= 0.5


def right(outputs: dict[str, Any], expected: int) -> bool:
    return bool(outputs["digit"] == expected)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--url")
    options.add_argument("--project", default="digits")
    args = options.parse_args()
    vr = Vireo(args.project, url=args.url)
    pixels, digits = load_digits(return_X_y=True)
    sure = vr.add_judge(Judge("sure", "how far the best digit is before the second", scoring_rubric, passing_criteria))

    centroids = NearestCentroid().fit(pixels[:TRAINED], digits[:TRAINED])

    @vr.assess(sure)
    def classify(image: list[float]) -> dict[str, Any]:
        distances = np.linalg.norm(centroids.centroids_ - np.asarray(image), axis=1)
        shares = np.exp(-distances) / np.exp(-distances).sum()
        return {"digit": int(shares.argmax()), "shares": shares.round(4).tolist()}

    first = classify
    for image in pixels[-20:]:
        first(image.tolist())  # as in production: traced, and scored a moment later

    neighbours = KNeighborsClassifier(5).fit(pixels[:TRAINED], digits[:TRAINED])

    @vr.assess(sure)
    def classify(image: list[float]) -> dict[str, Any]:
        (shares,) = neighbours.predict_proba([image])
        return {"digit": int(shares.argmax()), "shares": shares.tolist()}

    samples = [
        {"input": {"image": p.tolist()}, "expected": int(d), "metadata": {"digit": int(d)}}
        for p, d in zip(pixels[TRAINED : TRAINED + ASKED], digits[TRAINED:])
    ]
    dataset = vr.dataset("handwritten").add(samples)
    old = vr.evaluate(first, dataset, judges=[sure], evaluators=[right])
    new = vr.evaluate(classify, dataset, judges=[sure], evaluators=[right])
    print(f"{old.model}: {old.metrics['right']:.3f} right, {new.model}: {new.metrics['right']:.3f}")
    print(vr.compare(new, old, higher=["right", "sure", "sure_passed"]))
    vr.close(30)


if __name__ == "__main__":
    main()
