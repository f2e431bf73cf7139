"""Privacy of copies that leak in known ways, and of those that do not."""

import dataclasses

import numpy as np
import pytest

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import EvaluateSettings, PrivacySettings
from synthspark.evaluate.privacy import membership
from synthspark.evaluate.privacy.closeness import Placed, measure_closeness
from synthspark.evaluate.privacy.copies import count_exact
from synthspark.evaluate.privacy.database import PrivacyContext, score_privacy
from synthspark.evaluate.privacy.overlap import Compared, Overlap, columns_to_compare
from synthspark.evaluate.privacy.views import find_views, row_hashes
from synthspark.stats.nearest import Space

SCHEMA = Schema(
    "shop",
    {
        "customer": Table(
            "customer",
            {
                "id": Column("long"),
                "name": Column("string", "full_name"),
                "age": Column("long"),
                "income": Column("double"),
                "tier": Column("string"),
            },
            primary_key=("id",),
            rows=900,
        ),
        "order": Table(
            "order",
            {
                "order_id": Column("long"),
                "customer": Column("long"),
                "amount": Column("double"),
                "kind": Column("string"),
                "note": Column("string", "free_text"),
            },
            primary_key=("order_id",),
            rows=2700,
        ),
    },
    (ForeignKey("order", ("customer",), "customer", ("id",)),),
).decided("approved")


def draw_world(seed, n_customers=600):
    draw = np.random.default_rng(seed)
    tier = draw.integers(0, 3, n_customers)
    owner = np.repeat(np.arange(n_customers), 1 + draw.poisson(1 + tier))
    income = np.round(draw.lognormal(10, 0.5, n_customers), 2)
    customers = {
        "id": np.arange(n_customers) + 10_000 * seed,
        "name": np.full(n_customers, "x"),
        "age": draw.integers(18, 90, n_customers),
        "income": income,
        "tier": np.array(["low", "mid", "top"])[tier],
    }
    orders = {
        "order_id": np.arange(owner.size) + 100_000 * seed,
        "customer": owner + 10_000 * seed,
        "amount": np.round(income[owner] * draw.lognormal(-4, 0.3, owner.size), 2),
        "kind": np.array(["a", "b", "c", "d"])[draw.integers(0, 4, owner.size)],
        "note": np.full(owner.size, "y"),
    }
    return {"customer": customers, "order": orders}


def with_copies(synthetic, real, n_copied, noise=0.0):
    """The synthetic world with its first people replaced by real ones, their orders included."""
    ids = real["customer"]["id"][:n_copied]
    out = {}
    shift = synthetic["customer"]["id"][0] - real["customer"]["id"][0]
    for table, owner in (("customer", "id"), ("order", "customer")):
        kept = synthetic[table][owner] >= ids[0] + shift + n_copied
        taken = real[table][owner] < ids[0] + n_copied
        out[table] = {c: np.concatenate([real[table][c][taken], synthetic[table][c][kept]]) for c in real[table]}
        out[table][owner] = np.concatenate([real[table][owner][taken] + shift, synthetic[table][owner][kept]])
    out["order"]["order_id"] = np.arange(out["order"]["order_id"].size)
    draw = np.random.default_rng(5)
    for table, column in (("customer", "income"), ("order", "amount")):
        values = out[table][column]
        out[table][column] = values * np.exp(noise * draw.normal(size=values.size))
    return out


@pytest.fixture(scope="module")
def worlds():
    return {"real": draw_world(1), "holdout": draw_world(2, 300), "synthetic": draw_world(3)}


@pytest.fixture
def judge(make_pairs, worlds):
    def score(synthetic, holdout=True, overlaps=()):
        pairs = make_pairs(worlds["real"], synthetic, SCHEMA, worlds["holdout"] if holdout else None)
        context = PrivacyContext(PrivacySettings(), ("customer",), overlaps)
        scores, findings, facts = score_privacy(pairs, SCHEMA, context, EvaluateSettings(), 0)
        return {(item.name, *item.subject): item for item in scores}, findings, facts

    return score


