"""How is the site of these documents made? `make site`: strict, and nothing from elsewhere."""

from typing import Any

from pygments.lexers.shell import BashLexer

from librarian import __version__

project = "DataLibrarian"
author = "The DataLibrarian founders"
release = __version__

extensions = ["myst_parser"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = project
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False


def setup(app: Any) -> None:
    """Have variables shown as a shell's, which they are but for their quotes."""
    app.add_lexer("dotenv", BashLexer)
