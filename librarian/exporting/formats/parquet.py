"""Shards of Parquet, data and labels in one table."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from librarian.exporting import table
from librarian.exporting.context import Context
from librarian.exporting.fetching import Fetched
from librarian.exporting.formats.format import Features, Format, whole
from librarian.exporting.plan import Piece

GROUP = 4 * 2**20
"""Bytes of data in one row group: what a reader holds at one time."""
ROWS = 1000


class Parquet(Format):
    """Shards of Parquet with data and labels in one table; needs the extra `parquet` (pyarrow)."""

    name = "parquet"
    sharded = True
    ending = "parquet"

    def ready(self) -> None:
        """Raise ImportError where pyarrow is not installed; have it give memory back at once."""
        import pyarrow as pa

        pa.set_memory_pool(pa.system_memory_pool())

    def write(self, context: Context, piece: Piece, records: Iterator[Fetched]) -> None:
        """Write one shard; the settings of the writer are fixed."""
        import pyarrow as pa
        from pyarrow import parquet

        schema = _schema(context)
        plain = [name for name in schema.names if not _holds_data(context, name)]
        with (
            whole(context.folder / self.shard(piece)) as file,
            parquet.ParquetWriter(
                file, schema, version="2.6", compression="snappy", use_dictionary=plain,
                write_statistics=plain, data_page_version="1.0", store_schema=True,
            ) as writer,
        ):  # fmt: skip
            for rows in _groups(context, records):
                writer.write_table(pa.Table.from_pylist(rows, schema), row_group_size=len(rows))

    def features(self, context: Context) -> Features:
        """Name the columns."""
        kinds = {"image": "image", "audio": "audio", "text": "string", "file": "binary"}
        data = [(each.tag, kinds[each.kind]) for each in context.inputs]
        return [("uid", "string"), *data, *table.labels(context, context.columns)]


def _holds_data(context: Context, name: str) -> bool:
    return any(each.tag == name for each in context.inputs)


def _groups(context: Context, records: Iterator[Fetched]) -> Iterator[list[dict[str, Any]]]:
    """Put rows together until they are a row group; the same records make the same groups."""
    rows: list[dict[str, Any]] = []
    held = 0
    for fetched in records:
        if fetched.fault:
            continue
        rows.append(_row(context, fetched))
        held += fetched.row.bytes
        if held >= GROUP or len(rows) >= ROWS:
            yield rows
            rows, held = [], 0
    if rows:
        yield rows


def _row(context: Context, fetched: Fetched) -> dict[str, Any]:
    row: dict[str, Any] = {"uid": fetched.row.uid}
    for each in context.inputs:
        content, item = fetched.content.get(each.tag), context.item(fetched.row, each.tag)
        if content is None or item is None:
            row[each.tag] = None
        elif each.kind == "text":
            row[each.tag] = content.decode()
        elif each.kind == "file":
            row[each.tag] = content
        else:
            row[each.tag] = {"bytes": content, "path": context.name(fetched.row, item)}
    return row | context.said(fetched.row)


def _schema(context: Context) -> Any:
    """Give the schema, with what `datasets` reads in it even without a card."""
    import pyarrow as pa

    media = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    types = {"image": media, "audio": media, "binary": pa.binary(), **_scalars(pa)}
    fields, told = [], {}
    for name, kind in Parquet().features(context):
        if isinstance(kind, Mapping):
            item = kind["sequence"]
            fields.append((name, pa.list_(types[item])))
            told[name] = {"feature": {"dtype": item, "_type": "Value"}, "_type": "Sequence"}
        else:
            fields.append((name, types[kind]))
            medium = kind in ("image", "audio")
            told[name] = {"_type": kind.title()} if medium else {"dtype": kind, "_type": "Value"}
    whole_of_it = json.dumps({"info": {"features": told}})
    return pa.schema(fields, metadata={"huggingface": whole_of_it})


def _scalars(pa: Any) -> dict[str, Any]:
    return {
        "string": pa.string(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
    }
