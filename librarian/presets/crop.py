"""What does it take to collect crops? A photo, and the part of it that a person would keep."""

from librarian.presets.preset import Preset, Words

EDGES = ["top", "left", "bottom", "right"]
"""The crop, in fractions of the picture, as cropping pages send it since 2020."""
ROUNDED = 0.01
"""What a page may be off by at the picture's edge."""

CROP = Preset(
    name="crop",
    help="photos, and the part of each that a person would keep",
    intake={"type": ["base64", "file", "raw"], "tag": "image"},
    actor="image",
    folder="images",
    labels="",
    words={
        "en": Words(
            "How would you crop it?",
            "Send a photo and draw a frame around the part you would keep.",
            "",
        ),
        "fi": Words(
            "Miten rajaisit kuvan?",
            "Lähetä valokuva ja piirrä kehys sen osan ympärille, jonka säilyttäisit.",
            "",
        ),
    },
    data_valid=[{"validator": "img"}],
    label_valid=[
        {
            "validator": "type",
            "args": [
                {
                    **dict.fromkeys(EDGES, "float"),
                    "rotate": "float?",
                    "aspect_ratio": "float?",
                    "filename": "str?",
                }
            ],
        }
    ],
    cross_valid=[
        {
            "validator": "inside",
            "args": [EDGES],
            "kwargs": {"unit": "fractions", "tolerance": ROUNDED},
        }
    ],
    taken=frozenset({"image", *EDGES, "rotate", "aspect_ratio"}),
)
