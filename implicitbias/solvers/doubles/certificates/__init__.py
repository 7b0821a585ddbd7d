"""How far a proposed interpolator is from the exact minimiser: a bound, with rounding counted.

Setting: ``min P(z) s.t. A z = b``, P separable. The minimiser z^ and its dual nu^ satisfy
``A z^ = b`` and ``A^T nu^ = sigma(z^)``, coordinate by coordinate on the mirror curve, whose
steepness is ``K = dz/dsigma``. In a basis S, n independent columns with ``W = A_S^-1 A``, the
equations are ``z_S + W_I z_I = A_S^-1 b`` and the dual unknowns are sigma_S, as ``A^T nu =
W^T sigma_S``; I are the other coordinates.

1. *Base point* (`base_point`). sigma_S and z_S are taken from the proposal: from its z where the
   curve is steep, from its dual vector where it is flat. Every other coordinate follows,
   ``z_I(W_I^T sigma_S)``, known up to eta in sigma and zeta in z. So all that the base misses is
   ``rho = A_S^-1 (b - A z)``.
2. *Existence.* Zeros of ``F(delta) = z_S(sigma_S + delta) - z_S + W_I (z_I(sigma_I + W_I^T delta)
   - z_I) - rho`` are minimisers, and there is one. Both arguments map a box into itself, so that
   it holds a zero (Brouwer) [krawczyk1969; rump2010]; they bound how K changes over it.

   - Where the basic coordinates carry all (`contraction`): ``rho - W_I (z_I(..) - z_I)``, a map of
     the moves of z_S. No matrix is needed.
   - Otherwise (`krawczyk`): ``delta - Y F(delta)``, Y an approximate inverse of
     ``K_S + W_I K_I W_I^T``.
3. *Support* (`fenchel_young`). Where fewer weights survive than there are equations, doubles do not
   hold what determines the rest of the dual. But the gap g of the base is a sum of Fenchel-Young
   terms, and so bounds that of the minimiser at each coordinate: off the support
   ``|z^_i| <= g (1 + |t - shift|) / |t - sigma_i|``, t = sigma(g), and the support follows.

What is not negligible is counted: rounding of A z, of A^T nu and of the elementary functions
(`curve_bounds`), that of A_S^-1 and of W (`linear_bounds`), and, where it is said that A is known
up to a relative error, that. The best of the three arguments is what `bounds.certify` returns.
"""

from implicitbias.solvers.doubles.certificates.bounds import Bounds, certify, certify_all

__all__ = ["Bounds", "certify", "certify_all"]
