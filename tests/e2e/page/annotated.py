#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Samples of each kind with annotations, expected and inferred, in the project `drawn`:
names in a text, two speakers in a sound, a street with masks, key points and boxes seen by a
camera, and a cloud of points.  annotated.py URL"""

import hashlib
import io
import math
import sys
import wave
from dataclasses import dataclass, field

import httpx
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw
from vireo import Vireo
from vireo.annotation import (
    Keypoints,
    LabeledBoundingBox3D,
    LabeledPolygon,
    LabeledTextSegment,
    LabeledTimeSegment,
    Polyline,
    ScoredLabeledBoundingBox,
    ScoredLabeledBoundingBox3D,
    ScoredLabeledTextSegment,
    ScoredLabeledTimeSegment,
    SegmentationMask,
)
from vireo.workflow import (
    Audio,
    EvaluationResults,
    GroundTruth,
    Image,
    Inference,
    Metadata,
    MetricsTestCase,
    MetricsTestSample,
    MetricsTestSuite,
    PointCloud,
    Text,
    connect,
    define_workflow,
    test,
)

PROJECT = "drawn"
URL = sys.argv[1]


def kept(media_type: str, data: bytes) -> str:
    """Keep a file on the server; its locator."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = f"{URL}/api/v1/projects/{PROJECT}/blobs/{sha256}"
    httpx.put(path, content=data, headers={"content-type": media_type}).raise_for_status()
    return path


def png(picture: Picture.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return kept("image/png", file.getvalue())


# ---------------------------------------------------------------- text

TEXT = (
    "Ada Lovelace wrote the first program 😀 for Charles Babbage's Analytical Engine in London. "
    "The University of Cambridge keeps her letters to Mary Somerville."
)


def segments(*parts: tuple[str, str], score: float | None = None) -> list[LabeledTextSegment]:
    found = []
    for text, label in parts:
        start = TEXT.index(text)
        place = {"text_field": "text", "start": start, "end": start + len(text), "label": label}
        found.append(ScoredLabeledTextSegment(**place, score=score) if score else LabeledTextSegment(**place))
    return found


@dataclass(frozen=True)
class Names(GroundTruth):
    names: list[LabeledTextSegment]


@dataclass(frozen=True)
class FoundNames(Inference):
    names: list[ScoredLabeledTextSegment]


NAMES = Names(
    segments(
        ("Ada Lovelace", "person"),
        ("Charles Babbage", "person"),
        ("Analytical Engine", "machine"),
        ("London", "place"),
        ("University of Cambridge", "organisation"),
        ("Cambridge", "place"),
        ("Mary Somerville", "person"),
    )
)
FOUND = FoundNames(
    [
        *segments(("Ada Lovelace", "person"), ("Charles Babbage's Analytical", "person"), score=0.93),
        *segments(("London", "place"), ("Cambridge", "place"), score=0.71),
    ]
)

# ---------------------------------------------------------------- sound


def sound(seconds: int = 8, rate: int = 8000) -> str:
    """Two voices, a high and a low one."""
    times = np.arange(seconds * rate) / rate
    pitch = np.where((times % 4) < 2, 440.0, 220.0)
    samples = (8000 * np.sin(2 * math.pi * pitch * times)).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())
    return kept("audio/wav", file.getvalue())


@dataclass(frozen=True)
class Speech(GroundTruth):
    turns: list[LabeledTimeSegment]


@dataclass(frozen=True)
class HeardSpeech(Inference):
    turns: list[ScoredLabeledTimeSegment]


SPEECH = Speech(
    [
        LabeledTimeSegment(start=0, end=2, label="good morning", group="high"),
        LabeledTimeSegment(start=2, end=4, label="good morning", group="low"),
        LabeledTimeSegment(start=4, end=6, label="how are you", group="high"),
        LabeledTimeSegment(start=6, end=8, label="well", group="low"),
    ]
)
HEARD = HeardSpeech(
    [
        ScoredLabeledTimeSegment(start=0.2, end=2.3, label="good morning", score=0.9, group="high"),
        ScoredLabeledTimeSegment(start=1.9, end=4.1, label="good morning", score=0.8, group="low"),
        ScoredLabeledTimeSegment(start=4, end=5.1, label="how are you", score=0.6, group="high"),
        ScoredLabeledTimeSegment(start=4.8, end=8, label="you well", score=0.4, group="high"),
    ]
)

# ---------------------------------------------------------------- a street

SIZE = (480, 320)
# The camera looks along +x from 1.5 m above the ground: right is -y, down is -z.
CAMERA = np.array([[240, -400, 0, 0], [150, 0, -400, 600], [1, 0, 0, 0]], dtype=float)
CARS = [
    LabeledBoundingBox3D(center=(14.0, 3.0, 0.75), dimensions=(4.2, 1.8, 1.5), rotations=(0.0, 0.0, 0.2), label="car"),
    LabeledBoundingBox3D(center=(22.0, -3.5, 0.9), dimensions=(4.6, 1.9, 1.8), rotations=(0.0, 0.0, -0.1), label="van"),
]
SEEN_CARS = [
    ScoredLabeledBoundingBox3D((14.4, 2.8, 0.8), (4.0, 1.9, 1.6), (0.0, 0.0, 0.35), label="car", score=0.88),
    ScoredLabeledBoundingBox3D((21.0, -3.2, 0.9), (4.4, 1.9, 1.8), (0.0, 0.0, 0.1), label="car", score=0.52),
]
LABELS = {1: "road", 2: "sky", 3: "house"}


