"""What `lipflap work` and `lipflap review` understand: commands on a JOB that is ordered."""

from argparse import SUPPRESS, ArgumentParser
from pathlib import Path

from lipflap.plugin.argument_words import positive

WORK = """\
A queue belongs to the JOB: shots are added while others are rendered, also by the panel, and any
number of workers on any number of machines share it. A worker ends when the queue is empty or
paused; what is rendered is not rendered again.
    lipflap work JOB --add '*'           queue every shot, and render
    lipflap work JOB --drop SH010        cancel one, also while it is being rendered
    lipflap work JOB --pause             have all workers drop what they render and end
    lipflap farm status JOB              how far it is
"""

REVIEW = """\
Without a verdict, the verdicts there are. A verdict is about the picture that was seen: a shot
that is rendered anew has none. Then: lipflap conform CUT JOB --approved
SHOT is a name; * and ? match.
"""


def work(command: ArgumentParser) -> None:
    add = command.add_argument
    add("job", metavar="JOB", type=Path)
    add("--add", metavar="SHOT", nargs="+", action="extend", default=[], help="queue these, too")
    add("--first", action="store_true", help="--add before what is queued already")
    add("--drop", metavar="SHOT", nargs="+", action="extend", default=[], help="take out of it")
    paused = command.add_mutually_exclusive_group()
    paused.add_argument("--pause", action="store_true", help="end all workers; the queue stays")
    paused.add_argument("--resume", action="store_true", help="go on after a pause")
    add("--together", metavar="N", type=positive, help="shots rendered at once, from now on")
    add("--weights", metavar="DIR", type=Path, help="where weights of --tracker face-alignment lie")
    add("--json", action="store_true", help="print progress and results as `render` does")
    add("--unguarded", action="store_true", help=SUPPRESS)


def review(command: ArgumentParser) -> None:
    add = command.add_argument
    add("job", metavar="JOB", type=Path)
    verdict = command.add_mutually_exclusive_group()
    verdict.add_argument("--approve", metavar="SHOT", nargs="+", default=[])
    verdict.add_argument("--send-back", metavar="SHOT", nargs="+", default=[])
    verdict.add_argument("--withdraw", metavar="SHOT", nargs="+", default=[])
    add("--note", metavar="TEXT", default="", help="what is to be said about them")
    add("--json", action="store_true", help="print JSON to stdout")
