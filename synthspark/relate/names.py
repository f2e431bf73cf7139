"""What the names of columns and tables say: words, abbreviations, plurals, roles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that say "this identifies something" in several languages, not what it identifies.
KEY_WORDS = _words(
    "id ids sk key code cd no nr num number fk pk sk uid uuid guid ident identifier ref reference rowid oid "
    "codigo codice nummer numero kod clave cle schluessel kennung abbreviation abbr iso"
)
IDENTIFYING = _words("id sk key pk uid uuid guid oid identifier ident code no nr number nummer rowid")
NAMING = _words("name nom nome nombre naam label title")  # city refers to city.name, where names are keys
TABLE_WORDS = _words("tbl table tab dim fact fct vw stg tb ref lkp lookup master xref map link rel")
OPAQUE_WORDS = _words("c col column f field v var attr a x t tab table tbl")
# What a row of a table is to another row of the same table, and what a person did or is, as columns say it.
KIN_WORDS = _words(
    "parent super superior supervisor manager boss chief leader predecessor previous prev next successor original root "
    "ancestor sponsor referrer replaced ersetzt vorgesetzter vorgaenger vorgänger nachfolger eltern oberste "
    "superieur supérieur parrain precedent padre jefe superiore capo precedente"
)
ACTOR_WORDS = _words(
    "by author owner creator editor reviewer approver assignee modifier requester manager supervisor responsible "
    "betreuer bearbeiter verfasser auteur proprietaire responsable autor responsabile"
)
PERSON_WORDS = _words(
    "user account employee employe staff person people member worker personnel mitarbeiter benutzer angestellter "
    "utilisateur employé usuario empleado persona personal utente dipendente"
)
TYPE_WORDS = _words("type typ kind class classe art tipo")  # commentable_type, beside commentable_id
LEAST_ABBREVIATION = 3  # letters
MOST_SHARING = 64  # keys that share a word; of more it says nothing
LEAST_LIKENESS = 0.84  # of words with a misspelling, or in closely related languages


@lru_cache(maxsize=65_536)
def words_of(name: str) -> tuple[str, ...]:
    """Words of a name, lower case, singular: ``tblOrderItems_ID`` -> (tbl, order, item, id)."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", spaced)
    words = re.findall(r"[^\W\d_]+|\d+", spaced.lower())
    return tuple(_singular(word) for word in words)


def _singular(word: str) -> str:
    """Stem that a word shares with its plural: movie, movies -> movi; city, cities -> citi."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-2]
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) > 3 and word.endswith("ie"):
        return word[:-1]
    return word[:-1] + "i" if len(word) > 3 and word.endswith("y") else word


KIN_STEMS, ACTOR_STEMS, PERSON_STEMS = (
    frozenset(map(_singular, words)) for words in (KIN_WORDS, ACTOR_WORDS, PERSON_WORDS)
)


def is_opaque(name: str) -> bool:
    """Whether a name is a mere number, such as c12 or col_3: it says nothing and must not mislead."""
    words = [word for word in words_of(name) if not word.isdigit()]
    return all(word in OPAQUE_WORDS for word in words) and any(char.isdigit() for char in name)


def says_key(name: str) -> bool:
    """Whether the name claims to identify something."""
    words = words_of(name)
    if not words:
        return False
    if words[-1] in IDENTIFYING or words[0] in IDENTIFYING:
        return True
    return any(name.endswith(ending) for ending in ("Id", "ID", "_id", "_cd", "_no", "Key", "Code"))


@lru_cache(maxsize=65_536)
def subject_words(name: str) -> tuple[str, ...]:
    """Words that say what is meant, without key words; numbers stay, for they tell roles apart."""
    found = []
    for word in words_of(name):
        if word in KEY_WORDS:
            continue
        for ending in ("id", "no", "cd", "key", "code"):  # glued: hadmid, itemid
            if len(word) > len(ending) + 2 and word.endswith(ending):
                word = word[: -len(ending)]
                break
        found.append(_singular(word))
    return tuple(found)


def table_words(name: str) -> tuple[str, ...]:
    """Words of a table's name without prefixes such as tbl or dim."""
    words = words_of(name)
    found = tuple(word for word in words if word not in TABLE_WORDS)
    return found or words


