"""Is a query read as the standard library reads it?"""

from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from librarian.web import querystring

MOST = 5


def usual(text: str) -> list[tuple[str, str]] | type[Exception]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST)
    except UnicodeDecodeError:
        return UnicodeDecodeError
    except ValueError:
        return querystring.TooMany


@given(st.text(st.sampled_from("ab=&+%20cC3A9;äé \t"), max_size=40) | st.text(max_size=20))
@example("")
@example("=")
@example("&&a&&=b&c==d&")
@example("%C3%A9=%E9")
@example("a=1&a=2&b=3&c=4&d=5")
@example("a=1&a=2&b=3&c=4&d=5&e=6")
def test_it_is_read_as_the_standard_library_reads_it(text: str) -> None:
    expected = usual(text)
    if isinstance(expected, list):
        assert list(querystring.pairs(text, MOST)) == expected
    else:
        with pytest.raises(expected):
            querystring.pairs(text, MOST)
