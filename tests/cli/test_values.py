"""Options read from text."""

import math
import re

import pytest

from implicitbias.cli.values import read_alphas, read_depths


@pytest.mark.parametrize(
    ("items", "alphas"),
    [
        (["1e2:1e-2:5"], [100, 10, 1, 0.1, 0.01]),
        (["1e-2:1e2:3"], [100, 1, 0.01]),
        (["0.1", "1", "0.1"], [1, 0.1]),
        (["1:0.1:2", "5"], [5, 1, 0.1]),
        (["3:7:1"], [3]),
    ],
)
def test_alphas_are_log_spaced_and_largest_first(items: list[str], alphas: list[float]) -> None:
    assert read_alphas(items) == pytest.approx(alphas, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "--alpha must be > 0 and finite, got 0; the limits 0, inf are min_l1, min_l2"),
        ("-1", "--alpha must be > 0 and finite, got -1"),
        ("nan", "--alpha must be > 0 and finite, got nan"),
        ("inf", "--alpha must be > 0 and finite, got inf"),
        ("big", "--alpha must be a number, got 'big'; write a number such as 1e-3"),
        ("1:2", "--alpha 1:2 has 2 parts; write start:stop:count"),
        ("1:2:3:4", "has 4 parts"),
        ("1:x:3", "--alpha must be a number, got 'x'"),
        ("1:0:3", "--alpha must be > 0 and finite, got 0"),
        ("1:2:0", "the count must be a whole number >= 1, got '0'"),
        ("1:2:2.5", "the count must be a whole number >= 1, got '2.5'"),
        ("1:2:", "the count must be a whole number >= 1, got ''"),
    ],
)
def test_a_bad_alpha_is_refused_with_the_way_out(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        read_alphas([text])


def test_depths_keep_their_order() -> None:
    assert read_depths(["3", "2", "inf", "3.0"]) == [3, 2, math.inf]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.5", "--depth must be >= 2, got 1.5; depth 1 is min_l2"),
        ("nan", "--depth must be >= 2, got nan"),
        ("two", "--depth must be a number, got 'two'; write a number such as 3, or inf"),
    ],
)
def test_a_bad_depth_is_refused_with_the_way_out(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        read_depths([text])
