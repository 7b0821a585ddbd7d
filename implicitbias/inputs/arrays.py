"""What a user passes as X, y, start, alpha and depth, checked once and as float64.

Accepted are real numbers: of Python, numpy, pandas and scipy.sparse, in any array or nested
sequence; not strings, complex numbers, nan or infinity. ``inputs/exact.py`` takes the same as the
rationals they are. An error names the argument, the value and the way out.
"""

import math
import numbers
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Vector = NDArray[np.float64]
"""1-d: targets and dual vectors (N,), weights and interpolators (d,)."""
Batch = NDArray[np.float64]
"""2-d, (m, .): m vectors, one a row: along alphas, in time, many at once."""
Matrix = Any
"""2-d: an ndarray, or a design (N, d) that may be a scipy sparse array."""
Indices = NDArray[np.intp]
"""1-d: rows or columns."""

EPS = float(np.finfo(np.float64).eps)  # twice the unit roundoff
EXACT_INTEGERS = 2**53  # every integer up to here is a double


def as_design(X: Any) -> Matrix:
    """X as a finite (N, d) float64 ndarray or CSC array; an error names the flaw."""
    if not sp.issparse(X):
        return with_design_shape(_as_doubles(X, "X"))
    sparse = sp.csc_array(with_design_shape(X))
    if not sparse.has_canonical_format:
        sparse = sparse.copy()  # it may share the caller's arrays
        sparse.sum_duplicates()
    data = _as_doubles(sparse.data, "X")
    return sp.csc_array((data, sparse.indices, sparse.indptr), shape=sparse.shape)


def as_targets(y: Any, rows: int) -> Vector:
    """y as a finite (N,) float64 vector; TypeError or ValueError naming the flaw."""
    vector: Vector = with_target_shape(_as_doubles(y, "y"), rows)
    return vector


def as_array(values: Any, what: str) -> Any:
    """An ndarray of whatever the user has; TypeError where it is sparse, ValueError if ragged."""
    if sp.issparse(values):
        raise TypeError(f"{what} must be dense, got {type(values).__name__}; call .toarray()")
    try:
        return np.asarray(values)
    except ValueError as error:  # ragged sequences
        raise ValueError(f"{what} is not an array: {error}") from None


def with_design_shape(X: Any) -> Any:
    """X itself, an array of any kind, where it is (N, d) and not empty; else ValueError."""
    if X.ndim != 2:
        raise ValueError(
            f"X must be 2-d (N, d), got {X.ndim}-d with shape {X.shape}; "
            "one equation is X[None, :], one unknown is X[:, None]"
        )
    if 0 in X.shape:
        raise ValueError(f"X must have at least one row and one column, got shape {X.shape}")
    return X


def with_target_shape(y: Any, rows: int) -> Any:
    """y, an array of any kind that is (N,) or (N, 1) for N rows, as (N,); else ValueError."""
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise ValueError(f"y must be 1-d (N,), got {y.ndim}-d with shape {y.shape}")
    if y.shape[0] != rows:
        raise ValueError(
            f"X and y must have the same number of rows, got X with {rows} and y with {y.shape[0]}"
        )
    return y


def check_finite(array: Any, what: str) -> None:
    """ValueError with value and place where an entry of an array of floats is nan or infinite."""
    if not np.isfinite(array).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        place = f" at {index if len(index) > 1 else index[0]}" if index else ""
        raise ValueError(f"{what} must be finite, got {array[index]}{place}")


def as_log_alpha(alpha: Any, log_alpha: Any, *, needed: bool = True) -> float:
    """``ln alpha`` from exactly one of the two; not ``needed``: none of them means alpha 1."""
    if alpha is not None and log_alpha is not None:
        raise ValueError(f"pass alpha or log_alpha, not both, got {alpha!r} and {log_alpha!r}")
    if log_alpha is not None:
        return _real(log_alpha, "log_alpha")
    if alpha is None:
        if needed:
            raise ValueError("pass alpha > 0, or log_alpha (its natural logarithm), got neither")
        return 0.0
    value = _real(alpha, "alpha")
    if value <= 0:
        raise ValueError(
            f"alpha must be > 0, got {alpha!r}; the limit 0 is min_l1, and an alpha too small for "
            "a double goes in as log_alpha"
        )
    return math.log(value)


def as_start(start: Any, columns: int, depth: float = 2) -> tuple[Vector, Vector] | None:
    """``start=(a, b)`` as two positive (d,) vectors; None stands for ones."""
    if start is None:
        return None
    a, b = as_pair(start, depth)
    return _positive(a, "start a", columns), _positive(b, "start b", columns)


