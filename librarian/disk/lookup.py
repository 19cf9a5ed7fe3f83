"""How are records found by what their data are? In a table beside theirs, which SQLite keeps up.

A row for each thing that can be asked for: the hash of the bytes, and each band of the difference
hash (picture/phash.py). Triggers write and delete it with the record, whoever does that.
"""

ITEMS = """json_each(
    CASE WHEN json_valid({row}.document) THEN {row}.document ELSE '{}' END, '$._librarian.data'
) AS item"""
ROWS = """
SELECT json_extract(item.value, '$.tag') AS tag, 'received_sha256' AS name,
    json_extract(item.value, '$.received_sha256') AS value, {row}.id AS id, '' AS phash
FROM {from} WHERE item.type = 'object'
UNION ALL
SELECT json_extract(item.value, '$.tag'), 'phash_bands', band.value, {row}.id,
    json_extract(item.value, '$.phash')
FROM {from}, json_each(item.value, '$.phash_bands') AS band WHERE item.type = 'object'
"""
FILL = """
INSERT OR IGNORE INTO "{table}_seen"
SELECT tag, name, value, id, phash FROM ({rows})
WHERE tag IS NOT NULL AND value IS NOT NULL AND phash IS NOT NULL
"""


def _fill(row: str, source: str) -> str:
    items = source + ITEMS.replace("{row}", row)
    rows = ROWS.replace("{row}", row).replace("{from}", items)
    return FILL.replace("{rows}", rows)


STATEMENTS = (
    """CREATE TABLE IF NOT EXISTS "{table}_seen" (
        tag TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL,
        phash TEXT NOT NULL, PRIMARY KEY (tag, name, value, id)
    ) WITHOUT ROWID""",
    'CREATE INDEX IF NOT EXISTS "{table}_seen_of" ON "{table}_seen" (id)',
    'CREATE TRIGGER IF NOT EXISTS "{table}_saw" AFTER INSERT ON "{table}" BEGIN '
    + _fill("NEW", "")
    + "; END",
    """CREATE TRIGGER IF NOT EXISTS "{table}_forgot" AFTER DELETE ON "{table}" BEGIN
        DELETE FROM "{table}_seen" WHERE id = OLD.id; END""",
    _fill("kept", '"{table}" AS kept, '),
)
"""What makes the table, in one transaction; `{table}` stands for that of the records."""
MADE = "SELECT 1 FROM sqlite_master WHERE name = ?"
FIND = """
SELECT id, phash FROM "{table}_seen" WHERE tag = ? AND name = ? AND value IN ({places})
LIMIT {most}
"""


def statements(table: str) -> list[str]:
    """Give what makes the table beside one of records."""
    return [each.replace("{table}", table) for each in STATEMENTS]


def find(table: str, count: int, most: int) -> str:
    """Give the question for so many values of one tag and name, and so many answers at most."""
    places = ", ".join("?" * count)
    return FIND.format(table=table, places=places, most=most)
