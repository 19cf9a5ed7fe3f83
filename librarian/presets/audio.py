"""What does it take to collect sounds? A recording, and which word is said in it."""

from librarian.presets.preset import Preset, Words

AUDIO = Preset(
    name="audio",
    help="recordings, and what is heard in each",
    intake={"type": ["file", "base64", "raw"], "tag": "sound"},
    actor="file",
    folder="sounds",
    labels="word: yes, no, other",
    words={
        "en": Words(
            "What do you hear?",
            "Send a short recording and say what is heard in it.",
            "What is said?",
        ),
        "fi": Words(
            "Mitä kuulet?", "Lähetä lyhyt äänite ja kerro, mitä siinä kuuluu.", "Mitä sanotaan?"
        ),
    },
    data_valid=[{"validator": "file", "args": [["audio/*"]]}],
    taken=frozenset({"sound"}),
)
