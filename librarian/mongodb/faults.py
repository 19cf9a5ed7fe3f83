"""What does a fault of MongoDB's mean to an owner? What to look at, in fixed words.

What the server and the driver said is looked through for signs, and never quoted: there may be
addresses and documents in it.
"""

import re

NOT_THIS_USER = "does not know this user with this password"
REFUSED = {
    11: NOT_THIS_USER,
    13: "does not let this user do that, or lets nobody in without a user",
    18: NOT_THIS_USER,
    8000: NOT_THIS_USER,  # MongoDB's own cloud, Atlas
}
"""By the code of the server's error."""
UNREACHED = (
    (r"authentication failed|bad auth", f"the server {NOT_THIS_USER}"),
    (
        r"not known|nodename nor servname|name resolution|getaddrinfo|No address associated",
        "there is no server of this name",
    ),
    (r"CERTIFICATE|SSL|TLS", "the server and this machine do not agree on TLS"),
    (r"refused", "nothing listens at the server's address"),
    (r"No primary|ReplicaSetNoPrimary", "none of the servers found is the replica set's primary"),
)
"""Signs in what the driver says of a server that could not be selected, the surest first."""
UNNAMED = re.compile(r"DNS|resolution|nameservers?", re.I)


def refused(code: int | None) -> str:
    """Say why a server refuses."""
    return f"the server {REFUSED[code]}" if code in REFUSED else f"the server refuses, code {code}"


def unreached(said: str) -> str:
    """Say why a server cannot be reached."""
    found = (told for sign, told in UNREACHED if re.search(sign, said))
    return next(found, "the server does not answer; does it let this machine's address in?")


def given_up(said: str) -> str:
    """Say why the driver did not even begin: for mongodb+srv:// it asks a name server first."""
    return (
        "no name server knows the address's host" if UNNAMED.search(said) else "the client gave up"
    )
