"""What of a contribution is kept? Data without what is to go, and of its sender what is allowed."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import is_

from librarian import privacy
from librarian.privacy import sender
from librarian.privacy.salt import Salt
from librarian.problem import Problem
from librarian.record import Part, Record, Submission
from librarian.stage import StoreError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keeping:
    """The rules of one service; the members of PRIVACY_CONFIG, and where its salts lie."""

    salt: Salt
    strip: str
    keep_ip: str
    consent_text: str
    consent_version: str

    def start(self) -> None:
        """Delete the salts of past days."""
        try:
            self.salt.forget()
        except StoreError as error:
            log.error("the salts of past days are still there: %s", error)

    def faults(self, parts: Sequence[Part], refused: Sequence[Problem]) -> Iterator[Problem]:
        """Yield why parts cannot be taken that no validator has refused."""
        for part in parts if self.strip != "none" else ():
            fault = privacy.fault(part)
            if fault and not any(problem.path[:1] == (part.tag,) for problem in refused):
                yield fault

    def kept(self, record: Record, submission: Submission) -> Record:
        """Give a record as it is to be kept. Raises Failure (`receive`, `data-validation`)."""
        agreed = sender.consent(submission.consent, self.consent_version, self.consent_text)
        data = record.data
        if self.strip != "none":
            everything = self.strip == "all"
            data = tuple(privacy.stripped(part, everything=everything) for part in data)
        address = sender.address(submission.address, self.keep_ip, self.salt)
        told = {**agreed, **address, **submission.origin}
        if not told and not record.sender and all(map(is_, data, record.data)):
            return record
        return replace(record, data=data, sender=told)
