"""What an attacker may see of a person: rows of a table, rows joined with their parents, a subject with all below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.entities import shown_name, sources_of
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.artifacts.subjects import ways_down
from synthspark.evaluate.link import link, owners
from synthspark.evaluate.sample import Sample, TablePair
from synthspark.seeds import mix
from synthspark.stats.frame import Domain, Frame

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
WordArray = npt.NDArray[np.uint64]

SIDES = ("real", "synthetic", "holdout")
FEWEST_ROWS = 50  # of each side; with fewer, distances say nothing
FEWEST_COLUMNS = 2
_MOST_COLUMNS = 60
_FEWEST_PARENTS = 100
_SHARES = 4  # most frequent categories of a descendant's column whose shares are columns of the subject
_NUMBER = Domain("number", "double")


@dataclass(frozen=True)
class Rows:
    """Rows of one side with the person each belongs to (its own identity where it belongs to nobody)."""

    matrix: FloatArray  # (n_columns, n_rows)
    people: WordArray
    content: WordArray  # hash of all that is seen of each row but numbers that are given out once (`TablePair.telling`)

    @property
    def n_rows(self) -> int:
        return int(self.people.size)

    def by_people(self) -> Rows:
        """Person after person, in an order that says nothing: any first part of the rows has whole people.

        Parts of people would be nearer to nobody, and more of them unique, on the side that has more people.
        """
        return self.take(np.argsort(mix(self.people), kind="stable"))

    def take(self, rows: npt.NDArray[np.bool_] | IntArray) -> Rows:
        return Rows(self.matrix[:, rows], self.people[rows], self.content[rows])


@dataclass(frozen=True)
class View:
    """The same columns of the rows that were fitted, of the synthetic ones and of the hold-out, if there is one.

    `table` is what the rows are called: of people without a table, the columns that name them. `made_of` are the
    tables whose models made what is seen first.
    """

    kind: str  # table | joined | subject
    table: str
    names: tuple[str, ...]
    domains: tuple[Domain, ...]
    real: Rows
    synthetic: Rows
    holdout: Rows | None
    made_of: tuple[str, ...] = ()
    n_told: int = FEWEST_COLUMNS  # columns by which a row repeats another

    @property
    def categorical(self) -> npt.NDArray[np.bool_]:
        return np.array([domain.kind == "category" for domain in self.domains], dtype=np.bool_)

    @property
    def own_content(self) -> bool:
        """Whether rows hold enough to tell people apart; a row of two flags repeats by nature."""
        return self.n_told >= FEWEST_COLUMNS


def find_views(schema: Schema, pairs: Mapping[str, TablePair], subjects: Sequence[str]) -> Iterator[View]:
    """Every view with rows and columns enough: each table alone, each joined with its parents, each subject."""
    people = {side: people_of(schema, pairs, subjects, side) for side in SIDES}
    for name, pair in pairs.items():
        if pair.reference or schema.tables[name].virtual:
            continue
        seen = [_own(pair, side) for side in SIDES]
        yield from (replace(view, n_told=len(pair.telling)) for view in _view("table", pair, people, seen))
        parents = parents_of(schema, name, pairs)
        if parents:
            seen = [_joined(pair, parents, pairs, side) for side in SIDES]
            told = len(pair.telling) + sum(len(pairs[key.parent].telling) for key in parents)
            yield from (replace(view, n_told=told) for view in _view("joined", pair, people, seen))
    for name in subjects:
        down = ways_down(schema, name)
        if name in pairs and down:
            found = [_whole(schema, name, down, pairs, side) for side in SIDES]
            tables = tuple(source.table for source in sources_of(name, schema)) or (name,)
            for view in _view("subject", pairs[name], people, found):
                yield replace(view, table=shown_name(schema, name), made_of=tables)


def parents_of(schema: Schema, table: str, pairs: Mapping[str, TablePair]) -> list[ForeignKey]:
    """Foreign keys of a table to others of which something is seen."""
    own = [key for key in schema.keys_in_force() if key.child == table and not key.self_reference]
    return [key for key in own if key.parent in pairs and pairs[key.parent].features]


_Seen = tuple[Frame, WordArray, BoolArray] | None  # columns and content of a side's rows, and which are fully known


def _view(
    kind: str, pair: TablePair, people: Mapping[str, Mapping[str, WordArray]], seen: Sequence[_Seen]
) -> Iterator[View]:
    real, synthetic = seen[0], seen[1]
    if real is None or synthetic is None or real[0].matrix.shape[0] < FEWEST_COLUMNS:
        return
    rows = [
        None if found is None else _rows(found, people[side][pair.table])
        for side, found in zip(SIDES, seen, strict=True)
    ]
    if rows[0] is None or rows[1] is None or min(rows[0].n_rows, rows[1].n_rows) < FEWEST_ROWS:
        return
    holdout = rows[2].by_people() if rows[2] is not None and rows[2].n_rows else None
    seen_by = rows[0].by_people(), rows[1], holdout
    yield View(kind, pair.table, real[0].names, real[0].domains, *seen_by, made_of=(pair.table,))


def _rows(seen: tuple[Frame, WordArray, BoolArray], people: WordArray) -> Rows:
    frame, content, known = seen
    return Rows(frame.matrix[:_MOST_COLUMNS, known], people[known], content[known])


def people_of(
    schema: Schema, pairs: Mapping[str, TablePair], subjects: Sequence[str], side: str
) -> dict[str, WordArray]:
    """The subject that each row of each table belongs to, as a hash.

    Rows that belong to no subject stand or fall with the row of their largest parent table; without one, alone.
    """
    samples = {name: found for name, pair in pairs.items() if (found := getattr(pair, side)) is not None}
    people = {name: sample.identity.copy() for name, sample in samples.items()}
    for key in largest_parents(schema, samples, subjects):
        rows, parents = owners(key, samples[key.child], samples[key.parent])
        people[key.child][rows] = samples[key.parent].identity[parents]
    for subject in subjects:
        for key in ways_down(schema, subject):
            if key.child in samples and key.parent in samples:
                rows, parents = owners(key, samples[key.child], samples[key.parent])
                people[key.child][rows] = people[key.parent][parents]
    return people


def largest_parents(schema: Schema, samples: Mapping[str, Sample], subjects: Sequence[str]) -> list[ForeignKey]:
    """For each table but the subjects' own, the key onto its largest parent with rows enough to be people or things."""
    found: dict[str, ForeignKey] = {}
    for key in schema.keys_in_force():
        unread = key.child not in samples or key.parent not in samples
        if key.self_reference or unread or key.child in subjects:
            continue
        n_rows = samples[key.parent].n_rows
        if schema.tables[key.parent].role != "reference" and n_rows >= _FEWEST_PARENTS:
            best = found.get(key.child)
            if best is None or n_rows > samples[best.parent].n_rows:
                found[key.child] = key
    return list(found.values())


