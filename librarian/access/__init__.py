"""Who is calling, and may they? Told from the key that is sent, before anything else is read.

Submit keys let send, review keys let look at what came in. Where there are submit keys, sending
needs one, unless the service is public beside them. Keys come as `Authorization: Bearer` (RFC 6750)
and in no other way, but for the field of the page's own form, which a browser without a script can
fill in: an address with a key in it would stand in logs and histories.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from librarian.access.keys import TOKEN, Busy, Key, Keyring
from librarian.problem import Problem
from librarian.stage import AUTH, FORBIDDEN, OVERLOAD, Failure
from librarian.uid import PUBLIC

MISSING, WRONG = "key-missing", "key-wrong"
"""The rules of the two failures of `auth`."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as far as their key says it."""

    scope: str = PUBLIC
    """Tells callers of different keys apart; idempotency keys hold within it."""
    name: str = ""
    """What the configuration calls the key; never told to a client."""

    @property
    def called(self) -> str:
        """What stands in the audit trail of who called: the key's name, or what tells it apart."""
        return f"key {self.name or self.scope.rpartition(' ')[2][:8]}"

    @property
    def keyed(self) -> bool:
        """Whether the caller has a key."""
        return self.scope != PUBLIC


ANYBODY = Caller()
"""Who calls without a key."""


class Access:
    """The keys of one service, and what each lets do."""

    def __init__(
        self, submit: Sequence[Key] = (), review: Sequence[Key] = (), *, public: bool = False
    ) -> None:
        self._submit, self._review = frozenset(submit), frozenset(review)
        self._public = public or not submit
        self._keyring = Keyring([*submit, *(key for key in review if key not in self._submit)])

    def submitter(self, authorization: str) -> Caller:
        """Let a contribution in, told the Authorization header. Raises Failure."""
        found = self._known(authorization)
        if not found:
            if self._public:
                return ANYBODY
            message = "This service takes contributions only with an access key."
            raise Failure(AUTH, Problem(MISSING, message))
        for key in found:
            if key in self._submit:
                return Caller(key.scope, key.name)
        message = "This key is for looking at contributions, not for sending them."
        raise Failure(FORBIDDEN, Problem("key", message))

    def reviewer(self, authorization: str) -> Caller:
        """Let somebody look at what came in, told the Authorization header. Raises Failure."""
        found = self._known(authorization)
        if not found:
            raise Failure(AUTH, Problem(MISSING, "This needs a review key."))
        for key in found:
            if key in self._review:
                return Caller(key.scope, key.name)
        message = "This key is for sending contributions, not for looking at them."
        raise Failure(FORBIDDEN, Problem("key", message))

    @property
    def reviewed(self) -> bool:
        """Whether any key lets somebody look."""
        return bool(self._review)

    def reviewer_of(self, scope: str) -> Caller | None:
        """Give who has the review key of a scope, None where there is no such key any more."""
        return next((Caller(scope, key.name) for key in self._review if key.scope == scope), None)

    def _known(self, authorization: str) -> tuple[Key, ...]:
        """Give the keys that were sent, none where none was. Raises Failure for an unknown one.

        A wrong key is refused also where none is needed: its sender should know, for what they
        send would count as somebody else's.
        """
        scheme, _, token = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or not (self._submit or self._review):
            return ()
        found: tuple[Key, ...] = ()
        if TOKEN.fullmatch(token := token.strip()):
            try:
                found = self._keyring.find(token)
            except Busy:
                message = "Too many keys are being looked at just now; please come again."
                raise Failure(OVERLOAD, Problem("keys", message)) from None
        if not found:
            raise Failure(AUTH, Problem(WRONG, "This access key is not known here."))
        return found
