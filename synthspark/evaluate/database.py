"""The report of a whole database from samples of both sides of its tables."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from synthspark.artifacts.entities import without_entities
from synthspark.artifacts.report import Finding, Report, Score, worst_first
from synthspark.artifacts.schema import ForeignKey, Schema, Table
from synthspark.config import EvaluateSettings
from synthspark.errors import SynthsparkError
from synthspark.evaluate.column import score_columns
from synthspark.evaluate.column_pair import Columns, pairs_within, score_pairs
from synthspark.evaluate.definitions import score
from synthspark.evaluate.findings import find
from synthspark.evaluate.histories import score_histories
from synthspark.evaluate.hops import choose_paths, score_path
from synthspark.evaluate.joined import detect_alone, detect_with_children, detect_with_parent, family_key, row_groups
from synthspark.evaluate.overall import summarise_database, summarise_table
from synthspark.evaluate.privacy.database import PrivacyContext, score_privacy
from synthspark.evaluate.relationship import score_relationship
from synthspark.evaluate.remedies import ELSEWHERE, Making
from synthspark.evaluate.sample import Split, TablePair
from synthspark.evaluate.selection import KeySide
from synthspark.evaluate.usefulness import NOTHING_ASKED, Asked, score_utility
from synthspark.progress import Progress

STAGE = "evaluate"
logger = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Task(Generic[Result]):
    """Work on one table or relationship."""

    subject: str
    work: Callable[[], Result]


@dataclass(frozen=True)
class Outcome:
    """What scoring one table or relationship gave."""

    scores: tuple[Score, ...] = ()
    plot: Mapping[str, Any] = field(default_factory=dict)
    pairs_left_out: int = 0
    history: Mapping[str, Any] = field(default_factory=dict)


def run_tasks(tasks: Sequence[Task[Result]], settings: EvaluateSettings) -> tuple[dict[str, Result], dict[str, str]]:
    """Results by subject, several tasks at a time, and what went wrong with the others."""
    problems: dict[str, str] = {}

    def attempt(task: Task[Result]) -> list[Result]:
        try:
            return [task.work()]
        except Exception as fault:
            logger.debug("%s: evaluation failed", task.subject, exc_info=True)
            # Only our own messages are sure not to quote a cell.
            said = str(fault) if isinstance(fault, SynthsparkError) else type(fault).__name__
            problems[task.subject] = f"could not be evaluated ({said})"
            return []

    with ThreadPoolExecutor(max_workers=settings.concurrency) as threads:
        results = list(threads.map(attempt, tasks))
    return {task.subject: found[0] for task, found in zip(tasks, results, strict=True) if found}, problems


def score_database(
    pairs: Mapping[str, TablePair],
    problems: Mapping[str, str],
    schema: Schema,
    settings: EvaluateSettings,
    seed: int,
    progress: Progress,
    privacy: PrivacyContext | None = None,
    asked: Asked = NOTHING_ASKED,
    making: Making = ELSEWHERE,
) -> Report:
    """Scores of every table and relationship, the overall scores, and findings.

    Parameters
    ----------
    pairs : mapping of str to TablePair
        Tables that could be read on both sides; reference tables serve as parents only, virtual ones tell what
        belongs together.
    problems : mapping of str to str
        The other tables, and why they could not.
    privacy : PrivacyContext, optional
        Whose privacy is judged, and from whose rows is learned; without it, neither is done.
    asked : Asked
        Declared tasks and compared queries.
    making : Making
        How the copy was made, which remedies go by.
    """
    whole, known, schema = schema, pairs, without_entities(schema)
    pairs = {name: pair for name, pair in known.items() if name in schema.tables}
    keys = [key for key in schema.keys_in_force() if _readable(key, pairs)]
    families = [key for key in whole.keys_in_force() if key.child in pairs and _readable(key, known)]

    def judge(name: str) -> Outcome:
        outcome = _score_table(schema.tables[name], pairs[name], families, known, settings, seed)
        family = detect_with_children(pairs[name], keys, pairs, settings, seed)
        progress.finish(STAGE, name, pairs[name].real.n_rows)
        return Outcome((*outcome.scores, *family), outcome.plot, outcome.pairs_left_out)

    judged = [name for name, pair in pairs.items() if not pair.reference]
    tables, failed = run_tasks([Task(name, functools.partial(judge, name)) for name in judged], settings)
    for name in set(schema.tables) - set(judged):
        progress.finish(STAGE, name)
    links, failed_links = run_tasks(
        [Task(key.label, functools.partial(_score_key, key, pairs, settings, seed)) for key in keys], settings
    )
    paths, paths_left_out = choose_paths(keys, pairs, settings.maximum_joins)
    joins, failed_joins = run_tasks(
        [Task(path.label, functools.partial(score_path, path, pairs, settings.maximum_pairs)) for path in paths],
        settings,
    )
    problems = {**problems, **failed, **failed_links, **failed_joins}
    scores = [item for outcome in (*tables.values(), *links.values()) for item in outcome.scores]
    scores += [item for found in joins.values() for item in found]
    scores += [
        score("quality", "table", (name,), None, reason=problems[name]) for name in schema.tables if name in problems
    ]
    scores += _unread_keys(schema, keys)
    guarded, learned, lost = _judge_use(known, whole, privacy, asked, settings, seed, making)
    lost = [*problems.items(), *_empty(pairs), *_unreadable(pairs), *lost]
    scores = [*summarise_database(scores), *guarded.scores, *learned.scores, *scores]
    trouble = [_finding(place, reason) for place, reason in lost]
    findings = (*trouble, *guarded.findings, *learned.findings, *find(scores, schema, making))
    told = {"privacy": guarded.facts, "utility": learned.facts}
    return Report(
        name=schema.name,
        scores=tuple(scores),
        findings=worst_first(findings),
        plots={
            "columns": {name: outcome.plot for name, outcome in tables.items()},
            "relationships": {label: outcome.plot for label, outcome in links.items()},
            "histories": {label: outcome.history for label, outcome in links.items() if outcome.history},
        },
        facts={
            **_facts(pairs, {**tables, **links}, settings),
            "joins_not_computed": paths_left_out,
            **{name: facts for name, facts in told.items() if facts},
        },
    )


class Judged(NamedTuple):
    """What was found of privacy or of utility."""

    scores: list[Score]
    findings: list[Finding]
    facts: dict[str, Any]


def _judge_use(
    pairs: Mapping[str, TablePair],
    schema: Schema,
    privacy: PrivacyContext | None,
    asked: Asked,
    settings: EvaluateSettings,
    seed: int,
    making: Making,
) -> tuple[Judged, Judged, list[tuple[str, str]]]:
    """Privacy and utility, and what hindered judging them; nothing of either where no people are told."""
    nothing = Judged([], [], {})
    if privacy is None:
        return nothing, nothing, []
    guard = functools.partial(score_privacy, pairs, schema, privacy, settings, seed)
    learn = functools.partial(score_utility, pairs, schema, privacy.subjects, asked, settings, seed, making)
    found: dict[str, Judged] = {}
    lost: list[tuple[str, str]] = []
    for name, work in (("privacy", guard), ("utility", learn)):  # one after the other: both take all cores
        done, failed = run_tasks([Task(name, work)], settings)
        found[name] = Judged(*done[name]) if done else nothing
        lost += failed.items()
    return found["privacy"], found["utility"], lost


def _empty(pairs: Mapping[str, TablePair]) -> list[tuple[str, str]]:
    return [
        (name, f"the synthetic table has no row, the real one {pair.real.n_rows:,}")
        for name, pair in pairs.items()
        if pair.real.n_rows and not pair.synthetic.n_rows
    ]


def _unreadable(pairs: Mapping[str, TablePair]) -> list[tuple[str, str]]:
    """Columns that have real values but cannot be read on the synthetic side."""
    return [
        (f"{name}.{column}", pair.problems[column])
        for name, pair in pairs.items()
        for column in pair.real.features.names
        if column not in pair.features
    ]


def _readable(key: ForeignKey, pairs: Mapping[str, TablePair]) -> bool:
    if key.child not in pairs or key.parent not in pairs:
        return False
    return KeySide.child(key) in pairs[key.child].real.keys and KeySide.parent(key) in pairs[key.parent].real.keys


def _unread_keys(schema: Schema, keys: Sequence[ForeignKey]) -> list[Score]:
    reason = "its tables or key columns are not there on both sides"
    unread = [key for key in schema.keys_in_force() if key not in keys]
    return [score("cardinality_shape", "relationship", (key.label,), None, reason=reason) for key in unread]


def _score_table(
    table: Table,
    pair: TablePair,
    keys: Sequence[ForeignKey],
    others: Mapping[str, TablePair],
    settings: EvaluateSettings,
    seed: int,
) -> Outcome:
    split = Split.of(row_groups(pair.real, family_key(pair, keys, others))[pair.real.drawn])
    columns, plots = score_columns(table, pair, split)
    sides = Columns(
        pair.real.own_rows().select(pair.features),
        pair.synthetic.own_rows().select(pair.features),
        split,
    )
    summary = ("table", "pair_trends", "pairs_kept")
    pairs = score_pairs(sides, pairs_within(pair.features), (table.name,), settings.maximum_pairs, summary)
    overall = summarise_table(table.name, columns, pairs.trend)
    detection = detect_alone(pair, keys, others, settings, seed)
    scores = (*overall, pairs.trend, pairs.kept, *detection, *columns, *pairs.scores)
    return Outcome(scores, plots, pairs.n_left_out)


def _score_key(key: ForeignKey, pairs: Mapping[str, TablePair], settings: EvaluateSettings, seed: int) -> Outcome:
    child, parent = pairs[key.child], pairs[key.parent]
    scores, plot, left_out = score_relationship(key, child, parent, settings.maximum_pairs)
    histories, drawn = score_histories(key, child, parent)
    detection = detect_with_parent(key, child, parent, settings, seed)
    return Outcome((*scores, *detection, *histories), plot, left_out, drawn)


def _finding(place: str, reason: str) -> Finding:
    remedy = "compare the columns of the real and the synthetic table, then generate again; --verbose shows details"
    return Finding("error", place, reason, remedy)


def _facts(
    pairs: Mapping[str, TablePair], outcomes: Mapping[str, Outcome], settings: EvaluateSettings
) -> dict[str, Any]:
    return {
        "rows": {name: [pair.real.n_rows, pair.synthetic.n_rows] for name, pair in pairs.items()},
        "rows_used": {
            name: [int(pair.real.drawn.sum()), int(pair.synthetic.drawn.sum())] for name, pair in pairs.items()
        },
        "reference_tables": [name for name, pair in pairs.items() if pair.reference],
        "columns_not_compared": {name: {**pair.excluded, **pair.problems} for name, pair in pairs.items()},
        "pairs_not_computed": {name: found.pairs_left_out for name, found in outcomes.items() if found.pairs_left_out},
        "sample_rows": settings.sample_rows,
        "detection_rows": settings.detection_rows,
        "folds": settings.folds,
    }
