"""Published identifiers told by their check characters alone: national ids, tax numbers and numbers of companies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

LEAST = 12  # values: one check digit is right by chance in a tenth of them, so in one of 10^12 such columns
FIRST_LOOK = 8  # values of which most must be right before all are looked at
MOST_VALUES = 100
SHARE = 0.85  # of the values that must be right; the rest may be marks and mistakes
LEAST_DIGITS = 5
# Modules of python-stdnum by meaning, each with the lengths of its numbers without separators; those that check
# more stand first.
_KNOWN = {
    "national_id": (
        "it.codicefiscale 16|mx.curp 18|fr.nir 15|za.idnr 13|ro.cnp 13|si.emso 13|kr.rrn 13"
        "|th.pin 13|ch.ssn 13|fi.hetu 11|pl.pesel 11|no.fodselsnummer 11|tr.tckimlik 11|de.idnr 11|be.nn 11|gr.amka 11"
        "|ee.ik 11|lt.asmens 11|hr.oib 11|br.cpf 11|cz.rc 10|bg.egn 10|dk.cpr 10|se.personnummer 10,12|is_.kennitala 10"
        "|at.vnr 10|gb.nhs 10|in_.aadhaar 12|il.idnr 9|es.dni 9|es.nie 9|ie.pps 8,9|nl.bsn 9|cl.rut 8,9|pt.cc 12"
    ),
    "tax_id": (
        "in_.pan 10|mx.rfc 12,13|eu.vat 8,9,10,11,12,13,14|ar.cuit 11|it.iva 11|es.nif 9|pl.nip 10|pt.nif 9|tr.vkn 10"
        "|ru.inn 10,12|ua.rntrc 10|nz.ird 8,9|hu.anum 8|at.uid 9"
    ),
    "company_id": (
        "lei 20|br.cnpj 14|fr.siret 14|cn.uscc 18|ru.ogrn 13,15|no.orgnr 9|au.abn 11|au.acn 9|fr.siren 9|pl.regon 9,14"
        "|se.orgnr 10|dk.cvr 8|ch.uid 12|fi.ytunnus 8|be.vat 10"
    ),
}
_SEPARATORS = re.compile(r"[\s./-]")
# Without check characters, but of a form that nothing else has.
_FORMED = re.compile(
    r"\d{3}-\d{2}-\d{4}|\d{3}\.\d{3}\.\d{3}-\d{2}|[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D ]?"
    r"|\d{6}/\d{3,4}|\d{6}[-+A]\d{3}[0-9A-Y]|(19|20)?\d{6}[-+]\d{4}",
)


def identifier_of(texts: Sequence[str]) -> tuple[str, float]:
    """Meaning and share of the values that are right, by the first scheme which most of them obey; else "", 0.

    Fewer than 12 distinct values tell nothing.
    """
    sample = [text for text in texts[:MOST_VALUES] if sum(map(str.isdigit, text)) >= LEAST_DIGITS]
    if len(sample) < LEAST or len(sample) < SHARE * min(len(texts), MOST_VALUES):
        return "", 0.0
    total = min(len(texts), MOST_VALUES)
    bare = [_SEPARATORS.sub("", text).upper() for text in sample]
    if max(map(len, bare)) > 24:
        return "", 0.0
    lengths = Counter(map(len, bare))
    for meaning, names, sizes in _schemes():
        if sum(lengths[size] for size in sizes) < SHARE * total:
            continue
        share = _share_right(names, sample, total)
        if share >= SHARE:
            return meaning, share
    formed = sum(_FORMED.fullmatch(text) is not None for text in sample) / total
    return ("national_id", 0.9 * formed) if formed >= SHARE else ("", 0.0)


def _share_right(module: str, sample: Sequence[str], total: int) -> float:
    scheme = _module(module)
    first = sum(bool(scheme.is_valid(text)) for text in sample[:FIRST_LOOK])
    if first < SHARE * FIRST_LOOK - 1:
        return 0.0
    return (first + sum(bool(scheme.is_valid(text)) for text in sample[FIRST_LOOK:])) / total


@lru_cache(maxsize=1)
def _schemes() -> tuple[tuple[str, str, frozenset[int]], ...]:
    return tuple(_read_schemes())


def _read_schemes() -> Iterator[tuple[str, str, frozenset[int]]]:
    for meaning, listed in _KNOWN.items():
        for entry in listed.split("|"):
            name, _, sizes = entry.partition(" ")
            yield meaning, name, frozenset(map(int, sizes.split(",")))


@cache
def _module(name: str) -> Any:
    return import_module(f"stdnum.{name}")
