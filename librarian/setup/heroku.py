"""What does Heroku ask when an app is made of a clone? app.json: prompts, and secrets made there.

The file follows the app.json schema of Heroku's Platform Reference. A variable with a value is
filled in and can be changed, one without is asked for.
"""

import json
from typing import Any

from librarian.setup import variables
from librarian.setup.answers import KEY, Answers
from librarian.setup.variables import LOOKING, SIGNING

SENDING = "SENDING_KEY"
ASKED = {
    "MONGODB_URI": ("MongoDB's address with user and password, mongodb+srv://…", True),
    "S3_BUCKET": ("Name of the S3 bucket, which must be there", True),
    "AWS_ACCESS_KEY_ID": ("S3 access key of a user who may use that bucket alone", True),
    "AWS_SECRET_ACCESS_KEY": ("S3 secret key of that user", True),
    "AWS_REGION": ("Region of the bucket, like eu-central-1", False),
    "AWS_ENDPOINT_URL": ("Address of an S3 look-alike; empty for Amazon", False),
}


def app_json(answers: Answers) -> dict[str, Any]:
    """Give app.json: what the answers say stands in it, secrets are asked for or made."""
    told: dict[str, Any] = {}
    for name, (description, required) in ASKED.items():
        told[name] = {"description": description, "required": required}
    for section in (
        variables.checks(answers),
        variables.page(answers),
        variables.stores(answers),
    ):
        for name, value in section.variables.items():
            written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            told[name] = {"description": section.comment, "value": written, "required": False}
    told[SIGNING] = _made("What receipts and sessions are signed with")
    told[LOOKING] = _made("The key with which you look at what came in, at /desk")
    if answers.send == KEY:
        told[SENDING] = _made("The key that contributors send")
    access = variables.access(LOOKING, SENDING if answers.send == KEY else "")
    told["ACCESS_CONFIG"] = {
        "description": "Who may look, and who may send",
        "value": json.dumps(access),
        "required": False,
    }
    return {
        "name": "DataLibrarian",
        "description": "Takes in crowdsourced training data: received, validated, stored, answered",
        "keywords": ["crowdsourcing", "training data", "machine learning", "flask"],
        "success_url": "/",
        "stack": "heroku-24",
        "buildpacks": [{"url": "heroku/python"}],
        "formation": {"web": {"quantity": 1, "size": "basic"}},
        "env": told,
    }


def _made(what: str) -> dict[str, str]:
    """Have Heroku make a secret: 64 random hexadecimal digits."""
    return {"description": f"{what}: made here, look it up in the settings", "generator": "secret"}
