"""Shards of tar, which trainers read from end to end without opening a file for each record."""

import tarfile
from collections.abc import Iterator, Mapping
from typing import Any

from librarian import strictjson
from librarian.exporting import naming, table
from librarian.exporting.context import Context
from librarian.exporting.fetching import Fetched
from librarian.exporting.formats.format import Features, Format, whole
from librarian.exporting.plan import Piece, Row


class Webdataset(Format):
    """Shards of tar: of each record its data and `<uid>.json` with its labels, one after another.

    All data of one input have one ending, that of most of them, for loaders want the same members
    of every record; decoders look at the bytes.
    """

    name = "webdataset"
    sharded = True
    ending = "tar"

    def write(self, context: Context, piece: Piece, records: Iterator[Fetched]) -> None:
        """Write one shard; its headers say nothing of times and owners."""
        with whole(context.folder / self.shard(piece)) as file:
            for fetched in records:
                if not fetched.fault:
                    row = fetched.row
                    members = [
                        _member(self.member(context, row, item), fetched.content[item["tag"]])
                        for item in row.data
                    ]
                    told = strictjson.dumps({"uid": row.uid, **context.said(row)})
                    file.write(b"".join([*members, _member(f"{row.uid}.json", told)]))
            file.write(b"\0" * (tarfile.RECORDSIZE - file.tell() % tarfile.RECORDSIZE))

    def member(self, context: Context, row: Row, item: Mapping[str, Any]) -> str:
        """Name a piece of data within its shard."""
        return f"{row.uid}.{_ending(context, item['tag'])}"

    def features(self, context: Context) -> Features:
        """Name the members of a record, as they come out of the shards."""
        kinds = {"image": "image", "audio": "audio", "text": "string", "file": "binary"}
        data = [(_ending(context, each.tag), kinds[each.kind]) for each in context.inputs]
        labels = [("uid", "string"), *table.labels(context, context.columns)]
        struct = [{"name": name, **table.typed(kind)} for name, kind in labels]
        return [*data, ("json", {"struct": struct}), ("__key__", "string"), ("__url__", "string")]


def _ending(context: Context, tag: str) -> str:
    """Give what stands after a record's uid: the ending, the tag before it where there are more."""
    own = next(each for each in context.inputs if each.tag == tag)
    ending = "txt" if own.kind == "text" else naming.extension(own.media_type).removeprefix(".")
    return f"{tag}.{ending}" if context.several else ending


def _member(name: str, content: bytes) -> bytes:
    """Give a file as it stands in a tar (POSIX.1-1988, ustar): header, content, padding."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return b"".join(
        [member.tobuf(tarfile.USTAR_FORMAT), content, b"\0" * (-len(content) % tarfile.BLOCKSIZE)]
    )
