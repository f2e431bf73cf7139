"""Learn the weights of relate/ from databases with known keys, and tell how they fare on databases left out.

    python benchmarks/discovery/train.py DATA [DATA ...] --variants FOLDER [--keep FOLDER] [--write]

Each DATA holds a folder of parquet files a database, with its true schema.yaml. FOLDER/VARIANT/NAME holds harder copies
(names without meaning, dirty keys, ...), of the same form. Every database is judged by weights that have not seen it,
nor any variant of it. --write puts the weights of all databases into synthspark/relate/learned.py and the figures into
docs/.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from figures import draw_reliability, write_learned, write_section
from in_memory import SETTINGS, ArrowCounter, read_facts
from learning import Example, example, feature_names, learn, learn_calibration, matrix, ranked
from truth import identity, read_truth, score_references

from synthspark.relate import choice
from synthspark.relate.evidence import RankedReference, possible_evidence
from synthspark.relate.keys import rank_keys
from synthspark.relate.search import find_candidates, likely_primary_keys

VARIANTS = ("rename", "dirty", "sample", "types", "blind")
Ranking = Sequence[RankedReference]


def main() -> int:
    """Learn, judge, print, and write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--variants", type=Path, required=True)
    parser.add_argument("--keep", type=Path, help="keep what is known of the databases here")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    examples = read_examples(arguments.data, arguments.variants, arguments.keep)
    names = feature_names(examples)
    matrices = [matrix(one, names) for one in examples]
    ranks = left_out_ranks(examples, matrices, names)
    proposals = judge_left_out(examples, ranks)
    weights = learn(examples, matrices, names)
    calibration = learn_calibration(examples, ranks)
    seen = propose_all(examples, weights, calibration)
    sys.stdout.write(table(examples, proposals, "left out") + table(examples, seen, "seen"))
    pairs = confidences(examples, proposals)
    sys.stdout.write(reliability(pairs))
    if arguments.write:
        write_learned(weights, calibration, sorted({one.database for one in examples}), ("plain", *VARIANTS))
        draw_reliability(pairs)
        write_section("left-out", table(examples, proposals, "left out") + "\n" + reliability(pairs))
    return 0


def read_examples(data: Sequence[Path], variants: Path, keep: Path | None) -> list[Example]:
    """All databases in all variants that are there."""
    folders = [("plain", file.parent) for root in data for file in sorted(root.glob("*/schema.yaml"))]
    names = [folder.name for _, folder in folders]
    folders += [(variant, variants / variant / name) for variant in VARIANTS for name in names]
    found = []
    for variant, folder in folders:
        if not (folder / "schema.yaml").exists():
            continue
        kept = keep / variant / f"{folder.name}.pkl" if keep else None
        facts = read_facts(folder, kept)
        found.append(example(variant, folder.name, facts, read_truth(folder, facts), references_of(folder, facts)))
    return found


def references_of(folder: Path, facts: choice.Facts) -> list[RankedReference]:
    """Possible references of a database with their evidence."""
    keys, inclusions = find_candidates(facts, ArrowCounter(folder), SETTINGS)
    known = rank_keys(facts, keys, [one for one in inclusions if len(one.child.columns) == 1])
    targets = {key.place for table in known.values() for key in table}
    into_keys = [one for one in inclusions if one.parent in targets]
    return possible_evidence(facts, into_keys, likely_primary_keys(known))


def left_out_ranks(examples: Sequence[Example], matrices: Sequence[np.ndarray], names: Sequence[str]) -> list[Ranking]:
    """References of each database ranked by weights learned from the others."""
    found: list[Ranking] = [()] * len(examples)
    for database in sorted({one.database for one in examples}):
        others = [i for i, one in enumerate(examples) if one.database != database]
        weights = learn([examples[i] for i in others], [matrices[i] for i in others], names)
        for i, one in enumerate(examples):
            if one.database == database:
                found[i] = ranked(one, weights)
    return found


def judge_left_out(examples: Sequence[Example], ranks: Sequence[Ranking]) -> list[Ranking]:
    """Proposals for each database by weights and calibration learned from the others."""
    found: list[Ranking] = [()] * len(examples)
    for database in sorted({one.database for one in examples}):
        others = [i for i, one in enumerate(examples) if one.database != database]
        calibration = learn_calibration([examples[i] for i in others], [ranks[i] for i in others])
        for i, one in enumerate(examples):
            if one.database == database:
                found[i] = propose(one, ranks[i], calibration)
    return found


def propose_all(
    examples: Sequence[Example], weights: Mapping[str, float], calibration: Mapping[str, float]
) -> list[Ranking]:
    """Proposals for all databases by the same weights."""
    return [propose(one, ranked(one, weights), calibration) for one in examples]


def propose(one: Example, ranking: Ranking, calibration: Mapping[str, float]) -> Ranking:
    """The foreign keys that would be proposed."""
    return choice.choose(choice.settle(one.facts, ranking, calibration), SETTINGS.minimum_confidence)


def table(examples: Sequence[Example], proposals: Sequence[Ranking], title: str) -> str:
    """F1 of every database and variant as a table in Markdown."""
    scores = {
        (one.database, one.variant): score_references(proposed, one.truth)
        for one, proposed in zip(examples, proposals, strict=True)
    }
    variants = list(dict.fromkeys(variant for _, variant in scores))
    lines = [f"| {title} | " + " | ".join(variants) + " |", "|---|" + "---|" * len(variants)]
    for database in dict.fromkeys(database for database, _ in scores):
        row = [f"{scores[database, v]:.3f}" if (database, v) in scores else "" for v in variants]
        lines.append(f"| {database} | " + " | ".join(row) + " |")
    means = [np.mean([score for (_, v), score in scores.items() if v == variant]) for variant in variants]
    lines.append("| mean | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    return "\n".join(lines) + "\n\n"


def confidences(examples: Sequence[Example], proposals: Sequence[Ranking]) -> list[tuple[float, bool]]:
    """Confidence of every proposal and whether it is right; what is neither right nor wrong is left out."""
    return [
        (reference.confidence, identity(reference) in one.truth.foreign_keys)
        for one, proposed in zip(examples, proposals, strict=True)
        for reference in proposed
        if identity(reference) not in one.truth.neutral
    ]


def reliability(pairs: Sequence[tuple[float, bool]]) -> str:
    """Share of right proposals among the sure ones, and the expected calibration error in ten equal bins."""
    told, right = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs], float)
    sure = told >= 0.95
    place = np.minimum((told * 10).astype(int), 9)
    error = sum(abs(told[place == i].sum() - right[place == i].sum()) for i in range(10)) / len(told)
    return (
        f"{len(pairs)} proposals for databases left out: {sure.sum()} with confidence of 0.95 or more, of which "
        f"{right[sure].mean():.1%} are right; expected calibration error {error:.3f}.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
