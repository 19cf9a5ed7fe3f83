"""What does it take to collect texts? A sentence or some, and how they sound."""

from librarian.presets.preset import Preset, Words

TEXT = Preset(
    name="text",
    help="sentences, and the mood or kind of each",
    intake={"type": "text", "tag": "text"},
    actor="file",
    folder="texts",
    labels="mood: glad, sad, neither",
    words={
        "en": Words(
            "How does it sound?",
            "Write a sentence, or some, and say how they sound to you.",
            "How does it sound?",
        ),
        "fi": Words(
            "Miltä se kuulostaa?",
            "Kirjoita lause tai muutama ja kerro, miltä ne sinusta kuulostavat.",
            "Miltä se kuulostaa?",
        ),
    },
    data_valid=[{"validator": "text", "kwargs": {"min_length": 1, "max_length": 2000}}],
    taken=frozenset({"text"}),
)
