"""Regions, cities and postal codes of the countries the demo insurer can live in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthspark.demo.columns import Chars, beside, char_rows, digits, literal
from synthspark.errors import ConfigError
from synthspark.seeds import FloatArray, IntArray

# Fields: code, name, inhabitants in 100,000, income (1 = national mean), risk zone, cities, the largest first; of a
# city: name, first digits of its postal codes and, in Italy, the code by which the tax office knows it.
_REGIONS = {
    "en_US": """
        CA|California|390|1.15|3|Los Angeles 900;San Diego 921;San Francisco 941;Sacramento 958
        TX|Texas|300|0.97|3|Houston 770;Dallas 752;Austin 787;San Antonio 782
        FL|Florida|222|0.95|3|Miami 331;Orlando 328;Tampa 336;Jacksonville 322
        NY|New York|197|1.12|2|New York 100;Buffalo 142;Rochester 146;Albany 122
        PA|Pennsylvania|130|0.99|1|Philadelphia 191;Pittsburgh 152;Allentown 181
        IL|Illinois|126|1.02|2|Chicago 606;Springfield 627;Rockford 611
        OH|Ohio|118|0.90|1|Columbus 432;Cleveland 441;Cincinnati 452
        GA|Georgia|109|0.94|2|Atlanta 303;Savannah 314;Augusta 309
        NC|North Carolina|107|0.92|2|Charlotte 282;Raleigh 276;Greensboro 274
        MI|Michigan|100|0.91|1|Detroit 482;Grand Rapids 495;Lansing 489
        WA|Washington|78|1.14|1|Seattle 981;Spokane 992;Tacoma 984
        CO|Colorado|58|1.10|2|Denver 802;Boulder 803;Colorado Springs 809""",
    "it_IT": """
        LOM|Lombardia|100|1.20|2|Milano 201 F205;Bergamo 241 A794;Brescia 251 B157;Como 221 C933
        LAZ|Lazio|57|1.08|2|Roma 001 H501;Latina 041 E472;Viterbo 011 M082
        CAM|Campania|56|0.78|3|Napoli 801 F839;Salerno 841 H703
        SIC|Sicilia|48|0.74|3|Palermo 901 G273;Catania 951 C351;Messina 981 F158
        VEN|Veneto|48|1.10|1|Venezia 301 L736;Verona 371 L781;Padova 351 G224;Vicenza 361 L840
        EMR|Emilia-Romagna|44|1.15|2|Bologna 401 A944;Parma 431 G337;Modena 411 F257;Rimini 479 H294
        PIE|Piemonte|42|1.07|1|Torino 101 L219;Novara 281 F952
        PUG|Puglia|39|0.77|2|Bari 701 A662;Lecce 731 E506;Foggia 711 D643
        TOS|Toscana|37|1.06|2|Firenze 501 D612;Pisa 561 G702;Livorno 571 E625
        CAL|Calabria|18|0.70|3|Reggio Calabria 891 H224;Cosenza 871 D086
        SAR|Sardegna|16|0.80|1|Cagliari 091 B354;Sassari 071 I452
        LIG|Liguria|15|1.05|3|Genova 161 D969;La Spezia 191 E463""",
    "de_DE": """
        NW|Nordrhein-Westfalen|180|0.99|2|Köln 506;Düsseldorf 402;Dortmund 441;Essen 451
        BY|Bayern|133|1.10|2|München 803;Nürnberg 904;Augsburg 861;Regensburg 930
        BW|Baden-Württemberg|112|1.12|2|Stuttgart 701;Mannheim 681;Karlsruhe 761;Freiburg 791
        NI|Niedersachsen|81|0.97|1|Hannover 301;Braunschweig 381;Oldenburg 261
        HE|Hessen|63|1.11|2|Frankfurt am Main 603;Wiesbaden 651;Kassel 341
        SN|Sachsen|41|0.85|2|Dresden 010;Leipzig 041;Chemnitz 091
        RP|Rheinland-Pfalz|41|1.00|3|Mainz 551;Trier 542;Koblenz 560
        BE|Berlin|37|0.96|3|Berlin 101
        SH|Schleswig-Holstein|29|0.96|1|Kiel 241;Lübeck 235
        BB|Brandenburg|25|0.88|1|Potsdam 144;Cottbus 030
        HH|Hamburg|19|1.18|3|Hamburg 200
        TH|Thüringen|21|0.84|1|Erfurt 990;Jena 077""",
    "fr_FR": """
        IDF|Île-de-France|123|1.22|2|Paris 750;Versailles 780;Créteil 940;Nanterre 920
        ARA|Auvergne-Rhône-Alpes|81|1.03|2|Lyon 690;Grenoble 380;Saint-Étienne 420;Annecy 740
        HDF|Hauts-de-France|60|0.89|1|Lille 590;Amiens 800;Calais 621
        NAQ|Nouvelle-Aquitaine|60|0.95|2|Bordeaux 330;Limoges 870;Poitiers 860;Bayonne 641
        OCC|Occitanie|60|0.93|3|Toulouse 310;Montpellier 340;Nîmes 300;Perpignan 660
        GES|Grand Est|56|0.96|1|Strasbourg 670;Reims 511;Metz 570;Nancy 540
        PAC|Provence-Alpes-Côte d'Azur|51|0.99|3|Marseille 130;Nice 060;Toulon 830;Avignon 840
        PDL|Pays de la Loire|38|0.97|1|Nantes 440;Angers 490;Le Mans 720
        BRE|Bretagne|34|0.96|1|Rennes 350;Brest 292;Quimper 290
        NOR|Normandie|33|0.94|1|Rouen 760;Caen 140;Le Havre 766
        BFC|Bourgogne-Franche-Comté|28|0.94|1|Dijon 210;Besançon 250
        CVL|Centre-Val de Loire|26|0.95|1|Tours 370;Orléans 450""",
    "es_ES": """
        AND|Andalucía|85|0.76|3|Sevilla 410;Málaga 290;Granada 180;Córdoba 140
        CAT|Cataluña|79|1.16|2|Barcelona 080;Girona 170;Lleida 250;Tarragona 430
        MAD|Comunidad de Madrid|69|1.30|2|Madrid 280;Alcalá de Henares 288;Getafe 289
        VAL|Comunidad Valenciana|52|0.89|3|Valencia 460;Alicante 030;Castellón de la Plana 120
        GAL|Galicia|27|0.91|2|Vigo 362;A Coruña 150;Ourense 320
        CYL|Castilla y León|24|0.94|1|Valladolid 470;Burgos 090;Salamanca 370
        PVA|País Vasco|22|1.25|1|Bilbao 480;Vitoria 010;San Sebastián 200
        CAN|Canarias|22|0.80|2|Las Palmas 350;La Laguna 382
        CLM|Castilla-La Mancha|21|0.81|1|Albacete 020;Toledo 450
        MUR|Región de Murcia|15|0.82|3|Murcia 300;Cartagena 302
        ARA|Aragón|13|1.06|1|Zaragoza 500;Huesca 220
        AST|Principado de Asturias|10|0.92|1|Oviedo 330;Gijón 332""",
    "nl_NL": """
        ZH|Zuid-Holland|38|1.00|3|Rotterdam 30;Den Haag 25;Leiden 23;Delft 26
        NH|Noord-Holland|29|1.18|3|Amsterdam 10;Haarlem 20;Zaandam 15;Alkmaar 18
        NB|Noord-Brabant|26|1.03|1|Eindhoven 56;Tilburg 50;Breda 48
        GE|Gelderland|21|0.95|2|Nijmegen 65;Arnhem 68;Apeldoorn 73
        UT|Utrecht|14|1.20|1|Utrecht 35;Amersfoort 38
        OV|Overijssel|12|0.92|1|Enschede 75;Zwolle 80;Deventer 74
        LI|Limburg|11|0.88|2|Maastricht 62;Venlo 59
        FR|Friesland|7|0.86|2|Leeuwarden 89;Drachten 92
        GR|Groningen|6|0.93|2|Groningen 97
        DR|Drenthe|5|0.87|1|Assen 94;Emmen 78
        FL|Flevoland|4|0.91|3|Almere 13;Lelystad 82
        ZE|Zeeland|4|0.90|3|Middelburg 43;Vlissingen 44""",
    "pl_PL": """
        MZ|mazowieckie|55|1.35|1|Warszawa 005;Radom 266;Płock 094
        SL|śląskie|44|1.04|2|Katowice 400;Częstochowa 422;Gliwice 441;Bytom 419
        WP|wielkopolskie|35|1.05|1|Poznań 618;Kalisz 628;Konin 625
        MP|małopolskie|34|0.98|3|Kraków 311;Tarnów 331;Nowy Sącz 333
        DS|dolnośląskie|29|1.08|3|Wrocław 503;Wałbrzych 583;Legnica 592
        LD|łódzkie|24|0.95|1|Łódź 902;Piotrków Trybunalski 973
        PM|pomorskie|24|1.02|2|Gdańsk 802;Gdynia 813;Słupsk 762
        PK|podkarpackie|21|0.78|3|Rzeszów 359;Przemyśl 377
        LU|lubelskie|20|0.80|1|Lublin 204;Zamość 224
        KP|kujawsko-pomorskie|20|0.86|1|Bydgoszcz 855;Toruń 871
        ZP|zachodniopomorskie|17|0.89|2|Szczecin 704;Koszalin 750
        WM|warmińsko-mazurskie|14|0.79|1|Olsztyn 105;Elbląg 823""",
}
_POSTAL_FORMS = {"nl_NL": "#### @@", "pl_PL": "##-###"}  # elsewhere five digits
_POSTAL_LETTERS = np.frombuffer(b"ABCDEGHJKLNPRSTVWXZ", dtype=np.uint8)  # of Dutch codes
LOCALES = tuple(_REGIONS)
N_POSTAL_CODES = 6  # of each city
_POSTAL_ENDINGS = np.array([1, 4, 12, 23, 37, 59])


@dataclass(frozen=True)
class Places:
    """Regions and cities of one country; the arrays are aligned with the names before them."""

    region_codes: tuple[str, ...]
    region_names: tuple[str, ...]
    population: FloatArray
    income_factor: FloatArray
    risk_zone: IntArray
    city_names: tuple[str, ...]
    city_region: IntArray
    city_weight: FloatArray
    postal_prefixes: tuple[str, ...]
    postal_form: str
    tax_codes: tuple[str, ...]  # empty strings outside Italy


def places_of(locale: str) -> Places:
    """Regions and cities of a locale; `ConfigError` for one that the demo does not know."""
    if locale not in _REGIONS:
        raise ConfigError(
            f"demo insurance, locale {locale!r}: not available; expected one of {', '.join(LOCALES)}; pass one of these"
        )
    rows = [line.strip().split("|") for line in _REGIONS[locale].strip().splitlines()]
    cities = [(region, *_city(text)) for region, row in enumerate(rows) for text in row[5].split(";")]
    # The first city of a region is the largest: it takes half of what is left, and so on.
    rank = [sum(other[0] == city[0] for other in cities[:place]) for place, city in enumerate(cities)]
    population = np.array([float(row[2]) for row in rows])
    return Places(
        region_codes=tuple(row[0] for row in rows),
        region_names=tuple(row[1] for row in rows),
        population=population,
        income_factor=np.array([float(row[3]) for row in rows]),
        risk_zone=np.array([int(row[4]) for row in rows]),
        city_names=tuple(city[1] for city in cities),
        city_region=np.array([city[0] for city in cities]),
        city_weight=population[[city[0] for city in cities]] * 0.5 ** np.array(rank),
        postal_prefixes=tuple(city[2] for city in cities),
        postal_form=_POSTAL_FORMS.get(locale, ""),
        tax_codes=tuple(city[3] for city in cities),
    )


def postal_codes(places: Places, city: IntArray, ending: IntArray) -> Chars:
    """Postal codes in the country's form; city and region follow from the first digits."""
    code = beside(char_rows(places.postal_prefixes)[city], digits(_POSTAL_ENDINGS[ending], 2))
    if places.postal_form == "##-###":
        return beside(code[:, :2], literal("-", len(code)), code[:, 2:])
    if places.postal_form == "#### @@":
        pair = np.stack([_POSTAL_LETTERS[_POSTAL_ENDINGS[ending] % 19], _POSTAL_LETTERS[city % 19]], axis=1)
        return beside(code, literal(" ", len(code)), pair)
    return code


def _city(text: str) -> tuple[str, str, str]:
    words = text.split(" ")
    tax_code = words.pop() if not words[-1].isdigit() else ""
    return " ".join(words[:-1]), words[-1], tax_code
