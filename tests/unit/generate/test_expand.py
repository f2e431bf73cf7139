import numpy as np
import pyarrow as pa
import pytest

from synthspark.generate.blocks import BEFORE, BLOCK, blocks_of, children_in_block, cut_spans
from synthspark.generate.expand import Totals, expand, next_spare, plan_totals
from synthspark.generate.recipe import INDEX


def test_children_are_numbered_in_the_order_of_their_parents():
    drawn = np.array([2, 0, 3])
    rows, place = expand(Totals(5, 5, 0), np.array([4, 7, 9]), drawn, np.cumsum(drawn) - drawn, 10)
    assert rows.index.tolist() == [0, 1, 2, 3, 4]
    assert rows.owner.tolist() == [4, 4, 9, 9, 9]
    assert rows.position.tolist() == [0, 1, 0, 1, 2]
    assert place.tolist() == [0, 0, 2, 2, 2]


@pytest.mark.parametrize("wanted", [1, 700, 1_000, 1_499, 5_000])
def test_corrected_numbers_add_up_exactly(wanted):
    drawn = np.random.default_rng(0).integers(0, 5, 500)
    totals = Totals(int(drawn.sum()), wanted, 0)
    rows, _ = expand(totals, np.arange(500), drawn, np.cumsum(drawn) - drawn, 500)
    assert rows.index.tolist() == list(range(wanted))
    assert not set(rows.owner) & set(np.flatnonzero(drawn == 0))


def test_numbers_beyond_32_bits_are_exact():
    totals = Totals(3 * 10**15, 2 * 10**15, 0)
    first = totals.first(np.array([0, 3 * 10**14, 3 * 10**15]))
    assert first[0] == 0 and first[-1] == 2 * 10**15
    assert abs(int(first[1]) - 2 * 10**14) <= 1


@pytest.mark.parametrize(
    ("drawn", "rows", "at_most_one", "wanted"),
    [
        (100, None, False, 100),
        (103, None, False, 103),
        (120, None, False, 100),
        (80, None, True, 80),
        (80, 50, False, 50),
    ],
)
def test_only_what_is_far_off_is_corrected(drawn, rows, at_most_one, wanted):
    assert plan_totals(drawn, 100, 0, 1.0, rows=rows, at_most_one=at_most_one).wanted == wanted


def test_rootless_rows_scale_with_their_parents():
    totals = plan_totals(100, 50, 30, 2.0, rows=None, at_most_one=False)
    assert (totals.rootless, totals.slots) == (60, 160)


@pytest.mark.parametrize("block_rows", [1, 3, 8, 100])
@pytest.mark.parametrize("wanted", [40, 61])
def test_blocks_hold_the_children_that_the_whole_table_holds(block_rows, wanted):
    drawn = np.array([0, 7, 1, 0, 20, 3, 9])
    before = np.cumsum(drawn) - drawn
    totals = Totals(40, wanted, 0)
    whole, _ = expand(totals, np.arange(7) * 10, drawn, before, 70)
    parents = pa.RecordBatch.from_arrays(
        [pa.array(np.arange(7) * 10), pa.array(drawn), pa.array(before)], names=[INDEX, "n", BEFORE]
    )
    cut = pa.Table.from_batches([cut_spans(parents, "n", totals, block_rows)]).sort_by(BLOCK)
    found = {"index": [], "owner": [], "position": [], "count": []}
    for owners in blocks_of(iter(cut.to_batches(max_chunksize=2))):
        rows, _ = children_in_block(owners, totals, block_rows, 70)
        assert rows.index.size <= block_rows
        for name, values in found.items():
            values += getattr(rows, name).tolist()
    for name, values in found.items():
        assert values == getattr(whole, name).tolist()


@pytest.mark.parametrize("power", [1.0, 0.5, 0.3])
def test_rows_that_hinder_each_other_are_made_up_for_in_a_few_tries(power):
    def left(spare):  # the more rows look for a place, the fewer find one
        return round(400 * spare**power)

    tried = [(1.0, left(1.0))]
    for _ in range(3):
        spare = next_spare(tried, 500)
        tried.append((spare, left(spare)))
    assert tried[-1][1] == pytest.approx(500, rel=0.02)


def test_a_try_that_gained_nothing_makes_no_endless_step():
    assert 1.5 < next_spare([(1.0, 400), (1.25, 400)], 500) < 4