def _own(pair: TablePair, side: str) -> _Seen:
    sample: Sample | None = getattr(pair, side)
    if sample is None:
        return None
    return sample.features.select(pair.features), row_hashes(_told(pair, sample)), sample.drawn


def _told(pair: TablePair, sample: Sample) -> FloatArray:
    """What of each row tells that it repeats another."""
    return sample.features.select(pair.telling).matrix


def _joined(pair: TablePair, keys: Sequence[ForeignKey], pairs: Mapping[str, TablePair], side: str) -> _Seen:
    """Own columns and those of every parent; NaN where a row has none.

    Of a sample with parents, only rows whose parents are all in it are known.
    """
    sample: Sample | None = getattr(pair, side)
    own = _own(pair, side)
    if sample is None or own is None:
        return None
    frames, contents = [own[0]], [_told(pair, sample)]
    known, thinned = np.ones(sample.identity.size, dtype=np.bool_), False
    for key in keys:
        among = _parents(pairs[key.parent], side)
        frame = among[0].features.select(pairs[key.parent].features)
        matrix = np.full((len(frame.names), sample.identity.size), np.nan)
        told = [frame.names.index(name) for name in pairs[key.parent].telling]
        looked_up = ~sample.child_key(key).present
        for parent in among:
            matched = link(key, sample, parent)
            rows, parents = matched.joined()
            matrix[:, rows] = parent.features.select(frame.names).matrix[:, parents]
            looked_up[matched.rows] = True
            thinned |= parent.parent_key(key).complete < 1.0
        known &= looked_up
        names = tuple(f"{', '.join(key.child_columns)}: {name}" for name in frame.names)
        frames.append(Frame(names, frame.domains, matrix))
        contents.append(matrix[told])
    return _beside(frames), row_hashes(np.concatenate(contents)), known if thinned else sample.drawn


def _parents(pair: TablePair, side: str) -> list[Sample]:
    """Rows among which parents of this side are looked for.

    A person held out may share a parent with one who was fitted, such as the account of a couple.
    """
    places = ("real", "holdout") if side == "holdout" else (side,)
    return [sample for place in places if (sample := getattr(pair, place)) is not None] or [pair.real]


