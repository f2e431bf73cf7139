import numpy as np
import pytest

from synthspark.artifacts.facts import TableFacts
from synthspark.artifacts.model import ColumnModel, Feature, KeyModel, LinkModel, Part, Shard, TableModel, shard_weights
from synthspark.errors import ModelError


def model():
    part = Part({"engine": "copula"}, {"weights/a": np.arange(3.0), "odd name": np.array([[1, 2]])})
    return TableModel(
        table="t",
        role="synthesize",
        rows=7,
        columns=(ColumnModel("a b", "long", "key", {"format": {}}), ColumnModel("c", "string", "link")),
        keys=(KeyModel(("a b",), "issued", ("a b",)),),
        links=(LinkModel("t.c -> u.d", (), ("c",), popularity=part, values=(("x", "y"),)),),
        context=(Feature("x", "x", {"kind": "number", "type": "long", "categories": []}),),
        shards=(Shard(4, part), Shard(3, part)),
        counts=(Shard(2, part),),
        diagnostics={"rows_used": 7},
    )


def test_a_model_survives_its_written_form():
    content = model().to_bytes()
    back = TableModel.from_bytes(content)
    assert back.to_bytes() == content
    assert back.keys == model().keys and back.columns == model().columns
    assert back.shards[1].part.arrays["odd name"].tolist() == [[1, 2]]
    assert back.links[0].values == (("x", "y"),)


def test_bytes_of_something_else_are_refused():
    with pytest.raises(ModelError, match="run fit again"):
        TableModel.from_bytes(b"no model")


def test_an_unknown_way_is_refused():
    with pytest.raises(ModelError, match="expected one of key, link"):
        ColumnModel("a", "long", "magic")


def test_weights_of_shards_rise_to_one():
    assert shard_weights(model().shards).tolist() == [4 / 7, 1.0]


def test_facts_survive_their_written_form():
    facts = TableFacts(3, 4, 1, {"k": 2}, {"c": (1, 2)}, 64)
    assert TableFacts.from_json(facts.to_json()) == facts
    assert not facts.dense
