"""`TRUST.md`: what a reader of the ledger has to believe."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from implicitbias.symbolic.engine.operations import OPERATIONS
from implicitbias.symbolic.language.kernel import TACTICS, Tactic
from implicitbias.theorems.ledger import Entry

__all__ = ["TRUST", "is_stale", "trust"]

TRUST = "TRUST.md"


def trust(entries: Collection[Entry]) -> str:
    """The page, of a run of all statements; KeyError for what is no registered tactic."""
    made: Counter[str] = Counter()
    for entry in entries:
        for result in entry.results.values():
            made.update(result.proofs)
    used = dict(sorted(made.items(), key=lambda row: (-row[1], row[0])))
    twice = sum(count for tactic, count in used.items() if TACTICS[tactic].second)
    alone = Counter[str]()
    for tactic, count in used.items():
        if not TACTICS[tactic].second:
            alone[_alone(TACTICS[tactic])] += count
    kinds = [kind for e in entries for kind in e.outline.functions.values()]
    lines = [
        "# What a reader of the ledger has to trust",
        "",
        "Written by `implicitbias prove`; `make prove` fails when it is stale.",
        "",
        *_wrapped(
            f"{len(entries)} statements rest on {sum(made.values())} facts, each decided by one "
            f"tactic: {kinds.count('exact')} steps by algebra, {kinds.count('enclosed')} with "
            f"balls that cover a domain. Of the facts, {twice} were looked at by two engines: a "
            "normal form or exact sign tables, and ball arithmetic on the expression as it "
            "was asked, at points; the two share no formula. Balls at points prove "
            "nothing, so this is a check of the first answer and no second proof. The others:"
        ),
        "",
        *(f"- {count} {what}" for what, count in alone.most_common()),
        "",
        *_wrapped(
            "Beyond the tactics: `statement.py`, which compares what was proved with what is "
            "claimed, `kernel.py`, which lets only tactics make a Proof, and "
            "`implicitbias.theorems`, which reads and runs the files. `numerics/mutants/table.md` "
            "puts all of this on trial with false formulas."
        ),
        "",
        "## Tactics, and what they call",
        "",
        "| tactic | facts | module | operations | cross-checked by |",
        "|---|---|---|---|---|",
    ]
    for tactic, count in used.items():
        row = TACTICS[tactic]
        called = ", ".join(row.operations)
        lines.append(f"| `{tactic}` | {count} | {row.module} | {called} | {row.second} |")
    lines += ["", "## Operations", "", "| operation | library | modules | what is believed |"]
    lines += ["|---|---|---|---|"]
    for name in dict.fromkeys(name for t in used for name in TACTICS[t].operations):
        operation = OPERATIONS[name]
        modules = ", ".join(operation.modules)
        lines.append(f"| {name} | {operation.library} | {modules} | {operation.what} |")
    lines += ["", "## Cited, not proved", ""]
    cited = sorted({item for entry in entries for item in entry.outline.rests_on})
    for item in cited:
        files = sorted(e.outline.file for e in entries if item in e.outline.rests_on)
        lines += [f"- {item}:", *(f"  - `{file}`" for file in files)]
    return "\n".join(lines) + "\n"


def is_stale(folder: Path, text: str) -> bool:
    """Whether the folder's page is another; a folder without one has none to keep."""
    path = folder / TRUST
    return path.is_file() and path.read_text(encoding="utf-8") != text


def _alone(tactic: Tactic) -> str:
    if "nonlinear arithmetic" in tactic.engine:
        return "on the word of z3, from other facts"
    if "hypergeometric terms" in tactic.engine:
        return "by the ratios and coefficients of series"
    if "expansions" in tactic.engine:
        return "by expansions, which are limits"
    return "by a rule of this package, from other facts"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 100)
