"""Is this an address of MongoDB? Told without asking a name server, and without quoting it.

An address is `host[:port]`, several with commas between, or a connection string as MongoDB
specifies it, `mongodb://` or `mongodb+srv://`, with or without credentials.
"""

import re

SCHEME = re.compile(r"mongodb(\+srv)?://")
HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_.%-]+)(?::[0-9]{1,5})?"
SERVER = re.compile(rf"(?P<hosts>{HOST}(?:,{HOST})*)(?:/(?P<path>[^?/]*))?(?:\?(?P<options>.*))?")


def apart(address: str) -> re.Match[str]:
    """Take an address apart behind its scheme and credentials. Raises ValueError."""
    found = SERVER.fullmatch(SCHEME.sub("", address, count=1).rpartition("@")[2])
    if found is None:
        raise ValueError("the address is not host[:port] with commas between several, or a URI")
    return found


def check(address: str, *, credentials: bool) -> None:
    """Check what can be told without asking a name server. Raises ValueError, quoting nothing."""
    from pymongo.errors import PyMongoError
    from pymongo.uri_parser import parse_uri

    scheme = SCHEME.match(address)
    if credentials and scheme is None:
        raise ValueError("a URI begins with mongodb:// or mongodb+srv://")
    if not credentials and "@" in address:
        raise ValueError("url takes no credentials; give a whole URI instead, alone")
    found = apart(address)
    if scheme and scheme[1]:
        if re.search("[,:]", found["hosts"]):
            raise ValueError("a mongodb+srv:// address has one host, without a port")
        return
    try:
        parse_uri(address if scheme else f"mongodb://{address}", validate=True, warn=False)
    except (PyMongoError, ValueError, TypeError):
        raise ValueError(
            "the address is not one that MongoDB's drivers take: look at its options, and write"
            " @ : / % in a URI's user and password as %40 %3A %2F %25"
        ) from None
