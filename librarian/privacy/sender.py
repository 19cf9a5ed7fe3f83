"""What is kept of who sent a contribution? By default nothing; see PRIVACY_CONFIG."""

import hashlib
import hmac
import ipaddress
import logging
from collections.abc import Mapping
from typing import Any

from librarian.privacy.salt import Salt
from librarian.problem import Problem
from librarian.stage import RECEIVE, Failure, StoreError

log = logging.getLogger(__name__)


def consent(sent: str, version: str, text: str) -> Mapping[str, Any]:
    """Give the consent that a contributor sent, with its text. Raises Failure (`receive`).

    Another version than the one asked for was given to another text, which nobody here can show.
    """
    if not sent:
        return {}
    if not version:
        message = "This service asks for no consent; please send without Librarian-Consent."
        raise Failure(RECEIVE, Problem("consent", message))
    if sent != version:
        message = "What you agreed to has changed; please reload the page, read it and agree again."
        raise Failure(RECEIVE, Problem("consent", message, limit=version, actual=sent))
    return {"consent": {"version": version, "text": text}}


def address(peer: str, keep: str, salt: Salt) -> Mapping[str, Any]:
    """Give what is kept of a client's address: nothing, its hash of the day, or itself."""
    if keep == "no" or not peer:
        return {}
    known = _plain(peer)
    if keep == "yes":
        return {"ip": known}
    try:
        mixed = hmac.new(salt.today(), known.encode(), hashlib.sha256)
    except StoreError as error:
        log.error("an address could not be hashed, so nothing of it is kept: %s", error)
        return {}
    return {"ip_hash": mixed.hexdigest()[:32]}


def _plain(peer: str) -> str:
    """Write an address always in the same way, IPv4 also where it comes as IPv6 (RFC 4291)."""
    try:
        found = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    return str(getattr(found, "ipv4_mapped", None) or found)
