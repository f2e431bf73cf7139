"""What a column's name says of its values, in the languages that databases are named in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

CLEAR, VAGUE = 1.0, 0.5  # a name that means one thing; one that means several
LEAST_WORD = 3  # letters
LEAST_GLUED = 6  # letters of a phrase that is looked for inside a name written without separators


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Phrases by meaning, words apart, accents off; | separates them. English, German, French, Italian, Spanish,
# Portuguese, Dutch, and a few of Polish, Czech, Swedish.
_CLEAR = {
    "first_name": "first name|given name|forename|fname|vorname|rufname|prenom|primo nome|primer nombre|nombre de pila"
    "|primeiro nome|voornaam|imie|fornamn|fornavn|etunimi|keresztnev|jmeno krestni|krestni jmeno|other names"
    "|middle name|secondo nome|segundo nombre|zweiter vorname",
    "last_name": "last name|surname|family name|lname|nachname|familienname|zuname|geburtsname|maiden name"
    "|nom de famille|nom famille|nom naissance|cognome|apellido|apellidos|primer apellido|sobrenome|apelido"
    "|achternaam|nazwisko|prijmeni|efternamn|etternavn|efternavn|sukunimi|soyad|soyadi|vezeteknev",
    "full_name": "full name|fullname|person name|contact name|contact person|customer name|client name|patient name"
    "|employee name|holder name|account holder|cardholder|cardholder name|card holder|policy holder name|insured name"
    "|owner name|driver name|doctor name|agent name|member name|student name|beneficiary name|next of kin|kontoinhaber"
    "|ansprechpartner|vollstaendiger name|kundenname|nom complet|nominativo|nome completo|nombre completo|nome cognome"
    "|cognome nome|nombre apellidos|intestatario|titolare",
    "email": "email|e mail|mail address|email address|email id|posta elettronica|courriel|correo|correo electronico"
    "|mailadresse|emailadresse|adresse mail|indirizzo mail|indirizzo email|endereco de email",
    "phone": "phone|telephone|tel|tel no|tel nr|phone number|phone no|phone nr|mobile|mobile phone|mobile number"
    "|mobile no|cell|cell phone|cellphone|cellulare|fax|fax number|fax no|telefon|telefono|telefone|telefoon"
    "|telefonnummer|puhelin|telefonszam|numar telefon|rufnummer|handy|handynummer|mobilnummer|numero de telephone"
    "|portable|movil|celular|telemovel"
    "|msisdn|landline|numero telefono|telefoonnummer|numer telefonu|telefonni cislo",
    "street": "street|street address|street name|strasse|str|straat|rue|calle|ulice|ulica|address line|address line1"
    "|rua|logradouro|gatuadress|utca"
    "|address line2|address1|address2|addr1|addr2|strasse hausnummer|hausnummer|house number|via",
    "address": "address|addr|full address|postal address|mailing address|home address|anschrift|adresse|indirizzo"
    "|direccion|domicilio|endereco|adres|residenza|wohnort adresse|billing address|ship address|shipping address",
    "iban": "iban|iban code|iban number|iban no",
    "card_number": "card number|card no|card nr|credit card|creditcard|credit card number|cc number|ccnum|cc num|pan"
    "|kartennummer|kreditkarte|kreditkartennummer|numero carta|numero tarjeta|numero de carte|debit card number",
    "national_id": "ssn|social security|social security number|national id|national identifier|natl id|national number"
    "|national insurance number|nino|codice fiscale|cod fiscale|codfisc|steuer id|steueridentifikationsnummer"
    "|steuer identifikationsnummer|personalausweis|personalausweisnummer|sozialversicherungsnummer|svnr|dni|nie"
    "|nss|nir|numero de securite sociale|cpf|pesel|bsn|burgerservicenummer|personnummer|rodne cislo|birth number"
    "|passport|passport no|passport number|passnummer|reisepass|passaporto|pasaporte|identity card|identity number"
    "|identity card number|id card|id card number|id number|carta identita|aadhaar|curp|rijksregisternummer|ahv"
    "|ahv nummer|nhs number|health card number|sin number|cedula|rut",
    "tax_id": "tax id|tax number|tax no|taxpayer id|tin|ein|itin|vat|vat number|vat id|vat no|steuernummer|ust id"
    "|ust idnr|umsatzsteuer id|partita iva|p iva|piva|nif|cif|rfc|numero tva|tva intracommunautaire|nip|btw nummer",
    "company_id": "company number|company registration|company registration number|registration number company|siren"
    "|siret|handelsregister|handelsregisternummer|hrb|lei|lei code|duns|duns number|cnpj|kvk|kvk nummer|rea|krs|regon"
    "|crn|abn|acn",
    "licence_plate": "licence plate|license plate|plate|plate number|plate no|number plate|registration plate"
    "|vehicle registration|vehicle registration number|kennzeichen|kfz kennzeichen|amtliches kennzeichen|targa"
    "|matricula|immatriculation|plaque|kenteken|nummernschild|placa|patente|reg plate",
    "vehicle_id": "vin|vin number|vehicle identification number|chassis|chassis number|chassis no|fin|fahrgestellnummer"
    "|fahrzeugidentifikationsnummer|telaio|numero telaio|numero di telaio|bastidor|numero de chassis",
    "ip_address": "ip|ip address|ip addr|ipv4|ipv6|client ip|remote ip|remote addr|ip adresse|indirizzo ip|adresse ip",
    "mac_address": "mac|mac address|mac addr|hardware address|mac adresse",
    "username": "username|user name|login|login name|user login|nickname|nick name|screen name|user handle|userid name"
    "|benutzername|nutzername|anmeldename|nome utente|nombre usuario|nombre de usuario|nom utilisateur"
    "|nom d utilisateur|gebruikersnaam|account name|twitter handle",
    "person_code": "password|passwd|pwd|pass hash|password hash|secret|api key|access token|pin code|driver licence"
    "|driver license|drivers licence|drivers license|driver licence number|driver license number|driving licence"
    "|fuehrerschein|fuehrerscheinnummer|patente guida|permis de conduire|medical record number|mrn"
    "|insurance card number",
    "city": "city|city name|town|town name|municipality|ort|wohnort|stadt|gemeinde|ville|commune|citta|comune"
    "|ciudad|cidade|municipio"
    "|localidad|localita|plaats|woonplaats|gemeente|miasto|mesto|obec|birth place|place of birth|birthplace"
    "|geburtsort|luogo nascita|luogo di nascita|lieu naissance|lieu de naissance|suburb|village|stad|capital",
    "country": "country|country name|country code|land|staat|laenderkennzeichen|pays|paese|nazione|stato estero|pais"
    "|kraj|zeme|nationality|nationalitaet|staatsangehoerigkeit|nationalite|nazionalita|cittadinanza|nacionalidad"
    "|nacionalidade|citizenship",
    "postal_code": "postal code|post code|postcode|postalcode|zip|zip code|zipcode|plz|postleitzahl|cap|code postal"
    "|codice postale|codigo postal|cod postal|cep|kod pocztowy|psc|postnummer|post nr|postinumero|iranyitoszam"
    "|pin code postal"
    "|eircode",
    "region": "region|province|county|district|bundesland|kanton|canton|departement|provincia|regione|comarca|comunidad"
    "|distrito|federal state|state code|state name|home state|provincie|wojewodztwo|kraj region|prefecture|area name",
    "company": "company|company name|airline name|carrier name|insurer name|bank name|organization name|firm name"
    "|employer|employer name|firma|firmenname|arbeitgeber|unternehmen|societe|entreprise"
    "|raison sociale|azienda|ragione sociale|datore lavoro|datore di lavoro|empresa|razon social|razao social|bedrijf"
    "|bedrijfsnaam|organisation name|organization name|vendor name|supplier name|corporation|business name",
    "coordinate": "lat long|lat lon|latlong|latlon|latlng|coordinates|coordinate|koordinaten|geo point|geopoint"
    "|latitude|longitude|lat|lon|lng|breitengrad|laengengrad|latitudine|longitudine|latitud|longitud|geolocation",
    "url": "url|uri|website|web site|homepage|home page|webseite|sito web|link|href",
    "uuid": "uuid|guid",
    "hash": "hash|md5|sha1|sha256|checksum|digest|fingerprint",
    "json": "json|payload",
    "percentage": "percent|percentage|pct|perc|prozent|prozentsatz|anteil|pourcentage|percentuale|aliquota|porcentaje"
    "|share|rate|ratio|quote|quota|tasso|taux|tasa|discount|rabatt|sconto",
    "money": "amount|price|cost|fee|salary|income|wage|revenue|premium|balance|total|subtotal|payment|payments"
    "|deductible|compensation|sum insured|value usd|budget|betrag|preis|kosten|gehalt|einkommen|praemie|beitrag|saldo"
    "|umsatz|importo|prezzo|costo|stipendio|reddito|premio|montant|prix|cout|salaire|revenu|prime|importe|precio|salario"
    "|ingresos|valor|preco|rent|freight|turnover|profit|market value|paid|claimed|charges|charge|invoice total",
    "duration": "duration|dauer|durata|duree|duracion|seconds|minutes|hours|milliseconds|millis|elapsed|sekunden"
    "|minuten|stunden|secondi|minuti|laufzeit",
    "free_text": "comment|comments|remark|remarks|note|notes|description|text|message|body|kommentar|bemerkung"
    "|bemerkungen|beschreibung|notiz|nota|descrizione|testo|commentaire|remarque|texte|comentario|observaciones"
    "|descripcion|texto|opmerking|narrative|summary|biography|bio|feedback|review text|details|long title",
}
_VAGUE = {
    "first_name": "nome|nombre|first|given",
    "last_name": "nom|family|last",
    "full_name": "name|naam|nome|nombre|nom|namn|jmeno|nazwa|contact|person|author|composer|artist|owner|holder|driver"
    "|doctor|physician|manager|employee|customer|client|patient|agent|actor|director|beneficiary|payee|signed by"
    "|created by|updated by|inhaber|autor|autore|kunde|mitarbeiter|cliente|paziente|recipient|sender|witness|guardian"
    "|spouse|partner|contact1|contatto|referente|pupil|teacher",
    "email": "mail|emails",
    "phone": "contact number|number to call|home|work|telefax|whatsapp|sms|telex",
    "street": "address|addr|adresse|indirizzo|direccion|anschrift|domicilio|endereco|adres|hnr",
    "address": "location|residence|street|lieferadresse",
    "username": "user|handle|nick|account|userid|utente|usuario|benutzer|alias",
    "licence_plate": "registration|registration number|reg no|reg nr|license number|licence number",
    "card_number": "card|account number|carta|tarjeta",
    "city": "place|location name|locality|poblacion",
    "country": "nation|origin|land code",
    "postal_code": "cp|post",
    "region": "state|area|department|territory|bezirk|kreis|stato|estado|provinz|island",
    "company": "organisation|organization|vendor|supplier|manufacturer|brand|bank|partner|shipper|institution|publisher"
    "|carrier|insurer|merchant|fornitore|lieferant|hersteller",
    "coordinate": "x|y|geo|gps|point",
    "number": "count|quantity|qty|age|year|anzahl|menge|alter|jahr|eta|anno",
}
# With one of these the name speaks of a trait of the thing, not of the thing: phone_type, email_verified, has_address.
_TRAITS = _words(
    "type typ tipo kind status state_of flag is has ist hat count cnt n num_of anzahl qty service"
    " services consent optin verified valid validated date datum data_di time timestamp preferred channel"
    " category level usage domain length size rank score group segment class reason risk frequency method"
    " mode plan format source version active enabled communication allowed required missing quality year"
    " month share rate calls minutes backup lines port provider support brand model make since until"
    " from_date zone risk_zone care"
)
# What identifies rather than names: company_id is no company, city_code no city.
_IDENTIFIERS = _words("id ids key code cd no nr num number nummer numero uuid guid ref pk fk sk kod codice")
_NAMES_ONLY = frozenset({"first_name", "last_name", "full_name", "street", "address", "city", "region", "company"})
# Things, not people, that have names; "name" beside one of these is not a person's.
_THINGS = _words(
    "product item file category genre column table field class role type group event project course job"
    " task film movie track album playlist media drug model host server device species language religion"
    " brand plan rule service org ab image page menu report test disease medicine icd cover level folder"
    " continent food dish drink material vehicle car plane ship tool machine part component article ingredient recipe"
    " sport animal plant tree bird book game award"
    " path river lake sea mountain island desert airport station branch department team school hospital"
    " hf unit currency color colour ward format version"
)
# Names that say nothing without the table's.
_GENERIC = _words("name naam nome nombre nom namn jmeno nazwa title titel label bezeichnung")
_AFFIXES = _words("tbl t dim fact d ref lkp lookup stg src raw table tab main dbo all")
# Those whose number is theirs alone.
_BEARERS = (
    "customer client kunde kunden cliente account konto conto cuenta compte policy police polizza poliza contract"
    " vertrag vertrags contratto contrato contrat claim schaden sinistro siniestro sinistre patient paziente member"
    " membership mitglied mitglieds socio insured insuree versicherten assicurato employee mitarbeiter personal staff"
    " dipendente empleado matricola student schueler matrikel user subscriber holder person party citizen loan booking"
    " prescription insurance versicherungs assurance seguro kto"
)
_PERSONAL_NUMBER = re.compile(
    rf"\b({'|'.join(_BEARERS.split())}) ?(number|no|nr|num|nummer|numero|code|id|kennung|ref|reference)\b"
    rf"|\b(number|numero|nr|no|num|codice|code|codigo|id) (di |de |del |du |della )?({'|'.join(_BEARERS.split())})\b"
    r"|^(account|konto|conto|cuenta|compte)( to| from)?$"
)


@lru_cache(maxsize=16_384)
def words_of(name: str) -> tuple[str, ...]:
    """Words of a name without accents, lower case, numbers left out: ``Kunden-PLZ2`` -> (kunden, plz)."""
    spaced = re.sub(r"([a-z0-9à-öø-ÿ])([A-ZÀ-ÖØ-Þ])", r"\1 \2", name)
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", spaced)
    glued = (re.sub(r"^(\w{3,})nr$", r"\1 nr", word) for word in re.findall(r"[^\W\d_]+", fold(spaced)))
    return tuple(word for part in glued for word in part.split())


# Letters that have no accent to take off.
_WRITTEN_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "ı": "i", "ł": "l", "đ": "d", "ð": "d", "æ": "ae"}
)


def fold(text: str) -> str:
    """The text in lower case without accents, German umlauts written out."""
    if text.isascii():
        return text.lower()
    lowered = text.casefold().translate(_WRITTEN_OUT)
    return "".join(char for char in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(char))


def _phrases() -> list[tuple[str, dict[str, float]]]:
    """Phrases, the longest first, with what each may mean."""
    found: dict[str, dict[str, float]] = {}
    for table, strength in ((_CLEAR, CLEAR), (_VAGUE, VAGUE)):
        for meaning, phrases in table.items():
            for phrase in phrases.split("|"):
                found.setdefault(phrase, {}).setdefault(meaning, strength)
    return sorted(found.items(), key=lambda item: (-len(item[0]), item[0]))


_PHRASES = _phrases()


@lru_cache(maxsize=16_384)
def hints(name: str) -> Mapping[str, float]:
    """Meanings that the name speaks for, each with 1.0 (it means just this) or 0.5 (it may).

    Longer phrases win: ``ip_address`` is no address, ``postal_code`` no code.
    """
    words = words_of(name)
    spaced, glued = f" {' '.join(words)} ", "".join(words)
    found: dict[str, float] = {}
    for phrase, meanings in _PHRASES:
        joined = phrase.replace(" ", "")
        standing = f" {phrase} " in spaced
        # Names written without separators: firstname, permanentaddress.
        hidden = len(joined) >= LEAST_GLUED and (joined == glued or (len(words) == 1 and glued.endswith(joined)))
        if standing or (hidden and not found):
            for meaning, strength in meanings.items():
                found[meaning] = max(found.get(meaning, 0.0), strength)
        if standing:
            spaced = spaced.replace(f" {phrase} ", " · ")
    return MappingProxyType(_restricted(found, frozenset(spaced.split()), frozenset(words)))


def _restricted(found: dict[str, float], rest: frozenset[str], words: frozenset[str]) -> dict[str, float]:
    """Without what traits, identifiers and things in the name speak against."""
    if rest & _TRAITS:
        kept = ("percentage", "money", "duration", "number", "free_text", "coordinate")
        return {meaning: strength for meaning, strength in found.items() if meaning in kept}
    if rest & _IDENTIFIERS:
        found = {meaning: strength for meaning, strength in found.items() if meaning not in _NAMES_ONLY}
    if words & _THINGS and found.get("full_name", 0.0) < CLEAR:
        found.pop("full_name", None)
        for meaning in ("first_name", "last_name"):
            if found.get(meaning) == VAGUE:
                del found[meaning]
    return found


def numbers_a_person(name: str) -> bool:
    """Whether the name is that of a number which one person or contract bears: customer_number, account_no."""
    return _PERSONAL_NUMBER.search(" ".join(words_of(name))) is not None


def says_identifier(name: str) -> bool:
    """Whether the name claims to identify: ``item_code``, ``rowid``."""
    words = words_of(name)
    return bool(words) and (bool(_IDENTIFIERS & {words[-1], words[0]}) or words[-1].endswith(("id", "code", "nummer")))


def is_trait(name: str) -> bool:
    """Whether the name speaks of a trait, whose few values are a category: status, type, flag."""
    return bool(_TRAITS & set(words_of(name)))


def spoken_name(name: str, table: str) -> str:
    """The column's name, with the table's before it where it only says that things have names: customers.name."""
    words = words_of(name)
    if not words or not set(words) <= _GENERIC:
        return name
    owner = [_singular(word) for word in words_of(table) if word not in _AFFIXES]
    return "_".join((*owner, *words))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def says_thing(name: str) -> bool:
    """Whether the name speaks of a thing that has names: product, genre, airport."""
    return bool(_THINGS & set(words_of(name)))


def speaks(name: str) -> bool:
    """Whether the name has a word at all: ``c7`` and ``A2`` have none."""
    return any(len(word) >= LEAST_WORD for word in words_of(name))
