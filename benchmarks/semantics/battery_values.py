"""Values of columns by meaning and locale, from two independent providers, and things that are easily mistaken."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

Draw = Callable[[], str]

# Locales tuned on, and those held out; the second provider, whose names are not those of the recogniser's lists, is
# held out whole.
DEVELOPED_ON = ("en_US", "de_DE", "it_IT", "fr_FR", "es_ES", "nl_NL", "pl_PL")
HELD_OUT = ("en_GB", "de_AT", "fr_CH", "es_MX", "pt_BR", "pt_PT", "cs_CZ", "sv_SE", "da_DK", "tr_TR", "ro_RO", "hu_HU")
INDEPENDENT = ("en", "de", "it", "fr", "es", "nl", "pl", "pt-br", "cs", "sv", "tr", "fi")


def faker_values(locale: str, seed: int) -> dict[str, Draw]:
    """Ways to draw one value of each meaning, from Faker."""
    from faker import Faker

    fake = Faker(locale)
    fake.seed_instance(seed)
    source = random.Random(seed)
    drawn: dict[str, Draw] = {
        "first_name": fake.first_name,
        "last_name": fake.last_name,
        "full_name": lambda: f"{fake.first_name()} {fake.last_name()}",
        "full_name/last first": lambda: f"{fake.last_name()}, {fake.first_name()}",
        "email": fake.email,
        "phone": fake.phone_number,
        "street": fake.street_address,
        "street/unnumbered": fake.street_name,
        "address": lambda: fake.address().replace("\n", ", "),
        "city": fake.city,
        "postal_code": fake.postcode,
        "company": fake.company,
        "country": fake.country,
        "iban": fake.iban,
        "national_id": fake.ssn,
        "licence_plate": fake.license_plate,
        "username": fake.user_name,
    }
    for meaning, names in {"region": ("administrative_unit", "state", "region", "province", "county")}.items():
        found = next((name for name in names if hasattr(fake, name)), None)
        if found:
            drawn[meaning] = getattr(fake, found)
    if hasattr(fake, "vat_id"):
        drawn["tax_id"] = fake.vat_id
    if locale == "pt_BR":
        drawn |= {"national_id": fake.cpf, "company_id": fake.cnpj}
    if locale == "fr_FR":
        drawn["company_id"] = fake.siret
    if locale == "pl_PL":
        drawn |= {"national_id": fake.pesel, "company_id": fake.regon}
    if locale == "de_DE":
        drawn["national_id"] = lambda: _steuer_id(source)
    return drawn


def general_values(seed: int) -> dict[str, Draw]:
    """The same of meanings that know no country."""
    from faker import Faker

    fake = Faker("en_US")
    fake.seed_instance(seed)
    source = random.Random(seed)
    return {
        "card_number": fake.credit_card_number,
        "card_number/spaced": lambda: " ".join(_groups(fake.credit_card_number("visa16"), 4)),
        "vehicle_id": fake.vin,
        "ip_address": fake.ipv4,
        "ip_address/v6": fake.ipv6,
        "mac_address": fake.mac_address,
        "url": fake.uri,
        "uuid": fake.uuid4,
        "hash": fake.sha256,
        "hash/md5": fake.md5,
        "json": lambda: json.dumps({"id": source.randint(1, 999), "tags": [fake.word()], "ok": source.random() < 0.5}),
        "date_string": lambda: fake.date(),
        "date_string/local": lambda: fake.date("%d.%m.%Y"),
        "date_string/written": lambda: fake.date("%b %d, %Y"),
        "coordinate": lambda: f"{fake.latitude()},{fake.longitude()}",
        "money": lambda: f"{source.choice('€$£')} {source.randint(1, 99_999) / 100:.2f}",
        "money/after": lambda: f"{source.randint(1, 99_999) / 100:.2f} EUR",
        "percentage": lambda: f"{source.randint(0, 1000) / 10:.1f}%",
        "duration": lambda: f"{source.randint(0, 48):02d}:{source.randint(0, 59):02d}:{source.randint(0, 59):02d}",
        "free_text": lambda: fake.paragraph(3),
        "free_text/short": lambda: fake.sentence(9),
    }


def other_values(seed: int) -> dict[str, Draw]:
    """Things that are nobody's: the second part of the name tells them apart, the first what may be said of them."""
    from faker import Faker

    fake = Faker("en_US")
    fake.seed_instance(seed)
    source = random.Random(seed)
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    return {
        "code|key/sku": lambda: f"{source.choice(letters)}{source.choice(letters)}-{source.randint(10_000, 99_999)}",
        "code|key/order": lambda: f"ORD-2024-{source.randint(1, 999_999):06d}",
        "code|key/digits": lambda: f"{source.randint(0, 99_999_999):08d}",
        "code|key/ten digits": lambda: f"{source.randint(10**9, 10**10 - 1)}",
        "code|key/eleven digits": lambda: f"{source.randint(10**10, 10**11 - 1)}",
        "code|key/sixteen digits": lambda: f"{source.randint(10**15, 10**16 - 1)}",
        "code|key/isbn": lambda: fake.isbn13(),
        "code|key/ean": lambda: fake.ean13(),
        "code|key/version": lambda: f"{source.randint(0, 9)}.{source.randint(0, 20)}.{source.randint(0, 99)}",
        "code|key/mixed": lambda: f"{source.randint(1, 99)}{source.choice(letters)}{source.randint(100, 9_999)}",
        "number/decimal": lambda: f"{source.gauss(50, 20):.3f}",
        "number/whole": lambda: str(source.randint(1, 5_000)),
        "number/comma": lambda: f"{source.randint(0, 99)},{source.randint(0, 99):02d}",
        "thing/catch phrase": lambda: fake.catch_phrase(),
        "thing|category/job": fake.job,
        "thing|category/colour": fake.color_name,
        "thing|category/currency": lambda: fake.currency_name(),
        "thing|category/language": fake.language_name,
        "category|code|key/currency code": fake.currency_code,
        "category/status": lambda: source.choice(["open", "closed", "pending", "rejected", "in progress"]),
        "category/month": lambda: fake.month_name(),
        "category/weekday": lambda: fake.day_of_week(),
        "category/size": lambda: source.choice(["S", "M", "L", "XL", "XXL"]),
        "thing|code/file": lambda: fake.file_name(),
        "thing|code/path": lambda: fake.file_path(depth=3),
        "boolean/yes": lambda: source.choice(["yes", "no"]),
        "boolean/TF": lambda: source.choice(["T", "F"]),
    }