def test_another_draw_gives_nobody_away(judge, worlds):
    scores, findings, facts = judge(worlds["synthetic"])
    assert facts["verdict"]["answer"] == "pass", findings
    assert scores["privacy",].value > 0.95
    assert scores["dcr_share", "customer"].value == pytest.approx(0.5, abs=4 * scores["dcr_share", "customer"].error)
    assert scores["subject_membership_auc", "customer"].value == pytest.approx(0.5, abs=0.1)
    assert scores["subject_exact_copies", "customer"].breakdown["found"] == 0.0
    assert all(item.value is not None or item.reason for item in scores.values())


def test_nothing_is_proven_of_tables_that_could_not_be_read(make_pairs, worlds):
    pairs = make_pairs(worlds["real"], worlds["synthetic"], SCHEMA, worlds["holdout"])
    del pairs["order"]
    context = PrivacyContext(PrivacySettings(), ("customer",))
    verdict = score_privacy(pairs, SCHEMA, context, EvaluateSettings(), 0)[2]["verdict"]
    assert verdict["answer"] == "unproven"
    assert "order" in verdict["sentence"]


def test_columns_that_everybody_can_guess_accuse_nobody(make_pairs):
    """A flag that all but one in two hundred have is guessed of everybody, held out or not."""

    def world(seed, n_rows):
        draw = np.random.default_rng(seed)
        flag = np.where(draw.random(n_rows) < 0.995, "y", "n")
        return {
            "person": {
                "id": np.arange(n_rows) + 10_000 * seed,
                "flag": flag,
                "same": np.where(flag == "y", "yes", "no"),
                "age": draw.integers(18, 90, n_rows),
            }
        }

    columns = {"id": Column("long"), "flag": Column("string"), "same": Column("string"), "age": Column("long")}
    schema = Schema("s", {"person": Table("person", columns, primary_key=("id",), rows=900)}).decided("approved")
    pairs = make_pairs(world(1, 900), world(3, 900), schema, world(2, 120))
    context = PrivacyContext(PrivacySettings(), ("person",))
    scores, findings, facts = score_privacy(pairs, schema, context, EvaluateSettings(), 0)
    assert not findings
    assert facts["verdict"]["answer"] == "pass"
    assert {item.name: item.value for item in scores}["privacy"] > 0.97


def test_many_rows_of_few_people_are_no_proof(make_pairs):
    """Rows of one person lie close together; whoever holds out few of them holds out few tries."""

    def world(seed, n_people):
        draw = np.random.default_rng(seed)
        owner = np.repeat(np.arange(n_people), 60)
        level = draw.normal(size=(3, n_people))[:, owner]
        return {
            "person": {"id": np.arange(n_people) + 10_000 * seed, "age": draw.integers(18, 90, n_people)},
            "visit": {
                "id": np.arange(owner.size) + 100_000 * seed,
                "person": owner + 10_000 * seed,
                **{f"v{place}": row + 0.05 * draw.normal(size=owner.size) for place, row in enumerate(level)},
            },
        }

    person = Table("person", {"id": Column("long"), "age": Column("long")}, primary_key=("id",), rows=120)
    visit_columns = {"id": Column("long"), "person": Column("long"), **{f"v{n}": Column("double") for n in range(3)}}
    visit = Table("visit", visit_columns, primary_key=("id",), rows=7_200)
    keys = (ForeignKey("visit", ("person",), "person", ("id",)),)
    schema = Schema("s", {"person": person, "visit": visit}, keys).decided("approved")
    for seed in range(3, 7):
        pairs = make_pairs(world(1, 120), world(seed, 120), schema, world(2, 40))
        context = PrivacyContext(PrivacySettings(), ("person",))
        _, findings, facts = score_privacy(pairs, schema, context, EvaluateSettings(), 0)
        assert facts["verdict"]["answer"] in ("pass", "look"), findings


