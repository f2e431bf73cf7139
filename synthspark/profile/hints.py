"""What the name of a column says about its meaning, in several languages."""

from __future__ import annotations

import re
from functools import lru_cache

from synthspark.profile.gazetteers import plain

# Semantic type -> names, as runs of whole words; longer runs are tried first. "name" alone says too little.
_NAMES: dict[str, str] = {
    "first_name": "first name|firstname|given name|givenname|forename|fname|other names|vorname|prenom|nombre|"
    "nome proprio|voornaam|jmeno|imie|fornavn|fornamn|etunimi|keresztnev|prenume|ime",
    "last_name": "last name|lastname|surname|family name|familyname|lname|maiden name|nachname|familienname|"
    "nom de famille|apellido|apellidos|cognome|sobrenome|achternaam|prijmeni|nazwisko|etternavn|efternamn|sukunimi",
    "full_name": "full name|fullname|customer name|client name|person name|contact name|patient name|holder name|"
    "employee name|insured name|owner name|account holder|cardholder|nom complet|nombre completo|nome completo",
    "email": "email|e mail|mail|email address|mail address|courriel|correo|correo electronico|epost",
    "phone": "phone|telephone|tel|mobile|cell|cellphone|fax|phone number|telephone number|mobile number|telefon|handy|"
    "telefono|telefone|gsm|telefax|rufnummer|puhelin|home phone|work phone|landline",
    "street": "street|street address|street name|strasse|rue|calle|via|straat|ulice|ulica|gata|address line|address1|"
    "address2|address line1|address line2|addr1|addr2",
    "address": "address|full address|postal address|billing address|shipping address|adresse|anschrift|indirizzo|"
    "direccion|endereco|adres|adresa|home address|permanent address|current address",
    "iban": "iban",
    "card_number": "card number|cardnumber|credit card|creditcard|cc number|ccnumber|card no|pan|kartennummer",
    "national_id": "ssn|social security|social security number|national id|nationalid|national insurance|nin|nino|"
    "passport|passport no|passport number|codice fiscale|identity card|id card|personal number|personnummer|dni|nie|"
    "birth number|rodne cislo|pesel|bsn|nir|cpf|ahv|curp|sozialversicherungsnummer",
    "tax_id": "tax id|taxid|tax number|vat|vat number|vat id|tin|steuernummer|steuer id|partita iva|nif|cif|ust id",
    "company_id": "company number|company id number|registration no|siren|siret|duns|handelsregister|cnpj|ico|krs|ein",
    "licence_plate": "licence plate|license plate|plate|plate number|number plate|kennzeichen|targa|matricula|"
    "immatriculation|registration number|plate no",
    "vehicle_id": "vin|chassis|chassis number|fahrgestellnummer|vehicle identification number",
    "ip_address": "ip|ip address|ipaddress|client ip|remote ip",
    "mac_address": "mac|mac address",
    "username": "username|user name|login|login name|loginname|account name|nickname|screen name|benutzername|handle",
    "person_code": "person code|person number|member number|insurance number|patient number|medical record number|mrn|"
    "insurance id|policy holder number|chfid",
    "city": "city|town|ort|stadt|ville|ciudad|citta|cidade|stad|mesto|miasto|municipality|gemeinde|locality|place of "
    "birth|birth place|birthplace",
    "country": "country|land|pays|pais|paese|nation|country name|staat|nationality",
    "postal_code": "zip|zip code|zipcode|postal code|postalcode|postcode|post code|plz|cap|code postal|codigo "
    "postal|psc|"
    "postleitzahl",
    "region": "region|state|province|county|kanton|bundesland|departement|provincia|estado|kraj|wojewodztwo|state or "
    "province",
    "company": "company|company name|firm|employer|firma|organization|organisation|entreprise|empresa|azienda|"
    "business name|vendor name|supplier name",
    "money": "amount|price|cost|salary|fee|premium|balance|total|subtotal|revenue|income|charge|charges|payment|"
    "payments|"
    "wage|freight|betrag|preis|gehalt|montant|prix|importe|precio|prezzo|importo|credit limit|unit price|deductible",
    "percentage": "percent|percentage|pct|rate|share|ratio|prozent|pourcentage|porcentaje|percentuale|discount",
    "coordinate": "latitude|longitude|lat|lon|lng|lat long|coordinates|gps|breitengrad|laengengrad|geo",
    "url": "url|uri|website|web site|homepage|link|web address",
    "free_text": "comment|comments|note|notes|description|remark|remarks|text|message|review|bemerkung|commentaire|"
    "descripcion|nota|beschreibung|explanation|justification",
    "duration": "duration|elapsed|length of stay|runtime|dauer|duree",
}
_HINTS = {name: semantic for semantic, names in _NAMES.items() for name in names.split("|")}
_LONGEST = max(len(name.split()) for name in _HINTS)


@lru_cache(maxsize=65_536)
def name_hint(column: str) -> tuple[str, float]:
    """Semantic type that the name suggests, and how strongly: 1 for the whole name, less for a part; "" for none."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", column)
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", spaced)
    words = re.findall(r"[^\W\d_]+\d?|\d+", plain(spaced))
    for size in range(min(_LONGEST, len(words)), 0, -1):
        for start in range(len(words) - size, -1, -1):  # the last words say what a name is, the first whose
            semantic = _HINTS.get(" ".join(words[start : start + size]))
            if semantic:
                return semantic, 1.0 if size == len(words) else 0.6 + 0.3 * (start + size == len(words))
    return ("", 0.0) if "".join(words) not in _HINTS else (_HINTS["".join(words)], 1.0)


def says_name(column: str) -> bool:
    """Whether the column is called a name of something, in several languages."""
    words = plain(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", column))
    return bool(re.search(r"\b(name|nom|nome|nombre|naam|nazev|nazwa|navn|namn)\b", words.replace("_", " ")))
