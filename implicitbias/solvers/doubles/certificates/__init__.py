"""How far a proposed interpolator is from the exact minimiser: bounds, with rounding counted."""

from implicitbias.solvers.doubles.certificates.bounds import Certificate, certify, certify_all

__all__ = ["Certificate", "certify", "certify_all"]