def test_a_copy_of_the_source_fails_with_the_right_reasons(judge, worlds):
    scores, findings, facts = judge(worlds["real"])
    assert facts["verdict"]["answer"] == "fail"
    assert scores["privacy",].value < 0.1
    assert scores["subject_exact_copies", "customer"].value == pytest.approx(1.0, abs=0.02)
    assert scores["subject_membership_auc", "customer"].value > 0.95
    # Half of the fitted people are as many as those held out: a copy is nearest to one of them in three cases of four.
    assert scores["dcr_share", "customer"].value == pytest.approx(0.75, abs=0.05)
    assert scores["dcr_lost", "customer"].value > 0.95
    assert scores["subject_linkability_risk", "customer"].value > 0.5
    assert any("rows of the source are repeated" in reason for reason in facts["verdict"]["reasons"])
    assert all("privacy.k" in finding.remedy for finding in findings)


def test_five_percent_of_copied_people_are_found_and_counted(judge, worlds):
    scores, findings, facts = judge(with_copies(worlds["synthetic"], worlds["real"], 30))
    assert scores["subject_exact_copies", "customer"].breakdown["found"] == 30.0
    assert facts["verdict"]["answer"] == "fail"
    assert any("30 exact copies" in finding.message for finding in findings)


def test_copies_are_found_without_anybody_held_out(judge, worlds):
    scores, _, facts = judge(with_copies(worlds["synthetic"], worlds["real"], 30), holdout=False)
    assert scores["subject_exact_copies", "customer"].breakdown["found"] == 30.0
    assert facts["verdict"]["answer"] == "fail"
    assert "no hold-out" in scores["dcr_share", "customer"].reason
    assert judge(worlds["synthetic"], holdout=False)[2]["verdict"]["answer"] == "unproven"


def test_one_percent_of_people_copied_with_a_little_noise_are_flagged(judge, worlds, make_pairs):
    real, synthetic = draw_world(1, 2000), draw_world(3, 2000)
    pairs = make_pairs(real, with_copies(synthetic, real, 20, noise=0.002), SCHEMA, worlds["holdout"])
    context = PrivacyContext(PrivacySettings(), ("customer",))
    scores, findings, facts = score_privacy(pairs, SCHEMA, context, EvaluateSettings(), 0)
    near = next(item for item in scores if item.name == "subject_near_copies")
    assert near.breakdown["found"] >= 15
    assert near.breakdown["lower_bound"] > 0.0
    assert facts["verdict"]["answer"] in ("look", "fail")
    assert any("near copies" in finding.message for finding in findings)


def test_real_names_in_the_copy_are_findings_and_renumbered_keys_are_not(judge, worlds):
    overlaps = (
        Overlap("customer", "name", "personal", "full_name", 600, 600, 12),
        Overlap("customer", "id", "key", "key", 600, 600, 600, expected_none=False),
    )
    scores, findings, facts = judge(worlds["synthetic"], overlaps=overlaps)
    assert facts["verdict"]["answer"] == "fail"
    assert [finding.place for finding in findings] == ["customer.name"]
    assert scores["value_overlap", "customer", "name"].value == pytest.approx(0.02)
    assert ("value_overlap", "customer", "id") not in scores
    assert Compared("customer", ("name",), "personal", "full_name") in columns_to_compare(SCHEMA)
    assert Compared("order", ("note",), "text", "free_text") in columns_to_compare(SCHEMA)


def test_people_own_what_refers_to_them_in_every_view(make_pairs, worlds):
    pairs = make_pairs(worlds["real"], worlds["synthetic"], SCHEMA, worlds["holdout"])
    views = {(view.kind, view.table): view for view in find_views(SCHEMA, pairs, ("customer",))}
    assert set(views) == {("table", "customer"), ("table", "order"), ("joined", "order"), ("subject", "customer")}
    joined = views["joined", "order"]
    assert np.unique(joined.real.people).size == np.unique(worlds["real"]["order"]["customer"]).size
    assert "customer: age" in joined.names
    assert any("share kind" in name for name in views["subject", "customer"].names)


