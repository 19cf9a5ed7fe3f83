"""How are the generated documents written anew? `python -m librarian.catalog` (`make docs`)."""

from pathlib import Path

from librarian.catalog import env_example, metrics, reference

ROOT = Path(__file__).parent.parent.parent
GENERATED = {
    ".env.example": env_example,
    "docs/metrics.md": metrics,
    "docs/reference.md": reference,
}

if __name__ == "__main__":
    for name, write in GENERATED.items():
        (ROOT / name).write_text(write(), encoding="utf-8")