def _beside(frames: Sequence[Frame]) -> Frame:
    names = tuple(name for frame in frames for name in frame.names)
    domains = tuple(domain for frame in frames for domain in frame.domains)
    kept = slice(0, _MOST_COLUMNS)
    return Frame(names[kept], domains[kept], np.concatenate([frame.matrix for frame in frames])[kept])


def _whole(
    schema: Schema, subject: str, down: Sequence[ForeignKey], pairs: Mapping[str, TablePair], side: str
) -> _Seen:
    """A subject's columns, and numbers, means, extremes and shares of all rows that belong to it."""
    root: Sample | None = getattr(pairs[subject], side)
    own = _own(pairs[subject], side)
    if root is None or own is None:
        return None
    places = {subject: np.arange(root.identity.size)}
    frames, content, known = [own[0]], own[1].copy(), own[2].copy()
    for key in down:
        child: Sample | None = getattr(pairs[key.child], side) if key.child in pairs else None
        parent: Sample | None = getattr(pairs[key.parent], side) if key.parent in pairs else None
        if child is None or parent is None or key.parent not in places:
            continue
        matched = link(key, child, parent)
        if key.parent == subject and matched.parents.size < root.identity.size:
            complete = np.zeros(root.identity.size, dtype=np.bool_)  # of the others not all children are in the sample
            complete[matched.parents] = True
            known &= complete
        rows, parents = matched.joined()
        owner = places[key.parent][parents]
        rows, owner = rows[owner >= 0], owner[owner >= 0]
        if key.child not in places:
            places[key.child] = np.full(child.identity.size, -1, dtype=np.int64)
            places[key.child][rows] = owner
        prefix = f"{shown_name(schema, key.child)} by {', '.join(key.child_columns)}"
        frames.append(_aggregates(pairs[key.child], child, rows, owner, root.identity.size, prefix))
        hashes = row_hashes(_told(pairs[key.child], child)[:, rows])
        content = _add_families(content, hashes, owner)
    return _beside(frames), content, known


def _add_families(content: WordArray, hashes: WordArray, owner: IntArray) -> WordArray:
    """Hash of each subject together with that of the set of its rows, in whatever order they stand."""
    sums = np.zeros(content.size, dtype=np.uint64)
    with np.errstate(over="ignore"):
        np.add.at(sums, owner, mix(hashes))
        return mix(content * np.uint64(3) + sums)


def _aggregates(pair: TablePair, child: Sample, rows: IntArray, owner: IntArray, n_owners: int, prefix: str) -> Frame:
    columns = {f"{prefix}: rows": np.bincount(owner, minlength=n_owners).astype(np.float64)}
    for name in pair.features:
        values = child.features.column(name)[rows]
        domain = pair.real.features.domains[pair.real.features.names.index(name)]
        if domain.kind == "number":
            columns[f"{prefix}: mean {name}"] = _means(values, owner, n_owners)
            columns[f"{prefix}: largest {name}"] = _largest(values, owner, n_owners)
        else:
            for code in range(min(_SHARES, len(domain.categories))):
                columns[f"{prefix}: share {name} {code}"] = _means((values == code) * 1.0, owner, n_owners)
    return Frame(tuple(columns), (_NUMBER,) * len(columns), np.array(list(columns.values())))


def _means(values: FloatArray, owner: IntArray, n_owners: int) -> FloatArray:
    present = ~np.isnan(values)
    sizes = np.bincount(owner[present], minlength=n_owners)
    sums = np.bincount(owner[present], weights=values[present], minlength=n_owners)
    return np.where(sizes > 0, sums / np.maximum(1, sizes), np.nan)


def _largest(values: FloatArray, owner: IntArray, n_owners: int) -> FloatArray:
    found = np.full(n_owners, -np.inf)
    present = ~np.isnan(values)
    np.maximum.at(found, owner[present], values[present])
    return np.where(np.isinf(found), np.nan, found)


def row_hashes(matrix: FloatArray) -> WordArray:
    """Hash of the values of each row, shape (n_rows,); equal rows have equal hashes, missing values are equal."""
    total = np.zeros(matrix.shape[1], dtype=np.uint64)
    with np.errstate(over="ignore"):
        for column in matrix:
            words = np.where(np.isnan(column), np.nan, column + 0.0).view(np.uint64)
            words = np.where(np.isnan(column), np.uint64(1), words)
            total = mix(total * np.uint64(3) + mix(words))
    return total