def test_people_held_out_are_seen_with_the_parents_that_they_share_with_others(make_pairs):
    real, holdout = draw_world(1), draw_world(2, 300)
    shared = {column: values[::2] for column, values in holdout["customer"].items()}
    real["customer"] = {column: np.append(values, shared[column]) for column, values in real["customer"].items()}
    holdout["customer"] = {column: values[1::2] for column, values in holdout["customer"].items()}
    pairs = make_pairs(real, draw_world(3), SCHEMA, holdout)
    (joined,) = [view for view in find_views(SCHEMA, pairs, ("customer",)) if view.kind == "joined"]
    assert joined.holdout.n_rows == holdout["order"]["order_id"].size
    assert not np.isnan(joined.holdout.matrix[joined.names.index("customer: age")]).any()


def test_row_hashes_tell_rows_apart_and_take_missing_values_for_equal():
    rows = np.array([[1.0, 1.0, 2.0, np.nan, np.nan], [0.0, -0.0, 1.0, 3.0, 3.0]])
    found = row_hashes(rows)
    assert found[0] == found[1]
    assert found[3] == found[4]
    assert np.unique(found).size == 3
    assert dataclasses.is_dataclass(Overlap)


def test_noise_tells_nothing_of_anybody(judge, worlds):
    draw, noise = np.random.default_rng(9), {name: dict(rows) for name, rows in worlds["synthetic"].items()}
    for table, columns in (("customer", ("age", "income", "tier")), ("order", ("amount", "kind"))):
        for column in columns:
            noise[table][column] = draw.permutation(noise[table][column])
    scores, findings, _ = judge(noise)
    assert scores["privacy_rare",].value == 1.0
    assert not [finding for finding in findings if finding.severity == "error"]


def test_what_anybody_could_guess_is_no_leak_though_few_are_held_out(make_pairs):
    worlds = [draw_world(1), draw_world(3), draw_world(2, 300)]
    worlds[2]["order"]["customer"] = worlds[2]["order"]["customer"] % 40 + worlds[2]["customer"]["id"][0]
    for draw, world in enumerate(worlds):
        n_orders = world["order"]["kind"].size
        world["order"]["kind"] = np.where(np.random.default_rng(draw).random(n_orders) < 0.005, "b", "a")
    context = PrivacyContext(PrivacySettings(), ("customer",), ())
    _, findings, _ = score_privacy(make_pairs(*worlds[:2], SCHEMA, worlds[2]), SCHEMA, context, EvaluateSettings(), 0)
    assert not [item for item in findings if "guesses" in item.message and "order" in item.place]


def test_rows_that_repeat_on_a_grid_are_as_near_to_those_held_out():
    draw = np.random.default_rng(0)
    fitted, synthetic, held = (np.array([draw.integers(0, top, n) for top in (1500, 3)]) for n in (4000, 4000, 400))
    space, people = Space.of(fitted * 1.0, np.array([False, True])), np.arange(4000, dtype=np.uint64)
    placed = Placed(*(space.place(rows * 1.0) for rows in (fitted, synthetic, held)), people, people[:400], people)
    found = measure_closeness(placed, 0, "grid")
    assert found.lost == pytest.approx(0.0, abs=3 * found.lost_error)
    assert found.lost_error < 0.1


def test_members_and_others_are_judged_by_as_many_classifiers(monkeypatch):
    """What one classifier says of strangers is skewed; a mean of two would be larger than most of it."""
    draw = np.random.default_rng(0)

    def guess(*_):
        return lambda rows: draw.exponential(size=len(rows)) ** 3

    monkeypatch.setattr(membership, "fit_classifier", guess)
    space, people = Space.of(np.zeros((1, 1)), np.array([False])), np.arange(2_400, dtype=np.uint64)
    sides = (space.place(np.zeros((1, n_rows))) for n_rows in (2_000, 2_000, 400))
    found = membership.by_model(
        Placed(*sides, people[:2_000], people[2_000:], people[:2_000]), np.array([False]), 0, "guesses"
    )
    assert found.area == pytest.approx(0.5, abs=3 * found.error)


