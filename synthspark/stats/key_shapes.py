"""The shapes of texts, learned from a bounded sample: what is fixed, what varies, and how."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from synthspark.stats.checksums import SCHEMES, Chars, check_places, find_scheme, fits
from synthspark.stats.key_templates import DIGITS, WIDEST_NUMBER, Segment, Template

UPPER, LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
CONSONANTS, VOWELS = "bcdfglmnprstvz", "aeiou"  # sounds that most languages know
FICTITIOUS_DOMAINS = ("example.com", "example.net", "example.org")  # RFC 2606: belong to nobody
# Places of a pattern that are no class of their own; private characters, so that no mark of a text is taken for one.
_MIXED, _CHECK, _SPARE = "\ue000", "\ue001", "\ue002"
_PLAIN = dict.fromkeys(map(ord, (_MIXED, _CHECK, _SPARE)), "-")
_RUNS = re.compile(f"9+|[Aa]+|{_MIXED}+|{_CHECK}+|.", re.DOTALL)
_SPARING = ("mod11", "elfproef")  # schemes by which some numbers have no check character
_CLASSES = {"9": DIGITS, "A": UPPER, "a": LOWER}
_MAXIMUM_SHAPES = 32
_MAXIMUM_SUBSHAPES = 8  # arrangements of letters and digits at one length; more are taken for random codes
_SUBSHAPE_SUPPORT = 4  # values an arrangement must have on average
_MAXIMUM_OPTIONS = 40  # distinct values of a segment that is drawn from a list
_COVERED = 0.95  # of the values that the list must cover
_LONGEST = 96  # characters of a shape
_CONSTANT_SUPPORT = 8  # values from which a constant place in a random code is believed
_ALPHABET_SUPPORT = 10  # characters seen a letter of the alphabet, before unseen letters are left out
_NATURAL_LENGTHS = 4  # different lengths that tell words from codes
_NATURAL_VOWELS = (0.22, 0.65)  # share of vowels among the letters of words
_SIMPLE = Template((Segment("chars", options=(DIGITS[1:], *[DIGITS] * 7)),))


def learn_templates(values: Sequence[str] | Sequence[bytes], *, k: int = 5, scheme: str = "") -> tuple[Template, ...]:
    """Shapes of distinct texts or byte strings with their weights; eight digits where there is nothing to learn from.

    Only what at least `k` values share is kept as it is: prefixes, lists of segments, alphabets and ranges of numbers
    (rounded outward). Natural names become pronounceable words of the same lengths and letter case. With `scheme`, all
    shapes have its check characters, and texts that cannot carry any are not learned from.
    """
    if scheme:
        return _checked_templates([value for value in values if isinstance(value, str)], scheme, k)
    if not values:
        return (_SIMPLE,)
    if isinstance(values[0], bytes):
        return _byte_templates([value for value in values if isinstance(value, bytes)])
    texts = [value[:_LONGEST].translate(_PLAIN) for value in values if isinstance(value, str) and value.strip()]
    if not texts:
        return (_SIMPLE,)
    if sum(_is_email(text) for text in texts) >= 0.9 * len(texts):
        return _email_templates(texts)
    if natural(texts):
        return _word_templates(texts)
    groups: dict[str, list[str]] = {}
    for text in texts:
        groups.setdefault(skeleton(text), []).append(text)
    largest = sorted(groups, key=lambda name: (-len(groups[name]), name))[:_MAXIMUM_SHAPES]
    if sum(len(groups[name]) for name in largest) < 0.5 * len(texts):
        return _word_templates(texts)
    return tuple(template for name in largest for template in _group_templates(groups[name], k))


def _checked_templates(values: Sequence[str], scheme: str, k: int) -> tuple[Template, ...]:
    """Shapes with the check characters of a scheme; its own plainest form where no text can carry them."""
    patterns: dict[str, list[str]] = {}
    for value in values:
        text = value[:_LONGEST].translate(_PLAIN)
        patterns.setdefault(class_pattern(text), []).append(text)
    groups: dict[str, list[str]] = {}
    for pattern, texts in patterns.items():
        if fits(scheme, _ascii(texts[:1])):
            groups.setdefault(pattern if SCHEMES[scheme].digits_only else skeleton(pattern), []).extend(texts)
    largest = sorted(groups, key=lambda name: (-len(groups[name]), name))[:_MAXIMUM_SHAPES]
    found = tuple(template for name in largest for template in _group_templates(groups[name], k, scheme))
    return found or (_plainest(scheme),)


def _plainest(scheme: str) -> Template:
    """The shortest form of a scheme, with nothing fixed."""
    known = SCHEMES[scheme]
    form = known.pattern if len(known.pattern) >= known.lengths[0] else known.pattern.ljust(known.lengths[0], "9")
    classes = {"9": DIGITS, "A": UPPER, "*": DIGITS}
    checked = sorted(place % len(form) for place in known.places)
    segments = [
        Segment("check", width=1) if place in checked else Segment("chars", options=(classes[kind],))
        for place, kind in enumerate(form)
    ]
    if scheme in _SPARING:
        segments[checked[0] - 1] = Segment("spare", width=1)
    return Template(tuple(segments), 1, scheme)


def skeleton(text: str) -> str:
    """The text with x for every letter or digit."""
    return "".join("x" if char.isalnum() else char for char in text)


def class_pattern(text: str) -> str:
    """The text with A for capital letters, a for other letters, 9 for digits."""
    return "".join(_class(char) for char in text)


def _class(char: str) -> str:
    if char.isdecimal():
        return "9"
    if char.isalnum():
        return "A" if char.isupper() else "a"
    return char


def natural(texts: Sequence[str]) -> bool:
    """Whether the texts read like names or words rather than codes."""
    letters = [char for text in texts for char in text.lower() if char.isalpha()]
    counted = sum(char.isalnum() for text in texts for char in text)
    lengths = len({len(text) for text in texts})
    if not letters or len(letters) < 0.8 * counted or lengths < min(_NATURAL_LENGTHS, len(texts)):
        return False
    if any(ord(char) > 0x24F for char in letters):
        return True  # another alphabet: letters there say nothing of vowels
    vowels = sum(char in "aeiouyàáâãäåèéêëìíîïòóôõöøùúûüœæ" for char in letters) / len(letters)
    return _NATURAL_VOWELS[0] <= vowels <= _NATURAL_VOWELS[1] and sum(map(len, texts)) >= 4 * len(texts)


def word_segments(pattern: str) -> tuple[Segment, ...]:
    """Pronounceable letters, digits and marks in the pattern's classes: consonant and vowel in turn."""
    segments: list[Segment] = []
    for run in re.findall(r"[Aa]+|9+|[^Aa9]+", pattern):
        if run[0] not in _CLASSES:
            segments.append(Segment("text", text=run))
        elif run[0] == "9":
            segments.append(Segment("chars", options=(DIGITS[1:], *[DIGITS] * (len(run) - 1))))
        else:
            sounds = [CONSONANTS if place % 2 == 0 else VOWELS for place in range(len(run))]
            cased = [sound.upper() if case == "A" else sound for sound, case in zip(sounds, run, strict=True)]
            segments.append(Segment("chars", options=tuple(cased)))
    return tuple(segments)