def as_pair(start: Any, depth: float) -> tuple[Any, Any]:
    """Both parts of a start, as they are; ValueError at depth infinity, where only 1 is one."""
    try:
        a, b = start
    except (TypeError, ValueError):
        raise ValueError(
            f"start must be a pair (a, b) of positive scalars or (d,) vectors, got {start!r:.80}"
        ) from None
    if math.isinf(depth):
        raise ValueError(f"start needs a finite depth, got depth {depth}")
    return a, b


def as_columns(values: Any, what: str, columns: int) -> Any:
    """An array as (d,), a scalar for all of them."""
    if values.ndim == 0:
        values = np.full(columns, values)
    if values.shape != (columns,):
        raise ValueError(
            f"{what} must be a scalar or have shape ({columns},), got shape {values.shape}"
        )
    return values


def not_positive(what: str, entry: Any) -> ValueError:
    """The error of a start that has an entry <= 0."""
    return ValueError(f"{what} must be > 0 (a weight that starts at 0 stays there), got {entry}")


def as_depth(depth: Any) -> float:
    """``depth`` as a real number >= 2, an int where it is one."""
    if isinstance(depth, (bool, np.bool_)) or not isinstance(depth, numbers.Real):
        raise TypeError(f"depth must be a real number, got {depth!r:.60}")
    if not float(depth) >= 2:  # nan too
        raise ValueError(f"depth must be >= 2, got {depth}; depth 1 is min_l2")
    return int(depth) if isinstance(depth, numbers.Integral) else float(depth)


def as_finite_depth(depth: Any, what: str, way_out: str = "") -> float:
    """``as_depth``, and not infinity; ``what`` needs that."""
    value = as_depth(depth)
    if math.isinf(value):
        raise ValueError(f"{what} needs a finite depth, got {value}{way_out}")
    return value


def as_tolerance(tol: Any) -> float:
    """``tol`` as a number in (0, 1)."""
    value = _real(tol, "tol")
    if not 0 < value < 1:
        raise ValueError(f"tol must be in (0, 1), got {tol!r}")
    return value


def as_positive(value: Any, what: str) -> float:
    """A finite number > 0."""
    number = _real(value, what)
    if number <= 0:
        raise ValueError(f"{what} must be > 0, got {value!r}")
    return number


def as_whole_digits(digits: Any) -> int:
    """``digits`` as a whole number >= 1."""
    if isinstance(digits, bool) or not isinstance(digits, numbers.Integral):
        raise TypeError(f"digits must be a whole number or 'auto', got {digits!r:.60}")
    if digits < 1:
        raise ValueError(f"digits must be >= 1, got {digits}; 17 give the nearest doubles")
    return int(digits)


def _positive(values: Any, what: str, columns: int) -> Vector:
    vector: Vector = as_columns(_as_doubles(values, what), what, columns)
    if not (vector > 0).all():
        raise not_positive(what, vector[~(vector > 0)][0])
    return vector


def _real(value: Any, what: str) -> float:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{what} must be a real number, got {value!r:.60}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{what} is beyond doubles, got {value!r:.60}") from None
    if not math.isfinite(number):
        raise ValueError(f"{what} must be finite, got {value!r}")
    return number


def _as_doubles(values: Any, what: str) -> Vector:
    array = as_array(values, what)
    if array.dtype == object:
        array = _from_objects(array, what)
    if array.dtype.kind == "c":
        raise TypeError(f"{what} must be real, got complex numbers ({array.dtype}); take .real")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} must be numbers, got {array.dtype} such as {array.flat[0]!r:.40}")
    if (
        array.dtype.kind in "iu"
        and array.size
        and not np.all(
            (array <= EXACT_INTEGERS)
            & (array >= -EXACT_INTEGERS if array.dtype.kind == "i" else True)
        )
    ):
        raise ValueError(f"{what} has integers above 2^53, which no double holds: scale {what}")
    doubles = np.asarray(array, dtype=np.float64, order="C")  # the caller's own where it is one
    check_finite(doubles, what)
    return doubles


def _from_objects(array: Any, what: str) -> Any:
    """An object array (a DataFrame of mixed columns, missing values) as numbers."""
    for item in array.flat:
        if isinstance(item, numbers.Complex) and not isinstance(item, numbers.Real):
            raise TypeError(f"{what} must be real, got {item!r}")
        if item is not None and not isinstance(item, numbers.Real) and str(item) != "<NA>":
            raise TypeError(f"{what} must be numbers, got {item!r:.60}; drop or encode that column")
    return np.array(
        [math.nan if not isinstance(i, numbers.Real) else float(i) for i in array.flat]
    ).reshape(array.shape)
