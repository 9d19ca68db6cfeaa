"""Words of an editor for the choices of how shots are rendered."""

from lipflap.core.encode.codecs import CODECS, SOURCE
from lipflap.core.order import Mode
from lipflap.plugin.cut.project_settings import TRACKERS
from lipflap.plugin.order.quality import QUALITIES

Choices = tuple[tuple[str, object], ...]  # words and value of each

QUALITY: Choices = tuple((name.capitalize(), name) for name in QUALITIES)

MOUTHS: Choices = (
    ("From the actor's own", Mode.REFERENCE),
    ("Painted, each frame from the one before", Mode.AUTOREGRESSIVE),
    ("Painted, each frame by itself", Mode.FRAMEWISE),
)

TRACKER: Choices = tuple(
    zip(("The one that comes along", "S3FD and FAN, with your weights"), TRACKERS, strict=True)
)

_CODEC_WORDS = {"prores": "ProRes", "dnxhr": "DNxHR"}
_SEQUENCES = ("png", "tiff", "dpx", "exr")


def _codec_words(codec: str) -> str:
    name = _CODEC_WORDS.get(codec, codec.upper())
    return f"{name}, a file a frame" if codec in _SEQUENCES else name


CODEC: Choices = (("As the source", SOURCE), *((_codec_words(one), one) for one in CODECS))


def words_for(choices: Choices, value: object) -> str:
    """Return the words for a value; the value itself where it is none of the choices."""
    return next((words for words, one in choices if one == value), str(value))


def project_default(choices: Choices, value: object) -> str:
    """Return the words for doing as the project does, which has this value now."""
    return f"Project default ({words_for(choices, value)})"
