"""Where the flow goes, over drawn problems: what Theorems 1 and 3 say, measured."""

import math
from collections import Counter

import numpy as np
from hypothesis import assume, given, note, settings

from implicitbias import FlowError, PrecisionError, gradient_flow, min_l2, solve, solve_conic
from implicitbias.flows.follow import StopRule, follow
from implicitbias.flows.parameters import WeightFlow
from tests.flows.instances import Instance, instances

SAME = 1e-7  # of max|beta|
TOLD = 1e-5  # so far apart, two predictions are told from each other


def seeded(examples: int) -> settings:
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None)


def limit(X: np.ndarray, y: np.ndarray, **model: object) -> np.ndarray:
    return gradient_flow(X, y, method="parameters", estimate_error=False, **model).limit


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max() / np.abs(other).max())


def test_the_limit_is_the_minimiser() -> None:
    certified: Counter[bool] = Counter()

    @seeded(60)
    @given(instances())
    def sweep(instance: Instance) -> None:
        note(instance.label)
        flow = gradient_flow(instance.X, instance.y, method="parameters", **instance.model)
        try:
            predicted, doubt = solve(instance.X, instance.y, **instance.model).beta, 0.0
        except PrecisionError as error:  # far out in the kernel regime, beta(0) is all that counts
            predicted, doubt = error.reached.beta, 1e-6
        certified[doubt == 0] += 1
        assert distance(flow.limit, predicted) <= SAME + 10 * flow.error + doubt

    sweep()
    assert certified[True] >= 0.9 * certified.total(), certified


def test_the_cone_program_says_the_same() -> None:
    counts: Counter[bool] = Counter()

    @seeded(60)
    @given(instances(decades=(-1.5, 0.5), biased=False))
    def sweep(instance: Instance) -> None:
        model = {"depth": instance.depth, "alpha": instance.alpha}
        try:
            cone = solve_conic(instance.X, instance.y, **model)
        except ArithmeticError:
            counts[False] += 1
            return
        counts[True] += 1
        apart = distance(limit(instance.X, instance.y, **model), cone.beta)
        assert apart <= max(1e-3, 10 * cone.error)
        assert apart <= 1e-5 or cone.error > 1e-6

    sweep()
    assert counts[True] >= 2 / 3 * counts.total(), counts


@seeded(25)
@given(instances(decades=(-2, 1)))
def test_the_dual_form_goes_the_same_way(instance: Instance) -> None:
    one = gradient_flow(instance.X, instance.y, **instance.model)
    other = gradient_flow(instance.X, instance.y, method="parameters", **instance.model)
    assert distance(one.limit, other.limit) <= SAME + 10 * max(one.error, other.error)


@seeded(60)
@given(instances())
def test_what_is_conserved(instance: Instance) -> None:
    """``w_+ w_-`` at D = 2, ``w_+^(2-D) + w_-^(2-D)`` above, along the whole way."""
    log_plus, log_minus = (math.log(instance.alpha) + np.log(part) for part in instance.start)
    flow = WeightFlow.from_start(instance.X, instance.y, instance.depth, log_plus, log_minus)
    end = follow(flow, StopRule(loss_tol=1e-20)).state + flow.start
    d, D = len(log_plus), instance.depth
    if D == 2:
        before, after = log_plus + log_minus, end[:d] + end[d:]
    else:
        before, after = (
            np.logaddexp((2 - D) * plus, (2 - D) * minus)
            for plus, minus in ((log_plus, log_minus), (end[:d], end[d:]))
        )
    assert np.abs(after - before).max() <= 1e-6


@seeded(30)
@given(instances(decades=(-2, 1), biased=False))
def test_the_loss_falls_as_polyak_and_lojasiewicz_say(instance: Instance) -> None:
    """``L(t) <= L(0) exp(-8 D^2 alpha^(2D-2) sigma^2 t)``, sigma the least singular value."""
    sigma = np.linalg.svd(instance.X, compute_uv=False).min()
    D = instance.depth
    rate = 8 * D**2 * instance.alpha ** (2 * D - 2) * sigma**2
    for method in ("mirror", "parameters"):
        try:
            flow = gradient_flow(
                instance.X,
                instance.y,
                depth=D,
                alpha=instance.alpha,
                method=method,
                estimate_error=False,
            )
        except FlowError as error:
            flow = error.reached
        bound = np.log(flow.loss[0]) - rate * flow.t
        share = flow.loss / flow.loss[0]
        seen = share > 1e-14
        followed = 1e-6 + 1e-8 / np.sqrt(share)  # the residual has an error of about rtol
        assert (np.log(flow.loss) <= bound + followed)[seen].all()
        assert (np.diff(share) <= 1e-9).all()


@seeded(20)
@given(instances(decades=(-2, 1)))
def test_symmetries(instance: Instance) -> None:
    X, y, (a, b) = instance.X, instance.y, instance.start
    n, d = X.shape
    rng = np.random.default_rng(n * d)
    signs, order = rng.choice([-1.0, 1.0], d), rng.permutation(d)
    turn = np.linalg.qr(rng.standard_normal((n, n)))[0]
    model = {"depth": instance.depth, "alpha": instance.alpha}
    flow = gradient_flow(X, y, method="parameters", start=(a, b), **model)
    assume(flow.error < 1e-8)
    tolerance = 1e-6
    plus, minus = np.where(signs > 0, a, b), np.where(signs > 0, b, a)
    flipped = limit(X * signs, y, start=(plus, minus), **model)
    assert distance(signs * flipped, flow.limit) <= tolerance
    permuted = limit(X[:, order], y, start=(a[order], b[order]), **model)
    assert distance(permuted, flow.limit[order]) <= tolerance
    turned = limit(turn @ X, turn @ y, start=(a, b), **model)
    assert distance(turned, flow.limit) <= tolerance
    model["alpha"] = 2.0 * instance.alpha  # of alpha, and with it of beta by 2^D
    scaled = limit(X, 2.0**instance.depth * y, start=(a, b), **model)
    assert distance(scaled, 2.0**instance.depth * flow.limit) <= tolerance


def wrong_predictions(instance: Instance) -> dict[str, np.ndarray]:
    """What other regularizers would choose."""
    deeper = {**instance.model, "depth": instance.depth + 1}
    larger = {**instance.model, "alpha": 1.01 * instance.alpha}
    return {
        "depth": solve(instance.X, instance.y, **deeper).beta,
        "alpha": solve(instance.X, instance.y, **larger).beta,
        "euclidean": min_l2(instance.X, instance.y).beta,
    }


def test_a_wrong_regularizer_is_told_from_the_right_one() -> None:
    told: Counter[str] = Counter()
    drawn: Counter[str] = Counter()

    @seeded(60)
    @given(instances(decades=(-2.5, 0)))
    def sweep(instance: Instance) -> None:
        try:
            right = solve(instance.X, instance.y, **instance.model).beta
            wrong = wrong_predictions(instance)
        except PrecisionError:
            return
        measured = limit(instance.X, instance.y, **instance.model)
        for name, prediction in wrong.items():
            drawn[name] += 1
            if distance(prediction, right) >= TOLD:
                told[name] += 1
                apart = distance(measured, right)
                assert apart <= 0.1 * distance(measured, prediction), (name, apart)

    sweep()
    for name, count in drawn.items():
        assert told[name] >= count / 2, (name, told[name], count)
