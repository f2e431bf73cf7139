"""What texts look like: shares of a sample that have the form, and the check digits, of something known."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from synthspark.profile.entities import EntityRecogniser, embedded_recogniser
from synthspark.profile.semantic_forms import BOOLEANS, FORMS
from synthspark.profile.semantic_gazetteers import gazetteers, names_street
from synthspark.profile.semantic_identifiers import identifier_of
from synthspark.profile.semantic_names import fold
from synthspark.profile.sentinels import is_missing
from synthspark.stats.checksums import SCHEMES, Scheme

FloatArray = npt.NDArray[np.float64]

MOST_VALUES = 300  # looked at; they are in the order of their hashes, so a random sample: a share of .8 is within .05
LONGEST = 130  # characters that a form is compared with; the longest hashes have 128
LEAST_WORDY = 0.2  # share of words among the texts below which no list of names is asked
MOST_RECOGNISED = 100  # texts shown to the named-entity recogniser
FLOOR = 0.02  # probability below which a text speaks no more against an entity: mistakes and marks are common
FIRST_LOOK = 40  # values after which a form that fits none of them is given up

_NUMBER_FIRST = re.compile(r"\d{1,6}[A-Z]?([-/ ]\d+)?,? +\D", re.IGNORECASE)
_NUMBER_LAST = re.compile(r"[ ,/]\d{1,5} ?[A-Z]?([-/]\d+[A-Z]?)?\D{0,12}$", re.IGNORECASE)
_PART_OF_ADDRESS = re.compile(r"[,\n\\]")
_POSTAL_PART = re.compile(
    r"\b(\d{4,6}|\d{2}-\d{3}|\d{3} \d{2}|\d{4} ?[A-Z]{2}|\d{4,5}-\d{3}|[A-Z]\d[A-Z] ?\d[A-Z]\d"
    r"|[A-Z]{1,2}\d[A-Z0-9]? \d[A-Z]{2})\b"
)
_TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
_SPLIT = re.compile(r"[\s,.;]+")
_LINKING = frozenset({"von", "van", "der", "den", "de", "da", "del", "della", "di", "la", "le", "du", "dos", "das"}) | {
    *("und", "and", "et", "e", "y", "zu", "ter", "bin", "al", "el"),
}


@dataclass(frozen=True)
class Texts:
    """A sample of the distinct texts of a column that are more than marks for a missing value."""

    values: tuple[str, ...]
    recogniser: EntityRecogniser = field(default_factory=embedded_recogniser, repr=False, compare=False)
    _shares: dict[str, float] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, values: Sequence[str], recogniser: EntityRecogniser | None = None) -> Texts:
        telling = (text.strip() for text in values)
        distinct = tuple(dict.fromkeys(text for text in telling if not is_missing(text)))[:MOST_VALUES]
        return cls(distinct, recogniser or embedded_recogniser())

    def __len__(self) -> int:
        return len(self.values)

    def share(self, form: str) -> float:
        """Share of the texts that have the form from beginning to end."""
        if form not in self._shares:
            self._shares[form] = self.share_where(lambda text: FORMS[form].fullmatch(text[:LONGEST]) is not None)
        return self._shares[form]

    def share_where(self, test: Callable[[str], bool]) -> float:
        """Share of the texts that pass; 0 where none of the first ones does."""
        if not self.values:
            return 0.0
        first = sum(test(text) for text in self.values[:FIRST_LOOK])
        if not first:
            return 0.0
        return (first + sum(test(text) for text in self.values[FIRST_LOOK:])) / len(self.values)

    def upper_share(self, form: str) -> float:
        """The same of texts whose letters are capitals."""
        return self.share_where(lambda text: text == text.upper() and FORMS[form].fullmatch(text) is not None)

    def checked(self, scheme_name: str) -> float:
        """Share of the texts whose check characters are right; separators do not count."""
        scheme = SCHEMES[scheme_name]
        lengths: dict[int, list[str]] = defaultdict(list)
        for text in self.values:
            bare = re.sub(r"[\s./-]", "", text).upper()
            if bare.isascii() and bare.isalnum() and scheme.lengths[0] <= len(bare) <= scheme.lengths[1]:
                lengths[len(bare)].append(bare)
        valid = sum(_valid(scheme, alike) for alike in lengths.values())
        return valid / len(self.values) if self.values else 0.0

    @cached_property
    def folded(self) -> tuple[str, ...]:
        return tuple(fold(text) for text in self.values)

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """Folded words of each text, linking ones left out."""
        return tuple(
            tuple(word for word in _SPLIT.split(text) if word and word not in _LINKING) for text in self.folded
        )

    @cached_property
    def wordy(self) -> float:
        """Share of the texts that are words: letters, blanks, hyphens, apostrophes, dots."""
        return self.share("word")

    @cached_property
    def mean_words(self) -> float:
        return sum(len(text.split()) for text in self.values) / len(self.values) if self.values else 0.0

    @cached_property
    def mean_length(self) -> float:
        return sum(map(len, self.values)) / len(self.values) if self.values else 0.0

    def within(self, known: frozenset[str]) -> float:
        """Share of the texts that are in a list of folded words, whole or part by part."""
        if self.wordy < LEAST_WORDY:
            return 0.0
        return sum(
            text in known or all(part in known for part in re.split(r"[ -]", text)) for text in self.folded
        ) / len(self)

    @cached_property
    def entity_scores(self) -> FloatArray:
        """Mean logarithm of the probability of each of `ENTITIES`, over the texts."""
        found = self.recogniser.recognise(self.values[:MOST_RECOGNISED])
        return np.asarray(np.log(found + FLOOR).mean(axis=0))

    @cached_property
    def identifier(self) -> tuple[str, float]:
        """What published number the texts are, by their check characters, and the share that is right."""
        return identifier_of(self.values)

    @cached_property
    def shape_share(self) -> float:
        """Share of the most frequent shape, runs of letters drawn together and every digit counted."""
        counts: dict[str, int] = defaultdict(int)
        for text in self.values:
            counts[re.sub(r"\d", "9", re.sub(r"[^\W\d_]+", "a", text))] += 1
        return max(counts.values()) / len(self) if self.values else 0.0

    @cached_property
    def first_names(self) -> float:
        return self.within(gazetteers().first_names)

    @cached_property
    def last_names(self) -> float:
        return self.within(gazetteers().last_names)

    @cached_property
    def cities(self) -> float:
        return self.within(gazetteers().cities)

    @cached_property
    def countries(self) -> float:
        return self.within(gazetteers().countries)

    @cached_property
    def country_codes(self) -> float:
        return self.within(gazetteers().country_codes)

    @cached_property
    def regions(self) -> float:
        return self.within(gazetteers().regions)

    @cached_property
    def full_names(self) -> float:
        """Share of the texts of two to five words with a known first name beside another that looks like a name."""
        known = gazetteers()

        def named(words: tuple[str, ...]) -> bool:
            if not 2 <= len(words) <= 5 or not all(word.replace("-", "").replace("'", "").isalpha() for word in words):
                return False
            firsts = [word in known.first_names for word in (words[0], words[-1])]
            lasts = [word in known.last_names for word in (words[-1], words[0])]
            return any(firsts) and (any(lasts) or len(words) <= 3)

        return sum(map(named, self.words)) / len(self) if self.values else 0.0

    @cached_property
    def surely_full_names(self) -> float:
        """Share of those whose last word is a known last name as well, or the other way round."""
        known = gazetteers()

        def named(words: tuple[str, ...]) -> bool:
            if not 2 <= len(words) <= 4:
                return False
            ends = ((words[0], words[-1]), (words[-1], words[0]))
            return any(first in known.first_names and last in known.last_names for first, last in ends)

        return sum(map(named, self.words)) / len(self) if self.values else 0.0

    @cached_property
    def street_words(self) -> float:
        """Share of the texts with a word for a kind of street."""
        known = gazetteers().street_words
        split = (re.split(r"[\W\d_]+", text) for text in self.folded)
        named = sum(any(word in known or names_street(word) for word in words) for words in split)
        return named / len(self) if self.values else 0.0

    @cached_property
    def numbered(self) -> float:
        """Share of the texts with letters and a house number at an end."""
        return self.share_where(
            lambda text: (
                _TWO_LETTERS.search(text) is not None
                and (_NUMBER_FIRST.match(text) is not None or _NUMBER_LAST.search(text) is not None)
            )
        )

    @cached_property
    def zipped(self) -> float:
        """Share of the texts of several parts with a postal code in a later one."""

        def parted(text: str) -> bool:
            mark = _PART_OF_ADDRESS.search(text)
            return mark is not None and _POSTAL_PART.search(text, mark.end()) is not None

        return self.share_where(lambda text: parted(text) and _TWO_LETTERS.search(text) is not None)

    @cached_property
    def patterns(self) -> dict[str, float]:
        """Shapes, runs of the same class drawn together, with their shares."""
        counts: dict[str, int] = defaultdict(int)
        for text in self.values:
            shape = re.sub(r"[^\W\d_]+", "a", text)
            counts[re.sub(r"\d+", "9", shape)] += 1
        return {shape: count / len(self) for shape, count in counts.items()}

    @cached_property
    def boolean(self) -> bool:
        found = {text.lower() for text in self.values}
        return 0 < len(found) <= 2 and any(found <= pair for pair in BOOLEANS if len(found) == len(pair))

    @cached_property
    def json(self) -> float:
        """Share of the texts that are objects or lists; cut ones count by their beginning."""

        def parsed(text: str) -> bool:
            if not (text.startswith(("{", "[")) and (re.match(r'(\{\s*("|\})|\[\s*["{\[\]\d-])', text) is not None)):
                return False
            try:
                json.loads(text)
            except ValueError:
                return len(text) >= 200  # a long one may have been cut short
            return True

        return self.share_where(parsed)


def _valid(scheme: Scheme, alike: Sequence[str]) -> int:
    rows = np.frombuffer("".join(alike).encode(), dtype=np.uint8).reshape(len(alike), -1)
    for place, kind in enumerate(scheme.pattern or "9" * rows.shape[1]):
        digit = rows[:, place] <= ord("9")
        rows = rows if kind == "*" else rows[digit if kind == "9" else ~digit]
    if not len(rows):
        return 0
    places = [place % rows.shape[1] for place in scheme.places]
    return int((scheme.compute(rows) == rows[:, places]).all(axis=1).sum())