def _word_templates(texts: Sequence[str]) -> tuple[Template, ...]:
    patterns = Counter(class_pattern(text) for text in texts)
    named = sorted(patterns.items(), key=lambda item: (-item[1], item[0]))
    if len(named) > _MAXIMUM_SHAPES:  # lengths spread evenly over what there is, not the most frequent alone
        by_length = sorted(named, key=lambda item: (len(item[0]), item[0]))
        steps = np.linspace(0, len(by_length) - 1, _MAXIMUM_SHAPES).round().astype(int)
        named = [by_length[step] for step in np.unique(steps)]
    named = [(pattern, count) for pattern, count in named if set(pattern) & set(_CLASSES)]
    return tuple(Template(word_segments(pattern), count) for pattern, count in named) or (_SIMPLE,)


def _is_email(text: str) -> bool:
    return re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) is not None


def _email_templates(texts: Sequence[str]) -> tuple[Template, ...]:
    local = sorted({text.partition("@")[0] for text in texts})
    shapes = _word_templates(local)  # words, never parts of the addresses: these are names
    end = (Segment("text", text="@"), Segment("choice", options=FICTITIOUS_DOMAINS))
    return tuple(Template((*shape.segments, *end), shape.weight) for shape in shapes)


def _byte_templates(values: Sequence[bytes]) -> tuple[Template, ...]:
    every = bytes(range(256)).decode("latin-1")
    lengths = Counter(min(max(1, len(value)), 4 * _LONGEST) for value in values)
    return tuple(
        Template((Segment("chars", options=(every,) * length),), count)
        for length, count in sorted(lengths.items(), key=lambda item: (-item[1], item[0]))[:_MAXIMUM_SHAPES]
    )


