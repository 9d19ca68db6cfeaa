"""What an editor types after `lipflap scan`, as the request that it makes."""

from argparse import ArgumentParser
from collections.abc import Sequence

from lipflap.plugin.cli.request_arguments import add_request, make_request
from lipflap.plugin.dub_request import DubRequest


def parse_request(arguments: Sequence[str]) -> DubRequest:
    """Return the request of `lipflap scan ARGUMENTS`. Raises DubError."""
    parser = ArgumentParser()
    add_request(parser)
    return make_request(parser.parse_args(arguments))
