"""Texts of complaints, put together from sentences; some name the person who wrote them, as real ones do."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.demo.columns import joined, picked
from synthspark.demo.draws import chance
from synthspark.seeds import IntArray

CATEGORIES = ("claim handling", "premium", "service", "cancellation", "data protection")

# Openings by category, then endings and signatures shared by all.
_OPENINGS = {
    "en_US": (
        (
            "My claim has been open for weeks and nobody calls back.",
            "You refused my claim without a proper reason.",
            "The payment for my claim is far too low.",
        ),
        (
            "My premium went up again although I had no claim.",
            "The new price was never explained to me.",
            "I pay more than new customers for the same cover.",
        ),
        (
            "I waited 40 minutes on the phone.",
            "Three people gave me three different answers.",
            "The app has shown an error for days.",
        ),
        ("I cancelled in time and still received an invoice.", "Nobody has confirmed my cancellation."),
        (
            "I keep getting advertising although I withdrew my consent.",
            "A letter meant for a neighbour was in my envelope.",
        ),
    ),
    "it_IT": (
        (
            "Il mio sinistro è aperto da settimane e nessuno richiama.",
            "Avete respinto il sinistro senza una vera motivazione.",
            "Il rimborso è troppo basso.",
        ),
        (
            "Il premio è aumentato di nuovo senza alcun sinistro.",
            "Nessuno mi ha spiegato il nuovo prezzo.",
            "Pago più dei nuovi clienti per la stessa copertura.",
        ),
        (
            "Ho aspettato 40 minuti al telefono.",
            "Tre persone mi hanno dato tre risposte diverse.",
            "L'app mostra un errore da giorni.",
        ),
        ("Ho disdetto in tempo e ho ricevuto comunque una fattura.", "Nessuno ha confermato la mia disdetta."),
        (
            "Ricevo ancora pubblicità nonostante la revoca del consenso.",
            "Nella mia busta c'era una lettera per un vicino.",
        ),
    ),
    "de_DE": (
        (
            "Mein Schaden ist seit Wochen offen und niemand ruft zurück.",
            "Sie haben meinen Schaden ohne echten Grund abgelehnt.",
            "Die Auszahlung ist viel zu niedrig.",
        ),
        (
            "Mein Beitrag ist ohne Schaden schon wieder gestiegen.",
            "Den neuen Preis hat mir niemand erklärt.",
            "Ich zahle mehr als Neukunden für denselben Schutz.",
        ),
        (
            "Ich habe 40 Minuten am Telefon gewartet.",
            "Drei Personen gaben mir drei verschiedene Antworten.",
            "Die App zeigt seit Tagen einen Fehler.",
        ),
        (
            "Ich habe fristgerecht gekündigt und trotzdem eine Rechnung erhalten.",
            "Niemand hat meine Kündigung bestätigt.",
        ),
        ("Ich bekomme trotz Widerruf weiter Werbung.", "In meinem Umschlag lag der Brief eines Nachbarn."),
    ),
    "fr_FR": (
        (
            "Mon sinistre est ouvert depuis des semaines et personne ne rappelle.",
            "Vous avez refusé mon sinistre sans véritable motif.",
            "L'indemnité pour mon sinistre est beaucoup trop faible.",
        ),
        (
            "Ma prime a encore augmenté alors que je n'ai eu aucun sinistre.",
            "On ne m'a jamais expliqué le nouveau tarif.",
            "Je paie plus que les nouveaux clients pour la même garantie.",
        ),
        (
            "J'ai attendu 40 minutes au téléphone.",
            "Trois personnes m'ont donné trois réponses différentes.",
            "L'application affiche une erreur depuis des jours.",
        ),
        ("J'ai résilié à temps et j'ai quand même reçu une facture.", "Personne n'a confirmé ma résiliation."),
        (
            "Je reçois toujours de la publicité malgré le retrait de mon accord.",
            "Une lettre destinée à un voisin était dans mon enveloppe.",
        ),
    ),
    "es_ES": (
        (
            "Mi siniestro lleva semanas abierto y nadie me llama.",
            "Han rechazado mi siniestro sin un motivo real.",
            "El pago de mi siniestro es demasiado bajo.",
        ),
        (
            "Mi prima ha vuelto a subir aunque no he tenido siniestros.",
            "Nadie me explicó el nuevo precio.",
            "Pago más que los clientes nuevos por la misma cobertura.",
        ),
        (
            "He esperado 40 minutos al teléfono.",
            "Tres personas me dieron tres respuestas distintas.",
            "La aplicación muestra un error desde hace días.",
        ),
        ("Cancelé a tiempo y aun así recibí una factura.", "Nadie ha confirmado mi cancelación."),
        ("Sigo recibiendo publicidad aunque retiré mi consentimiento.", "En mi sobre había una carta para un vecino."),
    ),
    "nl_NL": (
        (
            "Mijn schademelding staat al weken open en niemand belt terug.",
            "U hebt mijn schade zonder goede reden afgewezen.",
            "De uitkering voor mijn schade is veel te laag.",
        ),
        (
            "Mijn premie is weer gestegen terwijl ik geen schade had.",
            "De nieuwe prijs is mij nooit uitgelegd.",
            "Ik betaal meer dan nieuwe klanten voor dezelfde dekking.",
        ),
        (
            "Ik heb 40 minuten aan de telefoon gewacht.",
            "Drie mensen gaven mij drie verschillende antwoorden.",
            "De app geeft al dagen een fout.",
        ),
        ("Ik heb op tijd opgezegd en kreeg toch een rekening.", "Niemand heeft mijn opzegging bevestigd."),
        (
            "Ik krijg nog steeds reclame terwijl ik mijn toestemming heb ingetrokken.",
            "In mijn envelop zat een brief voor een buurman.",
        ),
    ),
    "pl_PL": (
        (
            "Moja szkoda jest otwarta od tygodni i nikt nie oddzwania.",
            "Odrzucili Państwo moją szkodę bez prawdziwego powodu.",
            "Wypłata za moją szkodę jest o wiele za niska.",
        ),
        (
            "Moja składka znów wzrosła, choć nie miałem żadnej szkody.",
            "Nikt nie wyjaśnił mi nowej ceny.",
            "Płacę więcej niż nowi klienci za tę samą ochronę.",
        ),
        (
            "Czekałem 40 minut przy telefonie.",
            "Trzy osoby udzieliły mi trzech różnych odpowiedzi.",
            "Aplikacja od kilku dni pokazuje błąd.",
        ),
        ("Wypowiedziałem umowę w terminie, a mimo to dostałem fakturę.", "Nikt nie potwierdził mojego wypowiedzenia."),
        ("Nadal dostaję reklamy, choć wycofałem zgodę.", "W mojej kopercie był list do sąsiada."),
    ),
}
_ENDINGS = {
    "en_US": (
        "Please reply within a week.",
        "I expect a refund.",
        "Otherwise I will look for another insurer.",
        "This is not acceptable.",
        "",
    ),
    "it_IT": (
        "Attendo risposta entro una settimana.",
        "Mi aspetto un rimborso.",
        "Altrimenti cambierò assicurazione.",
        "Non è accettabile.",
        "",
    ),
    "de_DE": (
        "Bitte antworten Sie binnen einer Woche.",
        "Ich erwarte eine Erstattung.",
        "Sonst suche ich mir eine andere Versicherung.",
        "Das ist nicht hinnehmbar.",
        "",
    ),
    "fr_FR": (
        "Merci de répondre sous une semaine.",
        "J'attends un remboursement.",
        "Sinon je chercherai un autre assureur.",
        "Ce n'est pas acceptable.",
        "",
    ),
    "es_ES": (
        "Espero respuesta en una semana.",
        "Espero un reembolso.",
        "Si no, buscaré otra aseguradora.",
        "Esto no es aceptable.",
        "",
    ),
    "nl_NL": (
        "Graag antwoord binnen een week.",
        "Ik verwacht een terugbetaling.",
        "Anders zoek ik een andere verzekeraar.",
        "Dit is niet aanvaardbaar.",
        "",
    ),
    "pl_PL": (
        "Proszę o odpowiedź w ciągu tygodnia.",
        "Oczekuję zwrotu pieniędzy.",
        "W przeciwnym razie poszukam innego ubezpieczyciela.",
        "To jest nie do przyjęcia.",
        "",
    ),
}
_GREETINGS = {
    "en_US": "Regards,",
    "it_IT": "Cordiali saluti,",
    "de_DE": "Mit freundlichen Grüßen",
    "fr_FR": "Cordialement,",
    "es_ES": "Saludos cordiales,",
    "nl_NL": "Met vriendelijke groet,",
    "pl_PL": "Z poważaniem,",
}
_SIGNED = 0.45  # share of texts that end with the writer's name


def complaint_texts(
    generator: np.random.Generator, locale: str, category: IntArray, first: pa.Array, last: pa.Array
) -> pa.Array:
    """One text a complaint, in the locale's language, fitting its category."""
    n = len(category)
    openings = _OPENINGS[locale]
    sizes = np.array([len(texts) for texts in openings])
    place = (np.cumsum(sizes) - sizes)[category] + np.floor(generator.random(n) * sizes[category]).astype(np.int64)
    opening = picked([text for texts in openings for text in texts], place)
    ending = picked(_ENDINGS[locale], generator.integers(0, len(_ENDINGS[locale]), n))
    signature = joined(f" {_GREETINGS[locale]} ", first, " ", last)
    signature = pc.if_else(pa.array(chance(generator, _SIGNED, n)), signature, "")
    return pc.utf8_trim_whitespace(joined(opening, " ", ending, signature))
