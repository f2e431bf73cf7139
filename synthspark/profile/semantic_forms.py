"""Forms that texts of a known meaning have from beginning to end."""

from __future__ import annotations

import re

_OCTET = r"(25[0-5]|2[0-4]\d|1?\d?\d)"
_MONTH = r"(jan|feb|m[aä]r|apr|ma[iyj]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|gen|mag|giu|lug|ago|set|ott|dic)[a-zé]*\.?"
_CLOCK = r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M)?(Z|[+-]\d{2}:?\d{2})?)?"
_DAY, _NUMBERED_MONTH, _YEAR = r"(0?[1-9]|[12]\d|3[01])", r"(0?[1-9]|1[0-2])", r"(1[6-9]|2[01])\d{2}"
FORMS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "email": r"[^\s@,;<>]+@[^\s@,;<>]+\.[a-z]{2,24}",
        "url": r"#?((https?|ftp|sftp|s3|file)://|www\.)\S+",
        "uuid": r"\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?",
        "hash": r"(?=.*[a-f])(?=.*\d)([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})"
        r"|\$(2[aby]|argon2\w*|[156])\$\S+",
        "mac": r"([0-9a-f]{2}[:-]){5}[0-9a-f]{2}|([0-9a-f]{4}\.){2}[0-9a-f]{4}",
        "ip": rf"({_OCTET}\.){{3}}{_OCTET}(/\d\d?)?|([0-9a-f]{{1,4}}:){{7}}[0-9a-f]{{1,4}}"
        r"|(?=.*::)([0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}",
        "iban": r"[A-Z]{2}\d{2}[ -]?([A-Z0-9]{4}[ -]?){2,7}[A-Z0-9]{0,4}",
        "card": r"([2-6]\d{3}([ -]?)\d{4}\2\d{4}\2\d{4,7}|3[47]\d{2}([ -]?)\d{6}\3\d{5}|3[0689]\d{12}|4\d{12}"
        r"|0?[56]\d{11,14})",
        "vin": r"(?=.*\d.*\d)(?=.*[A-Z])[A-HJ-NPR-Z0-9]{17}",
        "italian_code": r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]",
        "dni": r"(\d{8}|[XYZ]\d{7})-?[A-Z]",
        "ssn": r"\d{3}-\d{2}-\d{4}",
        "cpf": r"\d{3}\.\d{3}\.\d{3}-\d{2}",
        "cnpj": r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}",
        "eleven_digits": r"\d{11}",
        "lei": r"[A-Z0-9]{18}\d{2}",
        "vat": r"(AT ?U\d{8}|BE ?[01]\d{9}|DE ?\d{9}|DK ?\d{8}|ES ?[A-Z0-9]\d{7}[A-Z0-9]|FR ?[A-Z0-9]{2} ?\d{9}"
        r"|IT ?\d{11}|NL ?\d{9}B\d{2}|PL ?\d{10}|PT ?\d{9}|SE ?\d{12,14}|GB ?\d{9}|CZ ?\d{8,10}|RO ?\d{2,10}|HU ?\d{8}"
        r"|(BG|EE|EL|LT|SI|SK|CY|HR|FI|LU|LV|MT) ?\d{8,12}[A-Z]?|IE ?\d[A-Z0-9]\d{5}[A-Z]{1,2}"
        r"|CHE[ -]?\d{3}\.?\d{3}\.?\d{3}( ?(MWST|TVA|IVA))?)",
        # Germany; Italy, France; Spain; Great Britain; the Netherlands: letters left out tell them from codes.
        "plate": r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[ -]?\d{1,4}[EH]?|\d{3}-[A-Z]{3}-\d{2}"
        r"|[A-HJ-NPR-TV-Z]{2}[ -]?\d{3}[ -]?[A-HJ-NPR-TV-Z]{2}"
        r"|\d{4} ?[B-DF-HJ-NP-TV-Z]{3}|[A-HJ-NPR-Y]{2}\d{2} ?[A-HJ-PR-Z]{3}"
        r"|(?=.*\d)(?=.*[A-Z])([A-Z\d]{2}-[A-Z\d]{2}-[A-Z\d]{2}|\d-[A-Z]{3}-\d{2}|\d{2}-[A-Z]{3}-\d|[A-Z]-\d{3}-[A-Z]{2})",
        "identifier": r"(?=.*\d)[A-Z0-9]+([ ./_-][A-Z0-9]+){0,5}",
        "token": r"[A-Z0-9_-]{2,40}",
        "plate_like": r"(?=.*\d)[A-ZÄÖÜ0-9][A-ZÄÖÜ0-9 -]{2,9}[A-ZÄÖÜ0-9]",
        "phone": r"\+?[\d(][\d\s().\-/]{4,22}\d( ?(x|ext\.?) ?\d{1,6})?",
        "written_phone": r"(\+\d{1,3}[ (]|\(\+?\d{1,5}\) ?\d|00\d{2} )[\d\s().\-/]{4,20}\d( ?(x|ext\.?) ?\d{1,6})?"
        r"|\+\d{9,15}|0\d{1,4}[ /]\d{5,9}|(\+?1[-. ])?\d{3}(?P<mark>[-. ])\d{3}(?P=mark)\d{4}( ?(x|ext\.?) ?\d{1,6})?",
        "date": rf"{_YEAR}[-/.]{_NUMBERED_MONTH}[-/.]{_DAY}{_CLOCK}|{_DAY}[-/.]{_NUMBERED_MONTH}[-/.]{_YEAR}{_CLOCK}"
        rf"|{_NUMBERED_MONTH}[-/.]{_DAY}[-/.]{_YEAR}{_CLOCK}|{_DAY}[-. ]+{_MONTH}[-, ]+(\d{{2}}|{_YEAR}){_CLOCK}"
        rf"|{_MONTH} {_DAY},? {_YEAR}{_CLOCK}",
        "compact_date": r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(\d{6})?",
        "clock": r"\d{1,3}:[0-5]\d(:[0-5]\d(\.\d+)?)?|P(?=.)(\d+[YMWD])*(T(\d+[HM])*(\d+(\.\d+)?S)?)?"
        r"|\d+ ?(days?|h|hrs?|min|sec|ms)",
        "coordinate": r"[-(]?-?\d{1,2}\.\d{2,}°?,? ?-?\d{1,3}\.\d{2,}\)?|POINT ?\(.*\)",
        "postal": r"([A-Z]{1,2}-)?(\d{3,6}|\d{5}-\d{3,4}|\d{3}[ -]\d{2,4}|\d{2}-\d{3})|[A-Z]\d[A-Z] ?\d[A-Z]\d"
        r"|\d{4} ?[A-Z]{2}|[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2}",
        "sure_postal": r"[A-Z]\d[A-Z] \d[A-Z]\d|[A-Z]{1,2}\d[A-Z0-9]? \d[A-Z]{2}"
        r"|[1-9]\d{3} ?[A-EGHJ-NPR-TV-Z][A-EGHJ-NPR-TV-Z]"
        r"|\d{2}-\d{3}|\d{4}-\d{3}|\d{5}-\d{3}|\d{3} \d{2}|(A|CH|D|I|F)-\d{4,5}",
        "plain_postal": r"\d{4,6}|\d{5}-\d{3,4}|\d{4}-\d{3}|\d{3}[ -]\d{2,4}|\d{2}-\d{3}|\d{4} ?[A-Z]{2}",
        "percentage": r"[-+]?\d+([.,]\d+)? ?%",
        "money": r"([€$£¥]|USD|EUR|GBP|CHF) ?[-+]?\d[\d., ']*|[-+]?\d[\d., ']* ?([€$£¥]|USD|EUR|GBP|CHF|Kč|zł)",
        "number": r"[-+]?(\d+([.,]\d+)?|\d{1,3}([,.' ]\d{3})+([.,]\d+)?|[.,]\d+)(e[-+]?\d+)?",
        "digits": r"\d+",
        "word": r"[^\W\d_][^\W\d_.'’`´-]*([ '’`´-]+[^\W\d_][^\W\d_.'’`´-]*|\.)*",
        "handle": r"(?=.*[^\W\d_])[\w.@+-]{2,40}",
        "legal_form": r".*\b(ltd|limited|llc|inc|corp|corporation|co|plc|gmbh|ag|kg|ohg|e\.?k|mbh|kgaa|s\.?a"
        r"|s\.?p\.?a|s\.?r\.?l|s\.?a\.?s|s\.?n\.?c|sarl|eurl|b\.?v|n\.?v|ab|oy|a\.?s|aps|s\.r\.o|sp\. z o\.o|ltda|lda"
        r"|s\.l|group|holding|and sons|e figli|& co|et fils|cooperative|associates)\b\.?",
    }.items()
}
BOOLEANS = (
    *({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"0", "1"}, {"on", "off"}, {"ja", "nein"}, {"j", "n"}),
    *({"si", "no"}, {"sì", "no"}, {"sí", "no"}, {"s", "n"}, {"oui", "non"}, {"o", "n"}, {"vero", "falso"}),
    *({"sim", "não"}, {"tak", "nie"}, {"ano", "ne"}, {"x"}),
)
