"""What does it take to collect boxes? A photo, where a thing is in it, and which thing that is."""

from librarian.presets.preset import Preset, Words

SIDES = ["x", "y", "width", "height"]
"""The box, in whole pixels of the picture, as detectors are trained on it."""

BOXES = Preset(
    name="boxes",
    help="photos, a box around a thing in each, and which thing it is",
    intake={"type": ["base64", "file", "raw"], "tag": "image"},
    actor="image",
    folder="images",
    labels="label: cat, dog",
    words={
        "en": Words(
            "Where is it?",
            "Send a photo, draw a box around one thing in it, and say which thing it is. Where"
            " there are several, send the photo again for each.",
            "What is in the box?",
        ),
        "fi": Words(
            "Missä se on?",
            "Lähetä valokuva, piirrä kehys yhden kohteen ympärille ja kerro, mikä se on. Jos"
            " kohteita on useita, lähetä kuva uudelleen kutakin varten.",
            "Mitä kehyksessä on?",
        ),
    },
    data_valid=[{"validator": "img"}],
    label_valid=[
        {"validator": "type", "args": [{**dict.fromkeys(SIDES, "int"), "filename": "str?"}]}
    ],
    cross_valid=[{"validator": "inside", "args": [SIDES]}],
    taken=frozenset({"image", *SIDES}),
)
