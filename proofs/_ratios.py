"""That q(r z)/q(z) falls in z for r >= 1, where ln q is concave in ln z: at every depth.

The facts are made in the step that calls `ratios_fall`.
"""

import sympy as sp

from implicitbias.symbolic import Domain, Proof
from implicitbias.symbolic import discharge, instantiate
from proofs.lemma_1_rich_sandwich import b, c
from proofs.lemma_1_rich_sandwich import step_5_the_logarithm_increases as logarithms

# Four points, l <= m, n <= p; the values of a convex function there, and its slopes at m and n.
low, m, n, p, g2, g3 = sp.symbols("l m n p g2 g3", real=True)
f1, f2, f3, f4 = sp.symbols("f1:5", real=True)
A, B, C, D = sp.symbols("A B C D", positive=True)  # of the products A B <= C D


def ratios_fall(
    rules: tuple[Proof, list[Proof]],
    tangent: Proof,
    names: tuple[sp.Symbol, sp.Symbol],
    quantities: tuple[sp.Expr, sp.Expr, sp.Expr],
    positive: tuple[Proof, Proof],
    points: tuple[sp.Symbol, sp.Symbol, sp.Symbol, sp.Symbol],
    domain: Domain | None = None,
) -> Proof:
    """q(n) q(m) >= q(p) q(l) at points with z(l) <= z(m), z(l) <= z(n), z(p) z(l) = z(n) z(m).

    rules: f(p) + f(l) >= f(n) + f(m) for a convex f at four such points, by tangents at n and m;
        and from A B <= C D to the sums of the logarithms, and back.
    tangent: -ln q is above its tangents, as a function of ln z.
    quantities: q, z and E in the variable `names[0]`; positive: that q and z are.
    """
    x, at = names
    q_at, z_at, E_at = ([f.subs(x, point) for point in points] for f in quantities)
    four_points, (back, forth) = rules
    values = {
        **dict(zip((low, m, n, p), map(sp.log, z_at), strict=True)),
        **dict(zip((f1, f2, f3, f4), (-sp.log(value) for value in q_at), strict=True)),
        **{g2: -E_at[1], g3: -E_at[2]},
    }
    pairs = ((3, 1), (0, 2), (1, 2), (2, 1), (3, 2), (0, 1))
    four = instantiate(
        four_points,
        values,
        domain=domain,
        given=[value > 0 for value in q_at],
    )
    concave = discharge(
        four,
        *(instantiate(tangent, {x: points[k], at: points[other]}) for k, other in pairs),
        *(
            instantiate(logarithms()[1], {b: z_at[0], c: other}, domain=domain)
            for other in z_at[1:3]
        ),
        instantiate(forth, {A: z_at[2], B: z_at[1], C: z_at[3], D: z_at[0]}, domain=domain),
        instantiate(forth, {A: z_at[3], B: z_at[0], C: z_at[2], D: z_at[1]}, domain=domain),
    )
    products = discharge(
        instantiate(back, {A: q_at[3], B: q_at[0], C: q_at[2], D: q_at[1]}, domain=domain),
        concave,
    )
    return discharge(products, *(instantiate(f, {x: pt}) for f in positive for pt in points))
