"""Time of 1e6 values over numpy's arcsinh: ``python numerics/benchmarks/potentials.py``."""

import time

import numpy as np

from implicitbias import Depth, Hypentropy

COUNT = 10**6
ROUNDS = 15
CASES = (
    ("q, depth 2", Hypentropy().value, 5),
    ("mirror map, depth 3", Depth(3).mirror, 15),
    ("q, depth 3", Depth(3).value, 30),
)


def seconds(function, z) -> float:
    begin = time.perf_counter()
    function(z)
    return time.perf_counter() - begin


def main() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal(COUNT) * np.exp(rng.uniform(-3, 3, COUNT))
    for _, function, _ in CASES:
        function(z)  # builds the tables
    # Interleaved, so that a noisy machine is noisy for all; the median of each.
    functions = (np.arcsinh, *(function for _, function, _ in CASES))
    times = np.median([[seconds(f, z) for f in functions] for _ in range(ROUNDS)], axis=0)
    print(f"{COUNT} values, one thread; numpy arcsinh {1e3 * times[0]:.2f} ms")
    print(f"{'what':22}{'ratio':>7}{'must':>6}")
    for (name, _, must), ratio in zip(CASES, times[1:] / times[0], strict=True):
        print(f"{name:22}{ratio:7.1f}{must:6d}")


if __name__ == "__main__":
    main()
