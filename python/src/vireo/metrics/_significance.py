# SPDX-License-Identifier: Apache-2.0
"""Do two models differ on the same samples?

`a` and `b` are columns with a value of each sample, in the same order; a difference is a - b.  Samples where it is
NaN are left out and not counted.  All p values are two-sided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from .. import _metrics
from ._columns import Numbers, choose, column, differences, like

_ZEROS = {"drop": 0, "pratt": 1}
_METHODS = {"auto": 0, "exact": 1, "normal": 2}
_EXACT_MCNEMAR = 1000  # discordant samples; beyond, both tests agree to three digits


class Interval(NamedTuple):
    low: float
    high: float


class SignTest(NamedTuple):
    statistic: float
    """Samples on which a is above b."""
    p_value: float
    n: int
    """Samples that differ."""


class McNemar(NamedTuple):
    statistic: float
    p_value: float
    only_a: int
    """Samples that only a got right."""
    only_b: int
    difference: Interval
    """Newcombe's interval of the difference of the shares of right answers, a - b."""


class PairedT(NamedTuple):
    t: float
    p_value: float
    mean: float
    """Mean difference."""
    interval: Interval
    n: int


class Wilcoxon(NamedTuple):
    statistic: float
    """The smaller of the two sums of ranks."""
    p_value: float
    w_plus: float
    w_minus: float
    n: int
    """Without zeros."""
    exact: bool


class Bootstrap(NamedTuple):
    observed: float
    standard_error: float
    percentile: Interval
    bca: Interval
    """Bias-corrected and accelerated: the one to report."""
    p_value: float
    """That the true value is 0."""
    n: int


class TwoProportions(NamedTuple):
    z: float
    p_value: float
    difference: Interval
    """Newcombe's interval of share a - share b."""


def _confidence(confidence: float) -> float:
    if not 0 <= confidence < 1:
        raise ValueError(f"confidence is {confidence}, expected [0, 1)")
    return confidence


def mcnemar(a: Numbers, b: Numbers, *, exact: bool | None = None, confidence: float = 0.95) -> McNemar:
    """Right (1) or wrong (0) of two models on the same samples.

    Args:
        exact: the binomial test of a fair coin over the samples that only one got right; else chi-square with
            Edwards's correction.  Default: exact up to 1000 such samples.
    """
    _confidence(confidence)
    both, only_a, only_b, neither = _metrics.paired_counts(column(a), column(b))
    if exact is None:
        exact = only_a + only_b <= _EXACT_MCNEMAR
    statistic, p, _ = _metrics.mcnemar(only_a, only_b, exact)
    interval = _metrics.paired_difference(both, only_a, only_b, neither, confidence)
    return McNemar(statistic, p, only_a, only_b, Interval(*interval))


def sign_test(a: Numbers, b: Numbers) -> SignTest:
    """On how many samples a is above b, against a fair coin; equal ones are left out."""
    return SignTest(*_metrics.sign_test(differences(a, b)))


def paired_t_test(a: Numbers, b: Numbers, *, confidence: float = 0.95) -> PairedT:
    """Student's test of the mean difference."""
    t, p, mean, interval, n = _metrics.paired_t(differences(a, b), _confidence(confidence))
    return PairedT(t, p, mean, Interval(*interval), n)


def wilcoxon(
    a: Numbers,
    b: Numbers,
    *,
    zeros: Literal["drop", "pratt"] = "drop",
    method: Literal["auto", "exact", "normal"] = "auto",
) -> Wilcoxon:
    """The signed-rank test; ties share their mean rank.

    Args:
        zeros: equal pairs: "drop" leaves them out before ranking, "pratt" ranks them and then drops their ranks.
        method: "auto" is exact up to 50 samples without ties and zeros, else normal with correction for ties and none
            for continuity.  ValueError for exact with more.
    """
    chosen = choose("zeros", zeros, _ZEROS), choose("method", method, _METHODS)
    plus, minus, p, n, exact = _metrics.wilcoxon(differences(a, b), *chosen)
    return Wilcoxon(min(plus, minus), p, plus, minus, n, exact)


