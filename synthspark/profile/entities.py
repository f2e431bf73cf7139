"""Named entities in the values of a column: what each text of a bounded sample most likely names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from typing import Protocol

import numpy as np
import numpy.typing as npt

from synthspark.errors import ConfigError
from synthspark.profile.entity_features import BITS, TRAITS, Traits, traits_of
from synthspark.profile.semantic_gazetteers import gazetteers

FloatArray = npt.NDArray[np.float64]
WEIGHTS = "entity_model.npz"  # made by benchmarks/semantics/train_entities.py
# What a text may name. Things are everything else: products, colours, jobs, words, sentences.
ENTITIES = (
    *("first_name", "last_name", "full_name", "username", "street", "address", "city", "region", "country", "company"),
    "thing",
)

_NO_RECOGNISER = (
    "discover.recogniser {!r}: {}; expected module:name of an object with recognise(texts) -> probabilities of "
    "synthspark.profile.entities.ENTITIES; correct it, or leave it empty for the embedded recogniser"
)


class EntityRecogniser(Protocol):
    """Tells of each text what it names; given at most some hundred texts of a column, without its name."""

    def recognise(self, texts: Sequence[str]) -> FloatArray:
        """Probabilities, shape (texts, `ENTITIES`), each line of sum one."""
        ...


@dataclass(frozen=True)
class WordPieceModel:
    """The embedded recogniser: a linear model on pieces of words, whole words and lists of known names.

    Its weights travel with the package; nothing is downloaded, nothing but NumPy is needed.
    """

    buckets: FloatArray  # (2 ** BITS, entities)
    traits: FloatArray  # (traits, entities)

    def recognise(self, texts: Sequence[str]) -> FloatArray:
        """Probabilities of `ENTITIES`."""
        if not len(texts):
            return np.empty((0, len(ENTITIES)))
        return self.probabilities(traits_of(texts, gazetteers()))

    def probabilities(self, found: Traits) -> FloatArray:
        """Softmax of the mean weight of the pieces and the weights of the traits."""
        sums = np.add.reduceat(self.buckets[found.buckets], found.starts, axis=0)
        counts = np.diff(np.append(found.starts, len(found.buckets)))
        scores = sums / np.sqrt(counts)[:, None] + found.traits @ self.traits
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))


@lru_cache(maxsize=4)
def chosen_recogniser(address: str) -> EntityRecogniser:
    """The embedded recogniser for "", else the object at an address, "module:name".

    Raises
    ------
    ConfigError
        If there is no such object, or it does not recognise.
    """
    if not address:
        return embedded_recogniser()
    module, _, name = address.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as fault:
        raise ConfigError(_NO_RECOGNISER.format(address, "cannot be imported")) from fault
    if not callable(getattr(found, "recognise", None)):
        raise ConfigError(_NO_RECOGNISER.format(address, "has no method recognise"))
    recogniser: EntityRecogniser = found
    return recogniser


@lru_cache(maxsize=1)
def embedded_recogniser() -> EntityRecogniser:
    """The recogniser that comes with the package."""
    with files("synthspark.profile").joinpath(WEIGHTS).open("rb") as file, np.load(file) as held:
        scale = held["scale"].astype(np.float64)
        buckets, traits = held["buckets"] * scale, held["traits"].astype(np.float64)
    assert buckets.shape == (2**BITS, len(ENTITIES))  # both are written together
    assert traits.shape == (len(TRAITS), len(ENTITIES))
    return WordPieceModel(buckets, traits)
