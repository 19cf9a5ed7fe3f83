"""Which actors are there? One file each; this is the table."""

from librarian.actors.file import File
from librarian.actors.gridfs import Gridfs
from librarian.actors.image import Image
from librarian.actors.json import Json
from librarian.actors.jsonl import Jsonl
from librarian.actors.mongo import Mongo
from librarian.actors.print import Print
from librarian.actors.s3 import S3
from librarian.actors.sqlite import Sqlite
from librarian.actors.webhook import Webhook
from librarian.component import Family, table

ACTORS = Family(
    "actors", "actor", table(File, Gridfs, Image, Json, Jsonl, Mongo, Print, S3, Sqlite, Webhook)
)
