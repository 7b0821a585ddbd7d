"""What a proof file claims, as a formula: `Statement`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanAtom

from implicitbias.symbolic.language.examples import Point, check_exact, holds
from implicitbias.symbolic.language.printing import SIGNS, formula, given_as, printed, size_of
from implicitbias.symbolic.language.proof import Proof
from implicitbias.symbolic.language.scope import Every, arguments, check_scope
from implicitbias.symbolic.language.total import is_total, may_cancel

__all__ = ["Statement"]

Claim = tuple[tuple[sp.Basic, ...], sp.Basic]  # hypotheses, conclusion
Canonical = tuple[Any, ...]  # equal for two relations that say the same, up to how it is written

_UNASKED = object()


@dataclass(frozen=True, kw_only=True)
class Statement:
    """For all `forall`: the `hypotheses` imply the `conclusion`.

    forall: what is free in the relations: symbols, functions `g`, indexed families `X`. What they
        assume (positive, integer, ..) is part of the claim and is printed.
    hypotheses: relations. An index, or an argument of a function, that the conclusion does not have
        is bound in them: they hold for every value of it, as `X[n, i] > 0 for every n, i`.
    some: the exceptions, which stand for one value, as the index of the largest entry.
    conclusion: one relation or several. `And` is several; `Implies(h, c)` is c with a hypothesis
        of its own.
    examples: points {unknown: exact value}, as in `holds`. The hypotheses of every conclusion have
        to hold at one of them, so that none is empty. Not needed where there are no hypotheses.
    where: {name: expression} by which the formula is printed; nothing else depends on it.
    Raises TypeError for what is no exact relation; ValueError for a free symbol that is not
    quantified, a quantified one that is not there, a conclusion that says nothing, and hypotheses
    without an example.
    """

    forall: Sequence[Any]
    conclusion: sp.Basic | Sequence[sp.Basic]
    hypotheses: Sequence[sp.Basic] = ()
    some: Sequence[sp.Symbol] = ()
    examples: Sequence[Point] = ()
    where: Mapping[str, sp.Basic] = field(default_factory=dict)
    seal: InitVar[object] = None

    @classmethod
    def without_examples(cls, **fields: Any) -> Statement:
        """The statement, its examples unchecked: of a mutant, whose hypotheses may be empty.

        No proof file may call it.
        """
        return cls(**fields, seal=_UNASKED)

    def __post_init__(self, seal: object) -> None:
        # Tuples, so that a list that is changed later does not change what is claimed.
        for name in ("forall", "hypotheses", "some", "examples"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "conclusion", self.conclusions)
        relations = (*self.hypotheses, *self.conclusions)
        for number, relation in enumerate(relations, start=1):
            try:
                _check_exact(relation)
            except TypeError as error:
                raise TypeError(f"relation {number} of {len(relations)}: {error}") from None
        self._check_names(relations)
        for claim in self.claims:
            hypotheses, conclusion = claim
            self._check_scope(claim)
            if isinstance(conclusion, Relational) and conclusion.lhs == conclusion.rhs:
                raise ValueError(f"both sides are the same expression in {printed(conclusion)}")
            if seal is _UNASKED or not hypotheses:
                continue
            if not any(holds(hypotheses, point) for point in self.examples):
                raise ValueError(
                    f"examples has no point at which the hypotheses of {printed(conclusion)} hold: "
                    + ", ".join(map(printed, hypotheses))
                )

    def _check_names(self, relations: Sequence[sp.Basic]) -> None:
        if len(set(map(str, self.forall))) < len(self.forall):
            raise ValueError(f"two of forall are written alike: {', '.join(map(str, self.forall))}")
        free = set().union(*map(_free, relations))
        for name in self.forall:
            if name not in free:
                raise ValueError(f"forall names {name}, which no relation contains")
        if strangers := free - set(self.forall):
            raise ValueError(f"forall does not name {min(map(str, strangers))}, which is free")
        inside = set().union(*(arguments(row) for rows, _ in self.claims for row in rows))
        for name in self.some:
            if name not in inside:
                raise ValueError(f"some names {name}, which is no index of a hypothesis")
        for name in self.where:
            if not name[:1].isalpha() or name in map(str, self.forall):
                raise ValueError(f"where gives the name {name!r}, which is no new name")

    def _check_scope(self, claim: Claim) -> None:
        try:
            check_scope(claim[1], claim[0], dict.fromkeys(self.every(claim)))
        except TypeError as error:
            raise ValueError(f"{error}; or is it one of `some`?") from None

    @property
    def conclusions(self) -> tuple[sp.Basic, ...]:
        """The relations that are claimed, each on its own."""
        several = isinstance(self.conclusion, Sequence)
        return tuple(_conjuncts(self.conclusion if several else (self.conclusion,)))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Each conclusion with all of its hypotheses."""
        return tuple(_claim(self.hypotheses, conclusion) for conclusion in self.conclusions)

    def every(self, claim: Claim) -> tuple[sp.Symbol, ...]:
        """The symbols for every value of which the hypotheses of a claim hold, in this order."""
        hypotheses, conclusion = claim
        inside = set().union(*map(arguments, hypotheses)) - conclusion.free_symbols
        return tuple(name for name in self.forall if name in inside - set(self.some))

    def __str__(self) -> str:
        claims = [(*claim, self.every(claim)) for claim in self.claims]
        return formula(self.forall, claims, {expr: name for name, expr in self.where.items()})

    def check_decided_by(self, proofs: Iterable[Proof]) -> None:
        """ValueError unless the proofs decide every conclusion, each under its hypotheses or fewer.

        All hypotheses have to be used and every proof has to decide a conclusion, so that the
        statement reads as what was proved.
        """
        decided = []
        for proof in proofs:
            for part in _conjuncts((proof.statement,)):
                given, relation = _claim(proof.domain, part)
                decided.append((_assumed(given), relation, _relation(relation), proof.every))
        used: set[Canonical] = set()
        for claim in self.claims:
            hypotheses, conclusion = claim
            said, assumed, every = _relation(conclusion), _assumed(hypotheses), self.every(claim)
            ranges = {name: size_of(name, (*hypotheses, conclusion)) for name in every}
            found = [
                rows
                for rows, _, form, bound in decided
                if form == said and rows <= assumed and _binds(ranges, bound)
            ]
            if not found:
                under = f" under {given_as(hypotheses, every)}" if hypotheses else ""
                raise ValueError(f"no Proof decides {printed(conclusion)}{under}")
            used.update(*found)
        wanted = {_relation(conclusion) for _, conclusion in self.claims}
        for _, relation, form, _ in decided:
            if form not in wanted:
                raise ValueError(f"the statement does not say {printed(relation)}")
        for hypothesis in (h for hypotheses, _ in self.claims for h in hypotheses):
            if not _assumed((hypothesis,)) <= used:
                raise ValueError(f"no Proof uses the hypothesis {printed(hypothesis)}")

    def check_refuted_at(self, refuted: sp.Basic, point: Point) -> None:
        """ValueError unless this is a conclusion, and its hypotheses hold at the point."""
        for claim in self.claims:
            hypotheses, conclusion = claim
            if self.every(claim):
                continue  # no point shows what holds for every value
            if _relation(conclusion) == _relation(refuted) and holds(hypotheses, point):
                return
        raise ValueError(f"this refutes another statement, or outside of it: {printed(refuted)}")


