"""Comments in stills, read back by Pillow, tifffile and ffmpeg; their pictures unharmed."""

from pathlib import Path
from xml.etree import ElementTree as ET

import av
import pytest
import tifffile
from PIL import Image
from support.media.counted_media import framemd5, write_film

from lipflap.core.encode.still_metadata import write_comment

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
SAID = "AI-edited mouth, Lipflap 1.2"
STILLS = {
    "A.png": ("rgb48be", ()),
    "A.tiff": ("rgb48le", ()),
    "A.dpx": ("gbrp10le", ()),
    "none.exr": ("gbrpf32le", ("-compression", "none")),
    "half.exr": ("gbrapf32le", ("-compression", "zip16", "-format", "half")),
}


def comment_in(path: Path) -> str | None:
    if path.suffix == ".tiff":
        with tifffile.TiffFile(path) as file:
            return file.pages.first.description
    if path.suffix == ".png":
        with Image.open(path) as picture:
            return picture.info["Comment"]
    with av.open(str(path)) as container:
        tags = next(container.decode(video=0)).metadata
    return tags.get("comments", tags.get("Creator"))


@pytest.mark.parametrize("name", STILLS)
def test_a_commented_still_has_its_comment_and_the_same_picture(tmp_path: Path, name: str) -> None:
    pixel_format, how = STILLS[name]
    path = tmp_path / name
    write_film(path, [7], pixel_format=pixel_format, codec=(*how, "-update", "1"))
    before = framemd5(path, pixel_format)
    write_comment(path, SAID)
    assert comment_in(path) == SAID
    assert framemd5(path, pixel_format) == before


def test_another_file_is_our_mistake(tmp_path: Path) -> None:
    path = tmp_path / "A.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ValueError, match="no still"):
        write_comment(path, SAID)


@pytest.mark.parametrize("name", ["A.png", "A.tiff"])
def test_xmp_names_a_trained_model_as_the_maker(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_film(path, [7], pixel_format=STILLS[name][0], codec=("-update", "1"))
    write_comment(path, "AI-edited <mouth> & more, Lipflap 1.2")
    with Image.open(path) as picture:
        packet = picture.info["XML:com.adobe.xmp" if name == "A.png" else "xmp"]
    (about,) = ET.fromstring(packet).iter(f"{RDF}Description")
    said = {key.rpartition("}")[2]: value for key, value in about.attrib.items()}
    assert said["DigitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert said["CreatorTool"] == "Lipflap 1.2"
    assert [one.text for one in about.iter(f"{RDF}li")] == ["AI-edited <mouth> & more, Lipflap 1.2"]
