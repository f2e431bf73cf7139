"""The best split of each node, found by looking at few cuts first."""

import numpy as np

from synthspark.stats.trees_splits import MOST_CUTS, best_splits


def split(values, outputs, local, n_nodes, leaf_rows=5):
    orders = np.argsort(values, axis=1, kind="stable").astype(np.int32)
    return best_splits(values, outputs, orders, local, n_nodes, leaf_rows, 2.0)


def gain_of(values, outputs, threshold):
    """Squared error that a split takes away, straight from the definition."""
    low = values <= threshold
    parts = [outputs[:, low], outputs[:, ~low]]
    return outputs.var(axis=1).sum() * outputs.shape[1] - sum(part.var(axis=1).sum() * part.shape[1] for part in parts)


def test_the_split_is_the_best_one_whatever_the_number_of_values():
    generator = np.random.default_rng(1)
    values = generator.normal(size=(3, 2_000))
    assert np.unique(values[1]).size > MOST_CUTS
    outputs = (values[1] + 0.5 * generator.normal(size=(4, 2_000)) > 0.37).astype(np.float32)
    found = split(values, outputs, np.zeros(2_000, dtype=np.int32), 1)
    assert found.features.tolist() == [1]
    ordered = np.sort(values[1])
    best = max(gain_of(values[1], outputs, threshold) for threshold in ordered[4:-5])
    assert gain_of(values[1], outputs, found.thresholds[0]) > 0.999 * best


def test_nodes_are_split_each_for_itself():
    generator = np.random.default_rng(2)
    values = generator.normal(size=(2, 4_000))
    local = generator.integers(0, 2, 4_000).astype(np.int32)
    outputs = np.where(local == 0, values[0] > 1.0, values[1] > -0.5).astype(np.float32)[None, :]
    found = split(values, outputs, local, 2)
    assert found.features.tolist() == [0, 1]
    assert np.allclose(found.thresholds, [1.0, -0.5], atol=0.01)


def test_many_outputs_are_told_apart_in_shared_numbers():
    generator = np.random.default_rng(3)
    values = generator.normal(size=(1, 500))
    outputs = (generator.integers(0, 2, size=(15, 500)) * 2 - 1).astype(np.float32)
    outputs[14] = np.where(values[0] > 0.2, 1, -1)
    found = split(values, outputs, np.zeros(500, dtype=np.int32), 1)
    assert abs(found.thresholds[0] - 0.2) < 0.05