@lru_cache(maxsize=262_144)
def word_likeness(a: str, b: str) -> float:
    """1 for the same word, less for an abbreviation or a misspelling, 0 for different words."""
    if a == b:
        return 1.0
    short, long = sorted((a, b), key=len)
    if short.isdigit() or long.isdigit():
        return 0.0
    if len(short) >= LEAST_ABBREVIATION and long.startswith(short):
        return 0.9
    if len(short) >= LEAST_ABBREVIATION and short[0] == long[0] and _is_subsequence(short, long):
        return 0.6
    likeness = SequenceMatcher(None, a, b).ratio()
    return likeness if likeness >= LEAST_LIKENESS and len(short) > 3 else 0.0


def _is_subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(letter in rest for letter in short)


def _found_in(wanted: Iterable[str], words: Iterable[str]) -> float:
    """Mean likeness of each wanted word to its best match."""
    wanted, words = tuple(wanted), tuple(words)
    if not wanted or not words:
        return 0.0
    return sum(max(word_likeness(one, other) for other in words) for one in wanted) / len(wanted)


@lru_cache(maxsize=262_144)
def name_likeness(child_table: str, child: str, parent_table: str, parent: str) -> float:
    """How well a child column's name fits a parent column, 0 to 1; 0.3 where the names say too little.

    ``manager_staff_id`` fits ``staff.staff_id`` and ``staff.id``; ``id`` alone fits nothing in particular.
    """
    child_words, parent_words = subject_words(child), subject_words(parent)
    owners = table_words(parent_table)
    joined, target = "".join(child_words), "".join(parent_words)
    if not child_words:
        same = words_of(child) == words_of(parent)
        return 0.3 if same else 0.15
    if child_words == parent_words:
        return 1.0 if _found_in(child_words, owners) >= 0.6 or len(child_words) > 1 else 0.9
    best = _role_likeness(child_table, child_words, parent_table, parent_words)
    if parent_words:
        both = min(_found_in(parent_words, child_words), 0.5 + 0.5 * _found_in(child_words, parent_words + owners))
        best = max(best, 0.9 * both)
        if joined == target:
            best = 0.95
    if _found_in(owners, child_words) >= 0.6 or "".join(owners) in joined:
        general = (
            set(parent_words) <= NAMING or says_key(parent) or _found_in(parent_words, child_words + owners) >= 0.6
        )
        full = _found_in(child_words, owners)
        best = max(best, (0.75 + 0.2 * full) if general else 0.4)
    elif owners and _found_in(child_words, owners) >= 0.9 and len(child_words) == 1:
        best = max(best, 0.6)  # the column names the last word of a longer table name
    return best


def _role_likeness(child_table: str, child: Iterable[str], parent_table: str, parent: tuple[str, ...]) -> float:
    """How well a role fits the key of a table: of a row among its like, such as a parent, or of a person, an author."""
    owners = table_words(parent_table)
    if parent and _found_in(parent, owners) < 0.6 and not PERSON_STEMS & set(parent):
        return 0.0
    if child_table == parent_table and KIN_STEMS & set(child):
        return 0.9
    return 0.7 if ACTOR_STEMS & set(child) and PERSON_STEMS & set(owners) else 0.0


@lru_cache(maxsize=65_536)
def own_name(table: str, column: str) -> float:
    """How well a column's name says that it identifies the rows of its own table, 0 to 1."""
    words = subject_words(column)
    if not words:
        return 1.0 if says_key(column) else 0.0
    owners = table_words(table)
    best = max((word_likeness(word, owner) for word in words for owner in owners), default=0.0)
    joined = 1.0 if "".join(words) == "".join(owners) else 0.0
    return max(best * 0.8, joined) if says_key(column) else 0.5 * best


class NameIndex:
    """Key columns by the words of their names and of their tables, to find those that a name could mean."""

    def __init__(self, keys: Iterable[tuple[str, str]]) -> None:
        self._by_word: dict[str, set[tuple[str, str]]] = {}
        for table, column in keys:
            if not is_opaque(column):
                for word in (*subject_words(column), *table_words(table)):
                    self._by_word.setdefault(word, set()).add((table, column))

    def best(self, table: str, column: str) -> float:
        """Likeness of the name to the key of another table that it fits best; 0 where it shares no word with any."""
        told = (self._by_word.get(word, ()) for word in subject_words(column))
        found = {key for keys in told if len(keys) <= MOST_SHARING for key in keys}
        others = (key for key in found if key[0] != table)
        return max((name_likeness(table, column, *key) for key in others), default=0.0)
