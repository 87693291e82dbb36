#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Handwritten digits: train a classifier, trace it on images that it has not seen, then improve it.

Needs scikit-learn and a server (`make run` starts one and runs this).  What
comes out: the model `digits` with two versions, a trace for every image with
the image itself, tags to slice by (the written digit, whether the answer was
right), and some failures, since a few images arrive damaged.
"""

import argparse
import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from vireo import Vireo

options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
options.add_argument("--url", help="of the server; default VIREO_URL, else http://127.0.0.1:4318")
options.add_argument("--project", default="quickstart")
options.add_argument("--images", type=int, default=240, help="how many to classify with each version")
args = options.parse_args()

vr = Vireo(args.project, url=args.url)


def picture(pixels):
    """8 x 8 grey levels 0..16 as a picture of 64 x 64, dark on light."""
    levels = 255 - np.clip(np.nan_to_num(pixels), 0, 16) * (255 / 16)
    return np.kron(levels, np.ones((8, 8))).astype("uint8")


def check(pixels):
    """Raise ValueError for an image that arrived damaged."""
    if pixels.shape != (8, 8):
        raise ValueError(f"the image is {pixels.shape[0]} x {pixels.shape[1]} pixels, not 8 x 8")
    damaged = int(np.isnan(pixels).sum())
    if damaged:
        raise ValueError(f"{damaged} pixels are not numbers")


def stream(seed):
    """The held-out images as a service would get them: one in forty damaged on its way."""
    dice = np.random.default_rng(seed)
    for pixels, digit in zip(held_out[: args.images], truth[: args.images]):
        kind = dice.integers(80)
        if kind == 0:
            pixels = pixels[:5]
        elif kind == 1:
            pixels = np.where(dice.random((8, 8)) < 0.1, np.nan, pixels)
        yield pixels, int(digit)


def classify_all(model, seed):
    """Run `model` over the stream; (right answers, failures)."""
    right = failed = 0
    for pixels, digit in stream(seed):
        try:
            right += model(pixels, digit)["digit"] == digit
        except ValueError:
            failed += 1
    return right, failed


def report(model, seed):
    started = time.perf_counter()
    right, failed = classify_all(model, seed)
    took = time.perf_counter() - started
    tag = vr.version_of(model)
    print(f"{tag}: {right} of {args.images - failed} right, {failed} damaged images refused, {took:.1f} s")


images, digits_written = load_digits(return_X_y=True)
learned, held_out, labels, truth = train_test_split(images, digits_written, test_size=0.5, random_state=7)
held_out = held_out.reshape(-1, 8, 8)

# The first version: a linear classifier that never saw scaled data, trained on little.
classifier = LogisticRegression(max_iter=60, C=0.0005).fit(learned[:200], labels[:200])


@vr.trace(name="digits", tags={"source": "held-out"})
def digits(pixels, written):
    """Which digit is it?  `written` is what the writer meant: known here, and only tagged."""
    span = vr.current_span()
    span.tag(written=written)
    span.log("image", picture(pixels))
    check(pixels)
    with vr.span("classify", kind="tool"):
        chances = classifier.predict_proba(pixels.reshape(1, -1))[0]
    digit = int(chances.argmax())
    span.tag(right=digit == written, confidence=round(float(chances.max()), 3))
    return {"digit": digit, "confidence": float(chances.max())}


report(digits, seed=1)

# The second version: scaled data, a better classifier, and it says when it is unsure.
classifier = make_pipeline(StandardScaler(), SVC(C=10)).fit(learned, labels)
UNSURE_BELOW = 0.6


@vr.trace(name="digits", tags={"source": "held-out"})
def digits(pixels, written):
    """Which digit is it?  `written` is what the writer meant: known here, and only tagged."""
    span = vr.current_span()
    span.tag(written=written)
    span.log("image", picture(pixels))
    check(pixels)
    with vr.span("classify", kind="tool"):
        votes = classifier.decision_function(pixels.reshape(1, -1))[0]
    chances = np.exp(votes - votes.max())
    chances /= chances.sum()
    digit, confidence = int(chances.argmax()), float(chances.max())
    span.tag(right=digit == written, confidence=round(confidence, 3), unsure=confidence < UNSURE_BELOW)
    return {"digit": digit, "confidence": confidence, "unsure": confidence < UNSURE_BELOW}


report(digits, seed=2)

delivered = vr.close(20)
print(f"The traces and both versions are in the project {args.project!r}" + ("" if delivered else " (or on their way)"))