def numbered(seed, n_rows, n_numbers=20_000):
    """Films with a number that another catalog has given out once each, and a kind."""
    draw = np.random.default_rng(seed)
    return {
        "film": {
            "id": np.arange(n_rows) + 10_000 * seed,
            "number": draw.choice(n_numbers, n_rows, replace=False),
            "kind": np.array(list("abcdefgh"))[draw.integers(0, 8, n_rows)],
        }
    }


def test_numbers_that_are_given_out_once_repeat_nobody(make_pairs):
    """Drawn anew in a dense range they hit real ones, which those held out never do: no two have the same."""
    columns = {"id": Column("long"), "number": Column("long"), "kind": Column("string")}
    schema = Schema("s", {"film": Table("film", columns, primary_key=("id",), rows=6_000)}).decided("approved")
    world = numbered(1, 6_600)["film"]
    real, held = (
        {"film": {name: rows[part] for name, rows in world.items()}} for part in (slice(600, None), slice(600))
    )
    pairs = make_pairs(real, numbered(3, 6_000), schema, held)
    assert np.isin(numbered(3, 6_000)["film"]["number"], real["film"]["number"]).mean() > 0.2
    assert pairs["film"].telling == ("kind",)
    _, findings, facts = score_privacy(pairs, schema, PrivacyContext(PrivacySettings(), ()), EvaluateSettings(), 0)
    assert not findings
    assert facts["verdict"]["answer"] == "pass"


def test_rows_that_many_share_give_nobody_away(make_pairs):
    """A copy that leaves out rare rows repeats the others more often; what k people have in common names none."""

    def world(seed, n_rows, share_rare):
        draw = np.random.default_rng(seed)
        kind = np.array(list("abcdef"))[draw.integers(0, 6, n_rows)]
        income = np.where(draw.random(n_rows) < share_rare, 1.0 + draw.random(n_rows), 0.0)
        return {"person": {"id": np.arange(n_rows) + 10_000 * seed, "kind": kind, "income": income}}

    columns = {"id": Column("long"), "kind": Column("string"), "income": Column("double")}
    schema = Schema("s", {"person": Table("person", columns, primary_key=("id",), rows=4_000)}).decided("approved")
    pairs = make_pairs(world(1, 4_000, 0.1), world(3, 4_000, 0.0), schema, world(2, 400, 0.1))
    scores, findings, _ = score_privacy(pairs, schema, PrivacyContext(PrivacySettings(), ()), EvaluateSettings(), 0)
    assert next(item for item in scores if item.name == "exact_copies").breakdown["found"] == 0.0
    assert not [finding for finding in findings if "exact" in finding.message]


def test_noise_shows_what_is_rare_too_often_and_copies_nobody(make_pairs):
    def world(seed, n_rows, flat):
        draw = np.random.default_rng(seed)
        shares = np.ones(150) if flat else 1.0 / np.arange(1, 151) ** 1.5
        codes = draw.choice(150, (2, n_rows), p=shares / shares.sum())
        names = np.array([f"v{n}" for n in range(150)])
        return {"person": {"id": np.arange(n_rows) + 10_000 * seed, "a": names[codes[0]], "b": names[codes[1] // 15]}}

    columns = {"id": Column("long"), "a": Column("string"), "b": Column("string")}
    schema = Schema("s", {"person": Table("person", columns, primary_key=("id",), rows=4_000)}).decided("approved")
    pairs = make_pairs(world(1, 4_000, False), world(3, 4_000, True), schema, world(2, 400, False))
    (view,) = find_views(schema, pairs, ())
    rare = np.unique(view.real.content, return_counts=True)
    flags = [np.isin(rows.content, rare[0][rare[1] < 5]) for rows in (view.synthetic, view.holdout)]
    assert flags[0].mean() > 2 * flags[1].mean()  # of rare rows alone it seems to repeat too many
    assert count_exact(view, 5).unexplained <= 0.0
    assert count_exact(view, 5).excess == 0.0