def _group_templates(texts: list[str], k: int, scheme: str = "") -> list[Template]:
    """Shapes of texts that have the same length and the same marks at the same places."""
    chars = _ascii(texts)
    scheme = scheme or find_scheme(chars)
    fixed = set(check_places(scheme, chars[0])) if scheme else set()
    groups: dict[str, list[str]] = {}
    for text in texts:
        pattern = "".join(_CHECK if place in fixed else _class(char) for place, char in enumerate(text))
        groups.setdefault(pattern, []).append(text)
    named = sorted(groups.items())
    if len(named) <= max(1, min(_MAXIMUM_SUBSHAPES, len(texts) // _SUBSHAPE_SUPPORT)):
        return [Template(_segments(pattern, group, scheme, k), len(group), scheme) for pattern, group in named]
    marked = "".join(_CHECK if place in fixed else _mixed_class(texts, place) for place in range(len(texts[0])))
    return [Template(_segments(marked, texts, scheme, k), len(texts), scheme)]


def _ascii(texts: Sequence[str]) -> Chars:
    """Characters of texts of one length, letters of other alphabets written A or a, marks -."""
    return np.array(
        [
            [ord(char) if ord(char) < 128 else ord(_class(char)) if char.isalnum() else ord("-") for char in text]
            for text in texts
        ],
        dtype=np.uint8,
    )


def _mixed_class(texts: Sequence[str], place: int) -> str:
    classes = {_class(text[place]) for text in texts}
    return classes.pop() if len(classes) == 1 else _MIXED


def _segments(pattern: str, texts: list[str], scheme: str, k: int) -> tuple[Segment, ...]:
    """Segments of a shape; pattern: 9 A a for classes, or one of the private characters."""
    if _MIXED in pattern:  # digits that a check character looks at stay digits
        pooled = "Aa" if scheme and SCHEMES[scheme].digits_only else "9Aa"
        pattern = re.sub(f"[{pooled}{_MIXED}]", _MIXED, pattern)
    spare = pattern.rfind("9", 0, pattern.index(_CHECK)) if scheme in _SPARING else -1
    if spare >= 0:
        pattern = pattern[:spare] + _SPARE + pattern[spare + 1 :]
    segments: list[Segment] = []
    alphabet = _pooled(pattern, texts)
    for match in _RUNS.finditer(pattern):
        start, end = match.span()
        tokens = [text[start:end] for text in texts]
        first = match.group()[0]
        if first == _SPARE:
            segments.append(Segment("spare", width=1))
        elif first == _CHECK:
            segments.append(Segment("check", width=end - start))
        elif first == "9":
            segments += _digit_segments(tokens, k)
        elif first in "Aa":
            segments += _letter_segments(match.group(), tokens, k)
        elif first == _MIXED:
            segments += _mixed_segments(tokens, alphabet, k)
        else:
            segments.append(Segment("text", text=first))
    return _marked_scheme(tuple(segments), scheme)


def _marked_scheme(segments: tuple[Segment, ...], scheme: str) -> tuple[Segment, ...]:
    """Letters limited to those the scheme knows."""
    if scheme != "vin":
        return segments
    return tuple(
        Segment("chars", options=tuple(re.sub("[IOQ]", "", letters) or DIGITS for letters in segment.options))
        if segment.kind == "chars"
        else segment
        for segment in segments
    )


def _options(tokens: Sequence[str], k: int) -> tuple[str, ...]:
    """The few values that a segment takes, each in at least `k` texts; empty when it takes many."""
    counts = Counter(tokens)
    kept = sorted(token for token, count in counts.items() if count >= k and token.isascii())
    covered = sum(counts[token] for token in kept)
    return tuple(kept) if kept and len(kept) <= _MAXIMUM_OPTIONS and covered >= _COVERED * len(tokens) else ()


def _listed(options: tuple[str, ...]) -> list[Segment]:
    return [Segment("text", text=options[0])] if len(options) == 1 else [Segment("choice", options=options)]


def _digit_segments(tokens: list[str], k: int) -> list[Segment]:
    tokens = [str(int(token)).zfill(len(token)) for token in tokens]  # digits of any script
    options, width = _options(tokens, k), len(tokens[0])
    if options:
        return _listed(options)
    if len(tokens) >= 4 * k:
        parts = _date_parts(tokens)
        if parts:
            return parts
    if width > WIDEST_NUMBER:
        return _long_digits(tokens, k)
    values = [int(token) for token in tokens]
    low, high = min(values), max(values)
    floor = 10 ** (width - 1) if low >= 10 ** (width - 1) and width > 1 else 0
    top = 10**width - 1
    if len(tokens) < k:
        return [Segment("number", width=width, low=floor, high=top)]
    part = 10 ** max(0, len(str(high)) - 2)
    low, high = max(floor, low // part * part), min(top, (high // part + 1) * part - 1)
    return [Segment("number", width=width, low=low, high=high)]


def _date_parts(tokens: Sequence[str]) -> list[Segment]:
    """Year, month and day of digits that are all dates; empty for others."""
    arrangements = {8: (("Y", "M", "D"), ("D", "M", "Y")), 6: (("y", "M", "D"), ("D", "M", "y"))}
    for order in arrangements.get(len(tokens[0]), ()):
        at, parts, valid = 0, [], True
        for part in order:
            width = 4 if part == "Y" else 2
            values = [int(token[at : at + width]) for token in tokens]
            low, high = {"Y": (1000, 2999), "y": (0, 99), "M": (1, 12), "D": (1, 31)}[part]
            valid = valid and low <= min(values) and max(values) <= high
            # Days end at 28, so that every month has them.
            bounds = (low, 28) if part == "D" else (low, high) if part == "M" else (min(values), max(values))
            parts.append(Segment("number", width=width, low=bounds[0], high=bounds[1]))
            at += width
        if valid:
            return parts
    return []


def _long_digits(tokens: Sequence[str], k: int) -> list[Segment]:
    shared = 0
    if len(tokens) >= k:
        while shared < len(tokens[0]) - 1 and len({token[shared] for token in tokens}) == 1:
            shared += 1
    segments = [Segment("text", text=tokens[0][:shared])] if shared else []
    first = DIGITS if any(token[shared] == "0" for token in tokens) else DIGITS[1:]
    rest = len(tokens[0]) - shared - 1
    return [*segments, Segment("chars", options=(first, *[DIGITS] * rest))]


def _letter_segments(pattern: str, tokens: list[str], k: int) -> list[Segment]:
    options = _options(tokens, k)
    if options:
        return _listed(options)
    segments: list[Segment] = []
    for place, kind in enumerate(pattern):
        letters = {token[place] for token in tokens}
        if len(letters) == 1 and len(tokens) >= max(k, _CONSTANT_SUPPORT) and (letter := min(letters)).isascii():
            segments.append(Segment("text", text=letter))
            continue
        known = {letter for letter in letters if letter in _CLASSES[kind]}
        enough = len(tokens) >= _ALPHABET_SUPPORT * max(2, len(known)) and known
        segments.append(Segment("chars", options=("".join(sorted(known)) if enough else _CLASSES[kind],)))
    return segments


def _pooled(pattern: str, texts: Sequence[str]) -> str:
    """Alphabet of the places that mix letters and digits."""
    places = [place for place, kind in enumerate(pattern) if kind == _MIXED]
    seen: Counter[str] = Counter(text[place] for text in texts for place in places if text[place].isascii())
    classes = {_class(char) for char in seen}
    full = "".join(letters for kind, letters in _CLASSES.items() if kind in classes)
    for hexadecimal in ("0123456789abcdef", "0123456789ABCDEF"):
        if seen and set(seen) <= set(hexadecimal) and sum(seen.values()) >= len(hexadecimal):
            return hexadecimal
    if seen and sum(seen.values()) >= _ALPHABET_SUPPORT * len(full):
        return "".join(sorted(seen))
    return full or UPPER


def _mixed_segments(tokens: Sequence[str], alphabet: str, k: int) -> list[Segment]:
    segments: list[Segment] = []
    for place in range(len(tokens[0])):
        letters = {token[place] for token in tokens if token[place].isascii()}
        if len(letters) == 1 and len(tokens) >= max(k, _CONSTANT_SUPPORT):
            segments.append(Segment("text", text=min(letters)))
            continue
        enough = letters and len(tokens) >= _ALPHABET_SUPPORT * len(letters)
        segments.append(Segment("chars", options=("".join(sorted(letters)) if enough else alphabet,)))
    return segments
