"""How Sphinx builds the documentation: `make html`."""

from pathlib import Path

project = "mod_python"
copyright = "the mod_python authors"
release = (Path(__file__).parents[1] / "dist" / "VERSION").read_text("ascii").strip()

extensions = ["myst_parser"]
nitpicky = True
suppress_warnings = ["misc.highlighting_failure"]  # server pages are highlighted as the HTML that they nearly are

# Links to headings are written as they work on the web pages of repositories too.
myst_heading_anchors = 6
highlight_language = "none"

html_theme = "furo"
html_title = f"mod_python {release}"
html_copy_source = False
