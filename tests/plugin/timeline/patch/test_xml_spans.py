"""Byte ranges against ElementTree, and documents changed in one place against themselves."""

from xml.etree import ElementTree as ET

import pytest
from support.cuts.timelines import REAL, needs_real

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.patch.xml_spans import Document, Edits, parse_xml

SMALL = """<?xml version="1.0" encoding="{0}"?>
<!DOCTYPE xmeml>
<!-- a > comment --><xmeml note="1>2 é"  v='4'><name>A &amp; é</name><empty/><gone  a="/" />
<item id="x"><![CDATA[<item>]]></item><item id="y">text</item></xmeml>
"""
ENCODINGS = ("UTF-8", "UTF-16", "ISO-8859-1")


def small(encoding: str) -> Document:
    return parse_xml(SMALL.format(encoding).encode(encoding), "small.xml")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_element_is_found_where_it_stands(encoding: str) -> None:
    document = small(encoding)
    root = document.root
    assert document.source(root).startswith('<xmeml note="1>2 é"')
    assert document.source(root).endswith("</xmeml>")
    assert document.source(root.children[1]) == "<empty/>"
    assert root.text_of("name") == "A & é"
    second = document.at("/xmeml/item[2]")
    assert second is not None
    assert document.source(second) == '<item id="y">text</item>'
    assert document.at("/xmeml/item[3]") is None
    assert document.at("/other/item") is None


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_changes_touch_nothing_but_their_place(encoding: str) -> None:
    document = small(encoding)
    root = document.root
    edits = Edits(document)
    edits.set_text(root.children[0], "B < ü ☃")
    edits.append(root.children[1], "<in/>")
    edits.set_attribute(root, "v", 'five "5"')
    edits.set_attribute(root.children[1], "new", "1")
    edits.drop_attribute(root.children[2], "a")
    edits.replace(root.children[4], "")
    changed = edits.applied().decode(encoding)
    assert parse_xml(edits.applied(), "changed").root.text_of("name") == "B < ü ☃"
    expected = SMALL.format(encoding)
    snow = "B &lt; ü ☃" if encoding != "ISO-8859-1" else "B &lt; ü &#9731;"
    for old, new in (
        ("A &amp; é", snow),
        ("<empty/>", '<empty new="1"><in/></empty>'),
        ("  v='4'", ' v="five &quot;5&quot;"'),
        ('<gone  a="/" />', "<gone />"),
        ('<item id="y">text</item>', ""),
    ):
        expected = expected.replace(old, new)
    assert changed == expected


def test_an_element_is_copied_with_changes_of_its_own() -> None:
    document = small("UTF-8")
    item = document.root.children[4]
    copy = Edits(document, item)
    copy.set_attribute(item, "id", "z")
    assert copy.markup() == '<item id="z">text</item>'


def test_changes_that_overlap_are_an_error_of_ours() -> None:
    document = small("UTF-8")
    edits = Edits(document)
    edits.replace(document.root, "")
    edits.set_text(document.root.children[0], "x")
    with pytest.raises(ValueError, match="overlap"):
        edits.applied()


@pytest.mark.parametrize("broken", [b"", b"<a>", b"<a></b>", b"\xff\xfe<"])
def test_what_is_no_xml_is_refused_by_name(broken: bytes) -> None:
    with pytest.raises(DubError, match=r"reel\.xml: cannot be read as XML"):
        parse_xml(broken, "reel.xml")


@needs_real
@pytest.mark.parametrize("suffix", ["fcp7xml", "fcpxml", "kdenlive", "xges"])
def test_real_documents_have_the_elements_that_elementtree_finds(suffix: str) -> None:
    paths = sorted((REAL / suffix).glob("*"), key=lambda path: path.stat().st_size)[:12]
    assert paths
    for path in paths:
        if not path.is_file():
            continue
        data = path.read_bytes()
        found = list(parse_xml(data, path.name).root.iter())
        wanted = list(ET.fromstring(data).iter())
        assert [(one.tag, one.attributes) for one in found] == [(e.tag, e.attrib) for e in wanted]
        for one, other in list(zip(found, wanted, strict=True))[:: 1 + len(found) // 20]:
            alone = ET.fromstring(data[one.start : one.end])
            assert ET.tostring(alone).strip() == ET.tostring(other).strip()


def test_what_is_taken_out_keeps_its_own_changes_and_leaves_those_of_its_neighbour() -> None:
    document = parse_xml(b"<a><b><c/></b><d/></a>", "small.xml")
    b, d = document.root.children
    edits = Edits(document)
    edits.insert_before(d, "<e>")
    edits.insert_after(d, "</e>")
    edits.set_attribute(b.children[0], "n", "1")
    edits.insert_after(b, "<f/>")
    assert edits.take_out(b) == '<b><c n="1"/></b><f/>'
    assert edits.markup() == "<a><e><d/></e></a>"