def street() -> Picture.Image:
    picture = Picture.new("RGB", SIZE, (168, 200, 232))
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, 320), (200, 150), (280, 150), (480, 320)], fill=(96, 96, 100))
    draw.rectangle((0, 60, 120, 230), fill=(190, 150, 120))
    draw.rectangle((390, 40, 480, 240), fill=(150, 120, 110))
    draw.ellipse((225, 165, 235, 175), fill=(240, 210, 180))
    draw.line([(230, 175), (230, 205), (222, 230)], fill=(40, 60, 120), width=5)
    draw.line([(230, 205), (238, 230)], fill=(40, 60, 120), width=5)
    return picture


def mask(shift: int) -> SegmentationMask:
    picture = Picture.new("L", SIZE, 0)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 480, 140), fill=2)
    draw.polygon([(0 + shift, 320), (200, 150), (280 + shift, 150), (480, 320)], fill=1)
    draw.rectangle((0, 60, 120 - shift, 230), fill=3)
    draw.rectangle((390 + shift, 40, 480, 240), fill=3)
    return SegmentationMask(labels=LABELS, locator=png(picture))


@dataclass(frozen=True)
class Street(Image):
    projection: list[float]
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True)
class SeenStreet(GroundTruth):
    mask: SegmentationMask
    houses: list[LabeledPolygon]
    kerb: Polyline
    walker: Keypoints
    cars: list[LabeledBoundingBox3D]


@dataclass(frozen=True)
class GuessedStreet(Inference):
    mask: SegmentationMask
    walkers: list[ScoredLabeledBoundingBox]
    cars: list[ScoredLabeledBoundingBox3D]


def seen_street() -> SeenStreet:
    walker = [(230.0, 170.0), (230.0, 205.0), (222.0, 230.0), (238.0, 230.0)]
    return SeenStreet(
        mask(0),
        [LabeledPolygon(points=[(390.0, 40.0), (480.0, 40.0), (480.0, 240.0), (390.0, 240.0)], label="house")],
        Polyline(points=[(0.0, 320.0), (200.0, 150.0)]),
        Keypoints(points=walker, skeleton=[(0, 1), (1, 2), (1, 3)]),
        CARS,
    )


def guessed_street() -> GuessedStreet:
    box = ScoredLabeledBoundingBox(top_left=(216.0, 160.0), bottom_right=(244.0, 236.0), label="walker", score=0.83)
    return GuessedStreet(mask(14), [box], SEEN_CARS)


# ---------------------------------------------------------------- a cloud


def cloud() -> str:
    """The ground, and points on the cars' sides."""
    dice = np.random.default_rng(3)
    ground = dice.uniform((4, -12, 0), (34, 12, 0.05), (20_000, 3))
    parts = [ground]
    for car in CARS:
        points = dice.uniform(-0.5, 0.5, (3000, 3))
        points[np.arange(3000), dice.integers(0, 3, 3000)] = dice.choice([-0.5, 0.5], 3000)
        points *= car.dimensions
        angle = car.rotations[2]
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        points[:, :2] = points[:, :2] @ turn.T
        parts.append(points + car.center)
    file = io.BytesIO()
    np.save(file, np.concatenate(parts).astype("<f4"))
    return kept("application/x-npy", file.getvalue())


@dataclass(frozen=True)
class Cars(GroundTruth):
    cars: list[LabeledBoundingBox3D]


@dataclass(frozen=True)
class SeenCars(Inference):
    cars: list[ScoredLabeledBoundingBox3D]


# ---------------------------------------------------------------- the tests


@dataclass(frozen=True)
class SampleMetrics(MetricsTestSample):
    found: float


@dataclass(frozen=True)
class CaseMetrics(MetricsTestCase):
    found: float


@dataclass(frozen=True)
class SuiteMetrics(MetricsTestSuite):
    found: float


def evaluate(samples, truths, inferences, test_cases):  # type: ignore[no-untyped-def]
    metrics = [SampleMetrics(0.5) for _ in samples]
    by_case = [(case, CaseMetrics(0.5)) for case, *_ in test_cases.iter(samples, truths, inferences, metrics)]
    return EvaluationResults(list(zip(samples, metrics)), by_case, [], SuiteMetrics(0.5))


def run(name, kinds, sample, truth, inference):  # type: ignore[no-untyped-def]
    _, case, suite, model = define_workflow(name, *kinds)
    cases = [case(f"{name} samples", test_samples=[(sample, truth)])]
    test(model(f"{name} model", infer=lambda _: inference), suite(name, test_cases=cases), evaluate)


def main() -> None:
    httpx.post(f"{URL}/api/v1/projects", json={"name": PROJECT})
    connect(Vireo(PROJECT, url=URL))
    run("text", (Text, Names, FoundNames), Text(TEXT), NAMES, FOUND)
    run("sound", (Audio, Speech, HeardSpeech), Audio(sound()), SPEECH, HEARD)
    view = Street(png(street()), [float(v) for v in CAMERA.ravel()])
    run("street", (Street, SeenStreet, GuessedStreet), view, seen_street(), guessed_street())
    run("cloud", (PointCloud, Cars, SeenCars), PointCloud(cloud()), Cars(CARS), SeenCars(SEEN_CARS))


if __name__ == "__main__":
    main()
