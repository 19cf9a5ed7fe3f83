"""Is an origin matched exactly, or by whole names below a domain, and never by a look-alike?"""

import pytest
from pydantic import TypeAdapter, ValidationError

from librarian.access.origins import Origin, matches

BELOW = ("https://*.example.org",)
READ = TypeAdapter(Origin)


@pytest.mark.parametrize(
    "origin", ["https://a.example.org", "https://a.b.example.org", "https://x--1.example.org"]
)
def test_a_star_is_any_whole_names_before_a_domain(origin: str) -> None:
    assert matches(origin, BELOW)


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.org",
        "https://.example.org",
        "https://evilexample.org",
        "https://example.org.evil.com",
        "https://a.example.org.evil.com",
        "https://evil.com/.example.org",
        "https://evil.com#.example.org",
        "https://evil.com\\.example.org",
        "https://user@a.example.org",
        "https://a..example.org",
        "https://-a.example.org",
        "https://*.example.org.",
        "http://a.example.org",
        "https://a.example.org:8443",
        "https://evil.com:80.example.org",
        "null",
        "",
    ],
)
def test_what_only_looks_alike_does_not_match(origin: str) -> None:
    assert not matches(origin, BELOW)


def test_a_port_belongs_to_the_origin() -> None:
    assert matches("https://a.example.org:8443", ("https://*.example.org:8443",))
    assert not matches("https://a.example.org", ("https://*.example.org:8443",))
    assert matches("http://localhost:3000", ("http://localhost:3000",))
    assert not matches("http://localhost:3001", ("http://localhost:3000",))


def test_every_page_may_where_the_star_stands_alone() -> None:
    assert matches("https://anything.example", ("*",))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("HTTPS://Example.ORG", "https://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("http://example.org:80", "http://example.org"),
        ("http://example.org:443", "http://example.org:443"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("null", "null"),
        ("*", "*"),
    ],
)
def test_an_entry_is_read_as_browsers_write_it(written: str, read: str) -> None:
    assert READ.validate_python(written) == read


@pytest.mark.parametrize(
    "entry",
    [
        "example.org",
        "https://example.org/",
        "https://example.org/page",
        "https://",
        "https://*",
        "https://*.org",
        "https://a.*.example.org",
        "https://*example.org",
        "https://*.*.example.org",
        "*.example.org",
        "https://münchen.example",
        "https://u:p@example.org",
        "https://exa mple.org",
        "https://example.org:port",
    ],
)
def test_what_is_no_origin_is_told(entry: str) -> None:
    with pytest.raises(ValidationError, match=r"must be an origin|a star stands"):
        READ.validate_python(entry)
