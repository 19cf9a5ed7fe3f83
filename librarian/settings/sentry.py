"""How is the address read that errors are sent to? As Sentry gives it: a DSN, which is a secret."""

import re
from importlib.util import find_spec
from typing import Annotated

from pydantic import AfterValidator, SecretStr

FORM = re.compile(r"https?://[^\s/@:]+(:[^\s/@]+)?@[^\s/@]+(/[^\s/]+)*/[0-9]+")
"""PROTOCOL://KEY@HOST/PROJECT (Sentry's developer documentation, "Parsing the DSN")."""


def _usable(dsn: SecretStr) -> SecretStr:
    said = dsn.get_secret_value()
    if said and not FORM.fullmatch(said):
        raise ValueError("must be as Sentry shows it: https://KEY@HOST/PROJECT, or empty")
    if said and not find_spec("sentry_sdk"):
        raise ValueError('needs the extra [sentry]: pip install "data-librarian[sentry]"')
    return dsn


Dsn = Annotated[SecretStr, AfterValidator(_usable)]
