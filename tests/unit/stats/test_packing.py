import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from synthspark.errors import ModelError
from synthspark.stats.packing import nested, pack, under, unpack

documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=5)
    | st.floats(allow_nan=False, width=32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
).filter(lambda tree: "inf" not in repr(tree))
arrays = st.dictionaries(
    st.text(max_size=6),
    npst.arrays(st.sampled_from([np.float64, np.int64, np.bool_]), npst.array_shapes(min_side=0)),
    max_size=3,
)


@given(document=st.dictionaries(st.text(max_size=5), documents, max_size=3), parts=arrays)
def test_unpack_gives_back_what_was_packed(document, parts):
    content = pack(document, parts)
    back, loaded = unpack(content)
    assert back == document
    assert list(loaded) == list(parts)
    for name, array in parts.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array)
    assert content == pack(document, parts)


def test_python_objects_are_refused():
    with pytest.raises(ModelError, match="Python objects"):
        pack({}, {"a": np.array([object()])})


@pytest.mark.parametrize("document", [{"x": float("nan")}, {"x": {1, 2}}])
def test_document_that_is_no_json_is_refused(document):
    with pytest.raises(ModelError, match="JSON"):
        pack(document, {})


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", pack({}, {})[:40]])
def test_damaged_file_is_named_as_such(content):
    with pytest.raises(ModelError, match="run fit again"):
        unpack(content)


def test_under_gives_back_what_was_nested():
    inner = {"a": np.arange(3), "b/c": np.zeros(2)}
    assert under("left", nested("left", inner) | nested("lefty", inner)).keys() == inner.keys()