def paired_bootstrap(
    a: Numbers,
    b: Numbers,
    *,
    statistic: Callable[[memoryview], float] | None = None,
    rounds: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Bootstrap:
    """Resample the samples, with both models' values, `rounds` times.  The same seed gives the same answer.

    Args:
        statistic: of the rows with these numbers (a memoryview, each 0 to n - 1, any number of times), for
            example the difference of two F1 scores; it must be finite.  Default: the mean of a - b.
        rounds: 1 to 1 000 000.

    Raises:
        ValueError: a statistic that is not finite; other numbers out of range.
    """
    if statistic is None:
        found = _metrics.bootstrap_mean(differences(a, b), seed, rounds, confidence)
    else:
        if len(a) != len(b):
            raise ValueError(f"a and b differ in length: {len(a)} and {len(b)}")
        found = _metrics.bootstrap_statistic(statistic, len(a), seed, rounds, confidence)
    observed, error, percentile, bca, p, n = found
    return Bootstrap(observed, error, Interval(*percentile), Interval(*bca), p, n)


def holm(p_values: Numbers) -> Any:
    """p values corrected by Holm's method: below alpha, the chance of even one false alarm is at most alpha."""
    return like(_metrics.holm(column(p_values)), p_values)


def benjamini_hochberg(p_values: Numbers) -> Any:
    """p values corrected by Benjamini and Hochberg: the share of false alarms among the alarms is bounded."""
    return like(_metrics.benjamini_hochberg(column(p_values)), p_values)


def wilson_interval(hits: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Wilson's interval of a share; (0, 1) for n = 0."""
    if not 0 <= hits <= n:
        raise ValueError(f"hits is {hits} of {n}")
    return Interval(*_metrics.wilson(hits, n, _confidence(confidence)))


def two_proportions(a: int, of_a: int, b: int, of_b: int, *, confidence: float = 0.95) -> TwoProportions:
    """Shares of two independent sets of samples: z test with pooled variance, and Newcombe's interval."""
    if not (0 <= a <= of_a and 0 <= b <= of_b):
        raise ValueError(f"{a} of {of_a} and {b} of {of_b} are no shares")
    z, p, low, high = _metrics.two_proportions(a, of_a, b, of_b, _confidence(confidence))
    return TwoProportions(z, p, Interval(low, high))


def normal_quantile(p: float) -> float:
    """The z with P(Z <= z) = p; infinite at 0 and 1, NaN outside."""
    return _metrics.normal_quantile(p)


def margin_of_error(n_samples: int, confidence_level: float = 0.95, positive_sample_rate: float = 0.5) -> float:
    """Of a share of n samples, in percent: 100 z sqrt(p (1 - p) / n); 0 for no samples."""
    _confidence(confidence_level)
    return _metrics.margin_of_error(positive_sample_rate, max(n_samples, 0), confidence_level)


def performance_delta(target: float, reference: float, maximum: float | None = None) -> float:
    """From reference to target in percent of a scale: 10 to the next whole power of `maximum`, or `maximum` itself
    from 1000 on; without a maximum, the target."""
    return _metrics.performance_delta(target, reference, -1.0 if maximum is None else maximum)


def difficulty_scores(
    metrics: Mapping[str, Numbers],
    higher_is_better: Mapping[str, bool],
    weights: Mapping[str, float] | None = None,
) -> list[float]:
    """How hard each sample was for a model, 0 to 1.

    Each metric, turned so that higher is harder, is scaled from its smallest to its largest value; the score is
    their weighted mean.  A metric that is the same for all samples counts as 0, and so does NaN.  Over several
    models, take the mean.

    Raises:
        ValueError: no metric, lengths that differ, weights that are negative or all 0.
        KeyError: a metric without a direction or weight.
    """
    if not metrics:
        raise ValueError("metrics: at least one is needed")
    shares = {name: 1.0 if weights is None else float(weights[name]) for name in metrics}
    total = sum(shares.values())
    if not total > 0 or min(shares.values()) < 0:
        raise ValueError("weights: none may be negative, one must be above 0")
    columns = {name: _metrics.difficulty(column(v), higher_is_better[name]) for name, v in metrics.items()}
    if len({len(c) for c in columns.values()}) > 1:
        raise ValueError("metrics: columns differ in length")
    return [
        sum(shares[name] / total * x for name, x in zip(columns, row))
        for row in zip(*(c.tolist() for c in columns.values()))
    ]
