"""What does it take to collect classes? A photo, and what is in it."""

from librarian.presets.preset import Preset, Words

CLASSIFY = Preset(
    name="classify",
    help="photos, and what each of them shows",
    intake={"type": ["base64", "file", "raw"], "tag": "image"},
    actor="image",
    folder="images",
    labels="label: cat, dog, neither",
    words={
        "en": Words("What does it show?", "Send a photo and say what is in it.", "What is it?"),
        "fi": Words("Mitä kuvassa on?", "Lähetä valokuva ja kerro, mitä siinä on.", "Mikä se on?"),
    },
    data_valid=[{"validator": "img"}],
    taken=frozenset({"image"}),
)
