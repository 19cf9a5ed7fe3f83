"""Write what hosts read and what differs by preset, as it stands in the repository: `make docs`."""

import sys
from pathlib import Path

from librarian.setup import asking, files
from librarian.setup.answers import HEROKU
from librarian.setup.variables import written

FOR_HEROKU = "app.json"


def described() -> str:
    """Give the repository's own app.json: crops, every default."""
    answers = asking.answers({"where": HEROKU}, {}, ask=False)
    plans = files.planned(answers, written(answers))
    return next(plan.content for plan in plans if plan.name == FOR_HEROKU)


if __name__ == "__main__":
    Path(FOR_HEROKU).write_text(described(), encoding="utf-8")
    sys.stdout.write(f"{FOR_HEROKU}\n")
