"""References across types and formats: every child keeps its own writing, and none is without parent."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.stats.matching import positions, row_codes

RNG = np.random.default_rng(11)
LOGICAL = {
    pa.int32(): "integer",
    pa.int64(): "long",
    pa.float64(): "double",
    pa.string(): "string",
    pa.date32(): "date",
    pa.timestamp("us"): "timestamp_ntz",
    pa.decimal128(10, 0): "decimal(10,0)",
    pa.decimal128(20, 0): "decimal(20,0)",
}


def described(name, table, key=(), role="synthesize"):
    columns = {
        field.name: Column(LOGICAL[field.type], nullable=bool(table.column(field.name).null_count))
        for field in table.schema
    }
    return Table(name, columns, role, tuple(key), status="approved", rows=table.num_rows)


def across(child, columns, parent, targets, compare=""):
    names = tuple(columns.split()), parent, tuple(targets.split())
    return ForeignKey(child, *names, "approved", compare=tuple(compare.split()))


def database(tables, keys, primary, roles=None):
    roles = roles or {}
    forms = {n: described(n, t, primary.get(n, ()), roles.get(n, "synthesize")) for n, t in tables.items()}
    return tables, Schema("formats", forms, tuple(keys))


def arrays(table, columns):
    return [table.column(name).combine_chunks() for name in columns]


def whole(done, schema):
    """Every reference has a parent as the keys compare, every key is unique as its references see it."""
    for table in schema.tables.values():
        if table.primary_key:
            (codes,) = row_codes(arrays(done[table.name], table.primary_key))
            assert codes.min() >= 0 and np.unique(codes).size == codes.size, table.name
    for key in schema.keys_in_force():
        children, parents = (
            arrays(done[name], columns)
            for name, columns in ((key.child, key.child_columns), (key.parent, key.parent_columns))
        )
        assert not (positions(children, parents, key.comparisons) == -1).any(), key.label
        (codes,) = row_codes(parents, comparisons=key.comparisons)
        assert np.unique(codes[codes >= 0]).size == (codes >= 0).sum(), key.label


def same_types(done, tables):
    for name, table in tables.items():
        assert done[name].schema.types == table.schema.types, name


def shapes(values):
    """Share of each form of the texts: zeros in front told by their width, other digits as one mark."""
    texts = pc.drop_null(values)
    padded = pc.replace_substring_regex(texts, r"^([^0-9]*)0[0-9]+", r"\1 0")
    zeros = pc.if_else(pc.match_substring_regex(texts, r"^[^0-9]*0"), pc.utf8_length(texts).cast(pa.string()), "")
    marked = pc.binary_join_element_wise(pc.replace_substring_regex(padded, "[1-9][0-9]*", "9"), zeros, "/")
    counted = pc.value_counts(marked)
    total = len(texts)
    return {item["values"].as_py(): item["counts"].as_py() / total for item in counted}


def bank():
    """Keys of numbers written six ways, along a chain, in a link table, to the table itself, and from a text parent."""
    n, m = 400, 1500
    customer = pa.table({"id": np.arange(1, n + 1), "age": RNG.integers(18, 90, n)})
    owner = RNG.integers(1, n + 1, m)
    account = pa.table(
        {
            "no": [f"AC-{i:06d}" for i in range(1, m + 1)],
            "owner": [f"{i:08d}" for i in owner],
            "kind": RNG.choice(["save", "spend"], m),
        }
    )
    of = RNG.integers(1, m + 1, 4000)
    movement = pa.table({"id": np.arange(4000), "account": of, "amount": RNG.normal(size=4000).round(2)})
    carded = RNG.permutation(m)[:700] + 1
    card = pa.table({"account": [f"{i}/K" for i in carded], "colour": RNG.choice(["r", "g"], 700)})
    limit = pa.table({"card": [f"k{i:05d}" for i in RNG.permutation(carded)[:500]]})
    pairs = sorted(set(zip(RNG.integers(1, n + 1, 900).tolist(), RNG.integers(1, m + 1, 900).tolist(), strict=True)))
    proxy = pa.table({"customer": [f"C{a:05d}" for a, _ in pairs], "account": pa.array([float(b) for _, b in pairs])})
    boss = [None, *(f"#{int(RNG.integers(0, i)):03d}" for i in range(1, 60))]
    staff = pa.table({"id": np.arange(60), "boss": pa.array(boss, pa.string())})
    mixed = [f"{i:07d}" if place % 4 else str(i) for place, i in enumerate(owner)]
    letter = pa.table({"id": np.arange(m), "customer": mixed})
    tables = {
        "customer": customer,
        "account": account,
        "movement": movement,
        "card": card,
        "limit": limit,
        "proxy": proxy,
        "staff": staff,
        "letter": letter,
    }
    keys = [
        across("account", "owner", "customer", "id", "number"),
        across("movement", "account", "account", "no", "number"),
        across("card", "account", "account", "no", "number"),
        across("limit", "card", "card", "account", "number"),
        across("proxy", "customer", "customer", "id", "number"),
        across("proxy", "account", "account", "no", "number"),
        across("staff", "boss", "staff", "id", "number"),
        across("letter", "customer", "customer", "id", "number"),
    ]
    primary = {
        "customer": ["id"],
        "account": ["no"],
        "movement": ["id"],
        "card": ["account"],
        "limit": ["card"],
        "proxy": ["customer", "account"],
        "staff": ["id"],
        "letter": ["id"],
    }
    return database(tables, keys, primary)


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_numbers_are_found_and_written_in_each_tables_own_form(mirror, scale):
    tables, schema = bank()
    done, facts = mirror(tables, schema, scale=scale)
    whole(done, schema)
    same_types(done, tables)
    for name, fact in facts.items():
        assert fact.dropped_rows <= 0.02 * fact.slots, name
    for name, column in (
        ("account", "owner"),
        ("account", "no"),
        ("card", "account"),
        ("limit", "card"),
        ("proxy", "customer"),
        ("staff", "boss"),
        ("letter", "customer"),
    ):
        real, made = shapes(tables[name][column]), shapes(done[name][column])
        assert sum(abs(real.get(s, 0) - made.get(s, 0)) for s in {*real, *made}) < 0.15, (name, column, real, made)


def test_a_foreign_key_across_formats_keeps_its_numbers_of_children(mirror):
    tables, schema = bank()
    done, _ = mirror(tables, schema)
    for key in (schema.foreign_keys[0], schema.foreign_keys[1]):
        spread = []
        for side in (tables, done):
            ours, theirs = (
                arrays(side[key.child], key.child_columns),
                arrays(side[key.parent], key.parent_columns),
            )
            place = positions(ours, theirs, key.comparisons)
            spread.append(np.bincount(place, minlength=len(theirs[0])).std())
        assert abs(spread[0] - spread[1]) < 0.2 * spread[0], key.label


def atlas():
    """Composite keys of texts whose case and blanks differ, a copied table, and a reference that is null at times."""
    codes = ["DE", "FR", "IT", "ES", "PL", "NL", "BE", "AT"]
    country = pa.table({"code": codes, "area": RNG.random(8)})
    sounds = ["ba", "ko", "ri", "du", "mel", "tan", "os", "fi"]
    names = sorted({"".join(RNG.choice(sounds, 4)).capitalize() for _ in range(300)})
    home = RNG.choice(codes, len(names))
    city = pa.table({"name": names, "country": [c.lower() + "  " for c in home], "size": RNG.random(len(names))})
    at = RNG.integers(0, len(names), 1200)
    visit = pa.table(
        {
            "id": np.arange(1200),
            "town": [names[i].swapcase() + " " for i in at],
            "land": [home[i] for i in at],
            "from": pa.array([c if i % 3 else None for i, c in enumerate(RNG.choice(["de", "fr", "it"], 1200))]),
        }
    )
    tables = {"country": country, "city": city, "visit": visit}
    keys = [
        across("city", "country", "country", "code", "folded"),
        across("visit", "town land", "city", "name country", "folded folded"),
        across("visit", "from", "country", "code", "folded"),
    ]
    primary = {"country": ["code"], "city": ["name", "country"], "visit": ["id"]}
    return database(tables, keys, primary, {"country": "reference"})


def test_texts_are_found_without_case_and_blanks_and_written_with_theirs(mirror):
    tables, schema = atlas()
    done, _ = mirror(tables, schema)
    whole(done, schema)
    same_types(done, tables)
    assert set(done["city"]["country"].to_pylist()) <= {
        code.lower() + "  " for code in tables["country"]["code"].to_pylist()
    }
    towns = done["visit"]["town"].to_pylist()
    assert all(town == town.rstrip() + " " and town[0].islower() and town.strip()[1:].isupper() for town in towns)
    assert set(done["visit"]["from"].drop_null().to_pylist()) <= {"de", "fr", "it"}
    assert abs(done["visit"]["from"].null_count - tables["visit"]["from"].null_count) < 60


FAMILIES = {
    "int32 to int64": (pa.int64(), pa.int32()),
    "decimal to long": (pa.int64(), pa.decimal128(10, 0)),
    "long to wide decimal": (pa.decimal128(20, 0), pa.int64()),
    "double to long": (pa.int64(), pa.float64()),
    "text to long": (pa.int64(), pa.string()),
    "long to text": (pa.string(), pa.int64()),
    "date to timestamp": (pa.timestamp("us"), pa.date32()),
    "timestamp to date": (pa.date32(), pa.timestamp("us")),
}


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_types_of_one_family_work_as_they_are(mirror, family, linked):
    parent_kind, child_kind = FAMILIES[family]
    ids = np.arange(1, 101)
    days = [datetime.datetime(2020, 1, 1) + datetime.timedelta(days=int(i)) for i in ids]

    def typed(places, kind):
        if pa.types.is_temporal(kind):
            return pa.array([days[i - 1] for i in places], pa.timestamp("us")).cast(kind)
        if pa.types.is_decimal(kind):
            return pa.array([decimal.Decimal(int(i)) for i in places], kind)
        return pa.array(places).cast(pa.int64()).cast(kind)

    of = RNG.integers(1, 101, 500)
    tables = {
        "p": pa.table({"id": typed(ids, parent_kind), "v": RNG.random(100)}),
        "c": pa.table({"no": np.arange(500), "p": typed(of, child_kind)}),
        "g": pa.table({"no": np.arange(400)}),
    }
    keys = [across("c", "p", "p", "id")]
    if linked:  # another table makes the rows
        tables["c"] = tables["c"].append_column("g", pa.array(RNG.integers(0, 400, 500)))
        keys.append(across("c", "g", "g", "no"))
    done, facts = mirror(*database(tables, keys, {"p": ["id"], "c": ["no"], "g": ["no"]}))
    whole(done, database(tables, keys, {})[1])
    same_types(done, tables)
    assert abs(done["c"].num_rows - 500) <= 50 and not facts["c"].dropped_rows
