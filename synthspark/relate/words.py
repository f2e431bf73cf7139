"""Why a key or a relationship is proposed, in words for someone who knows the data."""

from __future__ import annotations

from synthspark.relate.evidence import RankedReference
from synthspark.relate.facts import Facts
from synthspark.relate.keys import RankedKey


def why_reference(facts: Facts, reference: RankedReference) -> str:
    """One sentence on what was found."""
    inclusion, evidence = reference.inclusion, reference.evidence
    child, parent = facts.of(reference.child), facts.of(reference.parent)
    values = f"{child[0].distinct:,} values" if len(child) == 1 else "combinations of values"
    if inclusion.coverage == 1.0:
        found = f"all {values} of {', '.join(reference.child.columns)} are in {reference.parent}"
    else:
        found = f"{inclusion.coverage:.2%} of the rows of {reference.child} have a match in {reference.parent}"
    if evidence["primary"]:
        found += ", the primary key of that table"
    remarks = []
    if evidence["name"] >= 0.7:
        remarks.append("the names agree")
    elif not evidence["unnamed"] and evidence["name"] < 0.3:
        remarks.append("the names do not agree")
    if evidence["surprise"] >= 0.9:
        remarks.append("chance would hardly do this")
    elif evidence["surprise"] < 0.2:
        remarks.append("small whole numbers match by chance, so check the meaning")
    if evidence["child_unique"]:
        remarks.append("at most one row each")
    if any(column.profile.nulls for column in child):
        share = max(column.profile.nulls / max(column.profile.rows, 1) for column in child)
        remarks.append(f"{share:.1%} of the rows have none")
    if not parent[0].profile.rows:
        remarks.append("the table is empty")
    return found + ("; " + "; ".join(remarks) if remarks else "")


def why_key(facts: Facts, key: RankedKey) -> str:
    """One sentence on what was found."""
    rows = facts.rows[key.place.table]
    what = "every value" if len(key.place.columns) == 1 else "every combination"
    said = f"{what} of {', '.join(key.place.columns)} occurs once in {rows:,} rows, none is missing"
    if key.evidence["referenced"] >= 0.4:
        said += "; other tables refer to it"
    elif key.evidence["references"] >= 0.5:
        said += "; its columns refer to other tables"
    return said
