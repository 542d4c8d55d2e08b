"""Labels that tell the writer something instead of telling the reader: data for the outline writer."""

NOTES = frozenset(
    {
        *(
            "angle",
            "audience",
            "deadline",
            "due",
            "format",
            "goal",
            "keyword",
            "keywords",
            "length",
            "note to writer",
        ),
        *("notes", "objective", "persona", "reader", "readers", "style", "target audience", "tone", "tone of voice"),
        *("voice", "word count", "words", "seo", "title", "working title", "internal", "owner", "author"),
        *("zielgruppe", "ziel", "ton", "tonalität", "länge", "stil", "schlagwort", "schlüsselwort", "frist", "notiz"),
        *("public", "cible", "objectif", "ton de voix", "longueur", "mot-clé", "mots-clés", "échéance"),
        *("audiencia", "público", "objetivo", "tono", "longitud", "palabra clave", "palabras clave", "plazo"),
    }
)
CLOSINGS = frozenset(
    {
        *("call to action", "cta", "closing", "close", "next step", "next steps", "conclusion", "takeaway"),
        *("handlungsaufforderung", "schluss", "fazit", "nächster schritt", "appel à l'action", "conclusión"),
        *("llamada a la acción", "prochaine étape", "siguiente paso"),
    }
)


def role(label: str) -> str:
    """ "note", "closing", or "" when the label belongs to the text."""
    plain = label.strip().casefold().replace("’", "'")
    return "note" if plain in NOTES else "closing" if plain in CLOSINGS else ""