def _binds(ranges: Every, wanted: Every) -> bool:
    """Whether the hypotheses hold for every value that is asked for; without an end, for all."""
    return all(name in ranges and ranges[name] in {None, end} for name, end in wanted.items())


def _check_exact(relation: sp.Basic) -> None:
    if isinstance(relation, BooleanAtom):
        raise TypeError(
            f"sympy takes it for {relation} on sight; where it is meant, write it with "
            "evaluate=False, and where a symbol's assumptions imply it, leave it out"
        )
    if not isinstance(relation, Boolean) or isinstance(relation, sp.Symbol):
        raise TypeError(f"expected a relation such as sympy.Eq(a, b), got {relation!r}")
    check_exact(relation)


def _free(relation: sp.Basic) -> set[Any]:
    """The symbols, functions and families that are not bound; a family stands for its label."""
    families = {family.label: family for family in relation.atoms(sp.IndexedBase)}
    symbols = {name for name in relation.free_symbols if isinstance(name, sp.Symbol)}
    functions = {applied.func for applied in relation.atoms(AppliedUndef)}
    return {families.get(name, name) for name in symbols} | functions


def _conjuncts(relations: Iterable[sp.Basic]) -> Iterator[sp.Basic]:
    for relation in relations:
        if isinstance(relation, sp.And):
            yield from _conjuncts(sorted(relation.args, key=sp.default_sort_key))
        else:
            yield relation


def _claim(hypotheses: Iterable[sp.Basic], conclusion: sp.Basic) -> Claim:
    given = tuple(_conjuncts(hypotheses))
    if isinstance(conclusion, sp.Implies):
        return _claim((*given, conclusion.args[0]), conclusion.args[1])
    return given, conclusion


def _relation(relation: sp.Basic) -> Canonical:
    """The two sides, `>` turned into `<`, bound symbols renamed; nothing is computed."""
    if not isinstance(relation, Relational):
        return ("", *sp.Tuple(relation).as_dummy())
    # In a Tuple, as `Symbol.as_dummy` renames the symbol itself.
    sides = tuple(sp.Tuple(relation.lhs, relation.rhs).as_dummy())
    if isinstance(relation, sp.Gt | sp.Ge):
        sides = sides[::-1]
    if isinstance(relation, sp.Eq | sp.Ne):
        sides = tuple(sorted(sides, key=sp.default_sort_key))
    return (SIGNS[relation.func].replace(">", "<"), *sides)


def _assumed(hypotheses: Iterable[sp.Basic]) -> frozenset[Canonical]:
    """Inequalities as `difference > 0`, which is how the tactics state them; less trivial ones.

    Where a term cancels in the difference, and may be undefined, they stay as they are.
    """
    rows = set()
    for hypothesis in hypotheses:
        sign, *sides = _relation(hypothesis)
        difference = sides[1] - sides[0] if sign in {"<", "<="} else sp.nan
        if sign in {"<", "<="} and not may_cancel(hypothesis, sp.Eq(difference, 0, evaluate=False)):
            trivial = difference.is_positive if sign == "<" else difference.is_nonnegative
            if not (trivial and is_total(difference)):
                rows.add((sign, difference))
        else:
            rows.add((sign, *sides))
    return frozenset(rows)
