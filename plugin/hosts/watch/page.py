"""The page beside a dropped cut that says how far it is; it shows itself anew every few seconds."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from lipflap.core.files.atomic import write_text
from lipflap.plugin.hosts.watch.dropped import DroppedCut

_TEMPLATE = "status.html.j2"


def write_page(cut: DroppedCut, headline: str, lines: Sequence[str], *, is_done: bool) -> None:
    """Write the page of a cut: a headline, and what is known of its shots. Raises DubError."""
    templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    page = templates.get_template(_TEMPLATE).render(
        title=cut.path.name,
        headline=headline,
        lines=lines,
        is_done=is_done,
        written=datetime.now().strftime("%Y-%m-%d %H:%M:%S"),
    )
    write_text(cut.page, page)
