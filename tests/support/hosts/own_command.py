"""How a host starts the Lipflap that is tested, without an environment that says where it lies."""

import sys
from pathlib import Path

import lipflap.plugin

_PLACE = str(Path(lipflap.plugin.__path__[0]).parents[1])
_RUN = f"import sys; sys.path.insert(0, {_PLACE!r}); "
_RUN += "from lipflap.plugin.cli.main import main; sys.exit(main())"

OWN_COMMAND = [sys.executable, "-c", _RUN]
