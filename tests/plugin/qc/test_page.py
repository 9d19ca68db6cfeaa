"""The pictures of the page for who signs off. The page itself: tests/gui/test_panel.py."""

import base64
import io
import re

from PIL import Image

from lipflap.plugin.qc.page import _figure


def test_a_picture_is_in_the_page_itself_and_its_words_are_escaped():
    picture = Image.new("RGB", (900, 300), (10, 200, 30))
    said = _figure(picture, "frame 3 <script>")
    assert "<script>" not in said
    (data,) = re.findall(r"base64,([^']+)'", said)
    shown = Image.open(io.BytesIO(base64.b64decode(data)))
    assert shown.size == (420, 140)
