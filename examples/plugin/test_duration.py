"""Does the package's validator do what it says, once it is installed beside DataLibrarian?"""

import io
import json
import wave

from librarian.record import Blob
from librarian.settings import load


def sound(seconds: float) -> bytes:
    """Write silence as WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, 8000, 0, "NONE", ""))
        written.writeframes(bytes(2 * int(8000 * seconds)))
    return file.getvalue()


def rules(content: bytes) -> list[str]:
    """Give the rules that are broken."""
    chain = [{"validator": "Duration", "kwargs": {"min": 0.5, "max": 2}}]
    variables = {
        "INPUT_CONFIG": '{"type": "raw", "tag": "sound"}',
        "DATA_VALID_CONFIG": json.dumps(chain),
        "DATA_ACTOR_CONFIG": "[]",
        "LABEL_ACTOR_CONFIG": "[]",
        "PRIVACY_STRIP": "none",
    }
    (step,) = load(variables).data_valid
    return [problem.rule for problem in step.run(Blob("sound", content))]


def test_a_sound_of_the_asked_length_is_taken() -> None:
    assert rules(sound(1)) == []


def test_one_that_is_too_short_or_too_long_is_refused() -> None:
    assert rules(sound(0.25)) == ["min"]
    assert rules(sound(3)) == ["max"]


def test_what_is_no_sound_is_refused() -> None:
    assert rules(b"") == rules(b"RIFF\0\0\0\0WAVE") == rules(b"%PDF-1.7") == ["format"]
