"""What did the owner answer? One frozen value, and what of it does not go together."""

from dataclasses import dataclass

from librarian.presets import Preset
from librarian.presets.labels import Label

HERE, ELSEWHERE = "here", "mongodb+s3"
KEEPS = {
    HERE: "on this machine: files in a folder, labels in SQLite",
    ELSEWHERE: "labels in MongoDB, data in S3 or a look-alike",
}
ANYBODY, KEY = "anybody", "key"
SENDERS = {ANYBODY: "whoever finds the page", KEY: "those whom you give a key, made now"}
MACHINE, NGINX, DOCKER, HEROKU = "machine", "nginx", "docker", "heroku"
PLACES = {
    MACHINE: "this machine, alone",
    NGINX: "this machine, two instances behind nginx",
    DOCKER: "containers: nginx, librarians, MongoDB, MinIO",
    HEROKU: "Heroku",
}


class Unfit(Exception):
    """An answer cannot be taken; the text says to the owner why."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that was answered, read and checked."""

    preset: Preset
    labels: tuple[Label, ...]
    language: str
    title: str
    where: str
    keep: str
    send: str
    mongodb_uri: str = ""
    bucket: str = ""
    endpoint: str = ""
    access_key: str = ""
    secret_key: str = ""

    @property
    def lacking(self) -> tuple[str, ...]:
        """The variables that are still to be filled in before it can serve."""
        if self.keep == HERE or self.where == DOCKER:
            return ()
        needed = {"MONGODB_URI": self.mongodb_uri, "S3_BUCKET": self.bucket}
        return tuple(name for name, value in needed.items() if not value)