def independent_values(locale: str, seed: int) -> dict[str, Draw]:
    """Ways to draw one value of each meaning, from Mimesis."""
    from mimesis import Generic

    made: Any = Generic(locale=locale, seed=seed)
    return {
        "first_name": made.person.first_name,
        "last_name": made.person.last_name,
        "full_name": made.person.full_name,
        "full_name/last first": lambda: f"{made.person.last_name()} {made.person.first_name()}",
        "email": made.person.email,
        "phone": made.person.phone_number,
        "street": made.address.address,
        "street/unnumbered": made.address.street_name,
        "address": lambda: f"{made.address.address()}, {made.address.postal_code()} {made.address.city()}",
        "city": made.address.city,
        "region": made.address.state,
        "postal_code": made.address.postal_code,
        "country": made.address.country,
        "company": made.finance.company,
        "username": made.person.username,
        "thing|category/job": made.person.occupation,
        "thing/dish": made.food.dish,
        "thing/fruit": made.food.fruit,
        "thing/drink": made.food.drink,
        "category/colour": made.text.color,
        "free_text": lambda: made.text.text(3),
        "thing|category/university": made.person.university,
        "category|thing/nationality": made.person.nationality,
    }


def independent_general(seed: int) -> dict[str, Draw]:
    """The same of meanings that know no country, and things that are nobody's."""
    from mimesis import Generic

    made: Any = Generic(locale="en", seed=seed)
    return {
        "card_number": made.payment.credit_card_number,
        "ip_address": made.internet.ip_v4,
        "ip_address/v6": made.internet.ip_v6,
        "mac_address": made.internet.mac_address,
        "url": made.internet.url,
        "uuid": made.cryptographic.uuid,
        "hash": made.cryptographic.hash,
        "date_string": lambda: made.datetime.formatted_date("%d/%m/%Y"),
        "code|key/isbn": made.code.isbn,
        "code|key/imei": made.code.imei,
        "code|key/pin": made.code.pin,
        "thing|code/phone model": made.hardware.phone_model,
        "thing|code/cpu": made.hardware.cpu,
        "thing|code/airplane": made.transport.airplane,
        "thing|code/car": made.transport.car,
        "thing|category/manufacturer": made.transport.manufacturer,
        "thing|code/file": made.file.file_name,
        "thing|category/programming language": made.development.programming_language,
        "thing|category/software": made.development.os,
        "code|key|category/airport": made.transport.vehicle_registration_code,
    }


