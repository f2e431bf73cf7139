"""One privacy score with its parts and bounds, and a plain verdict with its reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from synthspark.artifacts.report import Finding, Score
from synthspark.evaluate.definitions import score
from synthspark.evaluate.privacy.attacks import Attack
from synthspark.evaluate.privacy.closeness import Closeness
from synthspark.evaluate.privacy.copies import Copies
from synthspark.evaluate.privacy.measures import ViewResult
from synthspark.evaluate.privacy.membership import Membership
from synthspark.evaluate.privacy.overlap import Overlap, leaked
from synthspark.stats.close_copies import CloseCopies
from synthspark.stats.intervals import PROOF, Z95

# From which a proven excess counts as a finding, and from which as an error: of copies, areas, risks alike. Anonymity
# has no natural threshold; .1 is where Giomi et al. (2022) call a risk worth a look.
WORTH_A_LOOK, TOO_MUCH = 0.02, 0.1
_PLACES = {"table": "table {}", "joined": "{} joined with its parents", "subject": "{} with all that belongs to it"}
_COPIES = {
    "exact_copies": "exact copies",
    "near_copies": "near copies",
    "rare_combinations": "rows with combinations that few people have",
}
_SIGNS = {
    "copies": "rows of the source are repeated",
    "closeness": "the copy is nearer to the people in the source than to others",
    "membership": "it can be told who was in the source",
    "attacks": "the copy tells something of a person that it does not tell of others",
    "rare": "combinations that few people have turn up",
    "values": "real personal values turn up",
}


class Sign(NamedTuple):
    """One thing that was looked for in one place: what was found of it, and what of it is proven."""

    part: str
    place: str
    found: float  # harm in [0, 1] as measured
    proven: float  # what of it no chance explains, at least 0
    highest: float  # its upper 95 % bound
    said: str
    remedy: str


def judge(
    results: Sequence[ViewResult],
    overlaps: Sequence[Overlap],
    holdout: Mapping[str, Any],
    unread: Sequence[str] = (),
    smooth: Collection[str] = (),
) -> tuple[list[Score], list[Finding], dict[str, Any]]:
    """Scores of the database, findings, and the verdict for the report; of tables `unread` nothing is known.

    Tables `smooth` are made by the engine that learns no single row already.
    """
    signs = [sign for result in results for sign in _signs(result, smooth)]
    signs += [_of_values(overlap) for overlap in leaked(overlaps)]
    parts = [_part(name, signs, bool(overlaps) if name == "values" else False) for name in _SIGNS]
    known = [part for part in parts if part.value is not None]
    whole = min(known, key=lambda part: part.value or 0.0, default=None)
    bounds = (
        {} if whole is None else {"low": min(part.breakdown["low"] for part in known), "high": whole.breakdown["high"]}
    )
    total = score(
        "privacy",
        "database",
        (),
        None if whole is None else whole.value,
        reason="" if whole else "nothing could be measured",
        breakdown=bounds,
    )
    # What is plainly a person's own comes first: everybody understands a copy or a name.
    proven = sorted((sign for sign in signs if sign.proven > 0.0), key=lambda sign: (not _certain(sign), -sign.proven))
    findings = [
        Finding(_severity(sign), sign.place, f"{_SIGNS[sign.part]}: {sign.said}", sign.remedy)
        for sign in proven
        if sign.proven >= WORTH_A_LOOK or sign.part in ("copies", "values")
    ]
    return [total, *parts], findings, _verdict(proven, findings, results, holdout, unread)


def _severity(sign: Sign) -> str:
    return "error" if sign.proven >= TOO_MUCH or _certain(sign) else "warning"


def _certain(sign: Sign) -> bool:
    """Whether somebody is given away however small the share: real values, whole people repeated."""
    return sign.part == "values" or (sign.part == "copies" and "with all" in sign.place)


def _part(name: str, signs: Sequence[Sign], looked: bool) -> Score:
    own = [sign for sign in signs if sign.part == name]
    if not own and not looked:
        return score(f"privacy_{name}", "database", (), None, reason="not measured: no hold-out, or too few rows")
    worst = max(own, key=lambda sign: sign.proven, default=None)
    proven = worst.proven if worst else 0.0
    # How harmful it may be at most: the mean over all places, for each alone is uncertain.
    highest = sum(sign.highest for sign in own) / len(own) if own else 0.0
    breakdown = {"low": round(1.0 - max(proven, highest), 4), "high": round(1.0 - proven, 4), "places": float(len(own))}
    return score(f"privacy_{name}", "database", (), 1.0 - min(1.0, proven), breakdown=breakdown)


def _signs(result: ViewResult, smooth: Collection[str]) -> Iterator[Sign]:
    table, place = result.view.table, _PLACES[result.view.kind].format(result.view.table)
    remedy = "raise privacy.k"
    learning = [f"tables.{name}.engine" for name in result.view.made_of or (table,) if name not in smooth]
    if learning:
        remedy += f", or try {' and '.join(learning)}: copula, which learns no single row"
    rows = "people of the copy" if result.view.kind == "subject" else "synthetic rows"
    yield from (_of_copies(name, copies, rows, place, remedy) for name, copies in result.copies.items())
    if result.close is not None:
        yield _of_close_copies(result.close, place, remedy)
    if result.closeness is not None:
        yield _of_closeness(result.closeness, place, remedy)
    yield from (_of_membership(name, member, place, remedy) for name, member in result.membership.items())
    yield from (_of_attack(item, place, remedy) for item in result.attacks)


def _of_copies(name: str, copies: Copies, rows: str, place: str, remedy: str) -> Sign:
    too_many = round(copies.excess * copies.n_synthetic)
    said = (
        f"{copies.found:,} {_COPIES[name]} among {copies.n_synthetic:,} {rows} ({copies.share:.2%}); "
        f"{copies.natural_share:.2%} would be by nature, so about {too_many:,} are too many"
    )
    part = "rare" if name == "rare_combinations" else "copies"
    return Sign(part, place, copies.excess, max(0.0, copies.unexplained), copies.excess, said, remedy)


def _of_close_copies(close: CloseCopies, place: str, remedy: str) -> Sign:
    times = round(1.0 / close.bar)
    said = (
        f"{close.found:,} of {close.n_synthetic:,} people of the copy stand {times} times nearer to one person of "
        f"the source than to any other; {close.expected:.2g} would be by chance"
    )
    proven = close.proven / max(1, close.n_synthetic)
    return Sign("copies", place, close.excess, proven, close.excess, said, remedy)


def _of_closeness(near: Closeness, place: str, remedy: str) -> Sign:
    said = (
        f"{near.share:.1%} of the synthetic rows are nearer to fitted rows than to as many held-out ones; of those "
        f"that should be nearest to a held-out row, {max(0.0, near.lost):.1%} are missing"
    )
    harm = [min(1.0, max(0.0, near.lost + shift * near.lost_error)) for shift in (0.0, -PROOF, Z95)]
    return Sign("closeness", place, harm[0], harm[1], harm[2], said, remedy)


def _of_membership(name: str, member: Membership, place: str, remedy: str) -> Sign:
    """Sign of an area, which is one half at best, and of those who are surely told."""
    way = "a classifier" if name.startswith("model") else "distance"
    said = (
        f"{way} tells fitted people from others with an area of {member.area:.3f} (0.5 is chance), and "
        f"{member.caught:.1%} of them at 1 % false alarms"
    )
    areas = [member.area + shift * member.error for shift in (0.0, -PROOF, Z95)]
    harm = [min(1.0, max(0.0, 2.0 * (area - 0.5))) for area in areas]
    return Sign("membership", place, harm[0], max(harm[1], 0.0, member.caught_low), harm[2], said, remedy)


def _of_attack(item: Attack, place: str, remedy: str) -> Sign:
    """By what is gained in people, not by the risk, which a column that everybody can guess blows up."""
    said = (
        f"{item.kind.replace('_', ' ')}{f' by {item.target}' if item.target else ''}: {item.main_rate:.1%} of the "
        f"guesses are right, {item.control_rate:.1%} for people who were not fitted"
    )
    return Sign("attacks", place, item.gain, item.proven, item.highest, said, remedy)


def _of_values(overlap: Overlap) -> Sign:
    what = "combinations" if overlap.kind == "person" else "distinct values"
    said = f"{overlap.telling:,} of {overlap.n_synthetic:,} {what} are real ones ({overlap.semantic})"
    if overlap.telling < overlap.n_shared:
        said += f"; {overlap.n_shared - overlap.telling:,} more are so common that they name nobody"
    remedy = (
        f"these values should have been made anew: check the semantic type of {overlap.column} in schema.yaml and "
        "generate again with another seed, or leave it out there with generate: drop"
    )
    return Sign(
        "values", f"{overlap.table}.{overlap.column}", overlap.share, overlap.share, overlap.share, said, remedy
    )


def _verdict(
    proven: Sequence[Sign],
    findings: Sequence[Finding],
    results: Sequence[ViewResult],
    holdout: Mapping[str, Any],
    unread: Sequence[str],
) -> dict[str, Any]:
    """The answer to "is anybody given away?": "fail", "look", "pass" or "unproven", a sentence, and the reasons."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        answer, said = "fail", "The copy gives people away. Do not hand it on before the causes below are mended."
    elif findings:
        answer, said = "look", "No person is plainly given away, but there are signs that somebody should look at."
    elif unread:
        answer, said = "unproven", f"Tables that could not be read were not looked at: {', '.join(unread[:5])}."
    elif not any(result.closeness for result in results):
        answer = "unproven"
        said = (
            "No copy of a person was found. Without people held out it cannot be shown that nobody can be recognised."
        )
    else:
        answer, said = "pass", "No sign that the copy gives any person away."
    reasons = [f"{finding.place}: {finding.message}" for finding in findings[:5]]
    return {
        "answer": answer,
        "sentence": said,
        "reasons": reasons,
        "views": len(results),
        "signs": len(proven),
        "holdout": dict(holdout),
    }
