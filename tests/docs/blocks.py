"""Which fenced blocks are in the documents, and what is said of how each is looked after?

The first word after the fence is the language. What may follow it:

    run-by: PATH         that test runs it
    not-run: REASON      it cannot run here
    refused: STATUS      its request is refused with this status
    needs: stores        it runs with MongoDB and S3
    own                  it names a component that the page has its reader write
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGES = (ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md")))
FENCE = re.compile(r"^(`{3,})([^\s`]*) *([^\n]*)\n(.*?)^\1$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    page: str
    line: int
    language: str
    said: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def how(self) -> tuple[str, str]:
        """Give the word that says how it is looked after, and what follows it."""
        word, _, rest = self.said.partition(":")
        return word.strip(), rest.strip()


def blocks() -> list[Block]:
    """Find them all."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for each in FENCE.finditer(text):
            line = text.count("\n", 0, each.start()) + 1
            name = str(page.relative_to(ROOT))
            found.append(Block(name, line, each[2], each[3], each[4]))
    return found


BLOCKS = blocks()