def _groups(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _steuer_id(source: random.Random) -> str:
    """Eleven digits with a check digit of ISO 7064 MOD 11,10."""
    digits = [source.randint(1, 9), *(source.randint(0, 9) for _ in range(9))]
    product = 10
    for digit in digits:
        total = (digit + product) % 10 or 10
        product = total * 2 % 11
    return "".join(map(str, digits)) + str((11 - product) % 10)


TELLING: Mapping[str, tuple[str, ...]] = {
    "first_name": ("first_name", "vorname", "nome", "prenom", "FirstName", "voornaam", "imie", "given_name"),
    "last_name": ("last_name", "nachname", "cognome", "nom", "surname", "achternaam", "nazwisko", "apellido"),
    "full_name": ("name", "full_name", "customer_name", "nominativo", "ContactName", "kundenname"),
    "email": ("email", "e_mail", "EmailAddress", "mail"),
    "phone": ("phone", "telefon", "telefono", "tel", "mobile_no", "telephone"),
    "street": ("street", "strasse", "via", "rue", "calle", "straat", "address_line_1"),
    "address": ("address", "anschrift", "indirizzo", "adresse", "full_address", "direccion"),
    "city": ("city", "ort", "citta", "ville", "ciudad", "plaats"),
    "postal_code": ("postal_code", "plz", "cap", "zip", "postcode", "code_postal"),
    "region": ("region", "state", "provincia", "bundesland", "province"),
    "country": ("country", "land", "paese", "pays", "pais"),
    "company": ("company", "firma", "azienda", "company_name", "employer"),
    "iban": ("iban", "IBAN", "iban_code"),
    "card_number": ("card_number", "credit_card", "kreditkartennummer", "cc_number"),
    "national_id": ("ssn", "national_id", "codice_fiscale", "dni", "pesel", "steuer_id"),
    "tax_id": ("vat_number", "tax_id", "ust_id", "partita_iva"),
    "company_id": ("company_id_number", "siret", "cnpj", "company_registration_number"),
    "licence_plate": ("licence_plate", "kennzeichen", "targa", "plate"),
    "vehicle_id": ("vin", "chassis_number"),
    "ip_address": ("ip_address", "client_ip", "ip"),
    "mac_address": ("mac_address", "mac"),
    "username": ("username", "login", "user_name"),
    "url": ("url", "website"),
    "uuid": ("uuid", "guid"),
    "hash": ("hash", "checksum"),
    "json": ("payload", "json"),
    "date_string": ("date", "datum", "birth_date"),
    "coordinate": ("coordinates", "lat_long"),
    "money": ("amount", "price", "betrag"),
    "percentage": ("percentage", "share"),
    "duration": ("duration", "dauer"),
    "free_text": ("comment", "description", "bemerkung", "note"),
    "code": ("code", "item_code"),
    "number": ("measure", "value"),
    "category": ("category", "kind"),
    "thing": ("item", "label"),
    "boolean": ("flag", "is_active"),
}
# Written before anything was tuned, and not looked at since.
TELLING_HELD_OUT: Mapping[str, tuple[str, ...]] = {
    "first_name": ("cust_fname", "txtVorname", "NOMBRE", "PRENOM_ASSURE", "contactFirstName", "etunimi", "ad"),
    "last_name": ("cust_lname", "KD_NACHNAME", "APELLIDO1", "nom_famille", "patientSurname", "sukunimi", "soyad"),
    "full_name": ("emp_name", "nombre_cliente", "holder_full_name", "nome_paciente", "naam_klant", "accountHolderName"),
    "email": ("emailAddr1", "contact_email", "EMAIL_PRIV", "primary_e_mail"),
    "phone": ("TEL_PRIV", "mobileNumber", "phone_1", "tel_domicilio", "contact_phone", "telnr", "puhelin"),
    "street": ("STREET_1", "strasse_hnr", "billing_street", "domicilio_calle", "nom_voie", "gata"),
    "address": ("MAIL_ADDR", "residential_address", "customerAddress", "adresse_complete", "endereco_completo"),
    "city": ("billing_city", "WOHNORT", "ville_naissance", "stad", "shipToCity", "cidade", "mesto"),
    "postal_code": ("ship_zip", "PLZ_ORT", "cod_postal", "billing_postcode", "postnr", "cep"),
    "region": ("ship_state", "bill_province", "BUNDESLAND_KD", "departement", "estado", "lan"),
    "country": ("ship_country", "LAND_KD", "pays_residence", "country_of_birth", "zeme"),
    "company": ("employer_name", "FIRMENNAME", "nom_entreprise", "customerCompany", "razao_social"),
    "iban": ("cust_iban", "IBAN_KONTO", "bank_iban"),
    "card_number": ("cardNo", "payment_card_number", "CC_NUM", "num_tarjeta"),
    "national_id": (
        "natl_id_no",
        "customer_ssn",
        "PERSONNUMMER",
        "nr_pesel",
        "numero_dni",
        "cpf_cliente",
        "rodne_cislo",
    ),
    "tax_id": ("cust_vat_no", "VAT_ID", "UST_IDNR", "num_tva", "btw_nr"),
    "company_id": ("siret_number", "cnpj_empresa", "co_reg_no"),
    "licence_plate": ("veh_plate_no", "KFZ_KENNZEICHEN", "license_plate_number", "matricula_vehiculo"),
    "vehicle_id": ("veh_vin", "FAHRGESTELLNR", "vin_code"),
    "ip_address": ("src_ip", "login_ip_address", "IP_ADDR"),
    "mac_address": ("device_mac", "MAC_ADDR"),
    "username": ("login_name", "user_login", "BENUTZERNAME"),
    "url": ("home_url", "link_url"),
    "uuid": ("row_guid", "session_uuid"),
    "hash": ("file_hash", "md5_sum"),
    "json": ("event_json", "raw_payload"),
    "date_string": ("dob_text", "datum_txt"),
    "coordinate": ("geo_coordinates", "latlng"),
    "money": ("net_price", "total_amount"),
    "percentage": ("tax_pct", "discount_percent"),
    "duration": ("call_duration", "elapsed_time"),
    "free_text": ("review_text", "incident_description", "remarks"),
    "code": ("sku_code", "article_no"),
    "number": ("reading", "qty_measured"),
    "category": ("status", "item_kind"),
    "thing": ("item_title", "descr"),
    "boolean": ("is_valid", "optin_flag"),
}
MISLEADING = ("status", "type", "code", "comment", "segment", "ref", "category", "value", "level", "flag")
MISLEADING_OTHERS = ("customer", "contact", "user_type", "name", "address_type", "account", "home", "partner")
