"""XML as elements with their places in the file, so that a changed document keeps all else.

    <clipitem id="c1"><name>SH010</name></clipitem>
    ^start           ^inside            ^inside_end^end

Places are offsets in bytes, whatever the encoding: they are expat's own.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape  # xml.sax has one too, which loads all of HTTP
from xml.parsers import expat

from lipflap.core.errors import DubError

_STEP = re.compile(r"([^\[\]/]+)(?:\[(\d+)\])?")


@dataclass(eq=False, slots=True)
class Element:
    """An element of a document, and where it lies in it.

    start, end          of all of it
    inside, inside_end  of its content; both are `end` where it is written as <tag/>
    text                of its own, without that of its children
    """

    tag: str
    attributes: dict[str, str]
    parent: "Element | None"
    start: int
    inside: int = 0
    inside_end: int = 0
    end: int = 0
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    @property
    def is_empty_tag(self) -> bool:
        """Return whether it is written as <tag/>."""
        return self.inside_end == self.end

    def find(self, *path: str) -> "Element | None":
        """Return the first descendant at the end of a path of tags; None when there is none."""
        return next(self.find_all(*path), None)

    def find_all(self, *path: str) -> Iterator["Element"]:
        """Yield the descendants at the end of a path of tags."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.tag == path[0]:
                yield from child.find_all(*path[1:])

    def iter(self, *tags: str) -> Iterator["Element"]:
        """Yield the element and all its descendants, in the order of the document."""
        pending = [self]
        while pending:
            element = pending.pop()
            if not tags or element.tag in tags:
                yield element
            pending += reversed(element.children)

    def text_of(self, *path: str) -> str:
        """Return the text of a descendant, without space around it; empty when there is none."""
        found = self.find(*path)
        return found.text.strip() if found else ""

    def enclosing(self, *tags: str) -> "Element | None":
        """Return the nearest element of one of these tags that encloses it."""
        element = self.parent
        while element is not None and element.tag not in tags:
            element = element.parent
        return element


@dataclass(frozen=True, slots=True)
class Document:
    """A document, its elements and how its text is encoded."""

    data: bytes
    root: Element
    encoding: str
    name: str
    _alike: dict[tuple[int, str], list[Element]] = field(default_factory=dict)

    def at(self, path: str) -> Element | None:
        """Return the element at a path such as /fcpxml/library/event[2]; None when there is none.

        A step counts from 1 among the siblings of its tag; 1 may be left out.
        """
        first, *steps = _STEP.findall(path.strip("/")) or [("", "")]
        if first[0] != self.root.tag:
            return None
        element = self.root
        for tag, number in steps:
            alike = self._children(element, tag)
            place = int(number or 1) - 1
            if not 0 <= place < len(alike):
                return None
            element = alike[place]
        return element

    def _children(self, element: Element, tag: str) -> list[Element]:
        """Return the children of a tag, found once however often they are asked for."""
        key = (element.start, tag)
        if key not in self._alike:
            self._alike[key] = list(element.find_all(tag))
        return self._alike[key]

    def encoded(self, text: str) -> bytes:
        """Return markup in the document's encoding, other characters as references."""
        return text.encode(self.encoding, "xmlcharrefreplace")

    def source(self, element: Element) -> str:
        """Return an element as it is written."""
        return self.data[element.start : element.end].decode(self.encoding)


def paths_of(root: Element) -> dict[int, str]:
    """Return the path of every element, which Document.at takes, by its id()."""
    paths = {id(root): f"/{root.tag}"}
    for element in root.iter():
        count: Counter[str] = Counter()
        for child in element.children:
            count[child.tag] += 1
            paths[id(child)] = f"{paths[id(element)]}/{child.tag}[{count[child.tag]}]"
    return paths


def parse_xml(data: bytes, name: str) -> Document:
    """Return the elements of a document. Raises DubError, naming the file, when it is no XML."""
    builder = _Builder()
    try:
        builder.parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as problem:  # also of its encoding
        raise DubError(
            f"cannot be read as XML: {problem}.",
            where=name,
            fix="Export the cut again from your editing program.",
        ) from problem
    builder.close_at(len(data))
    assert builder.root is not None
    return Document(data, builder.root, _encoding(data, builder.declared), name)


def _encoding(data: bytes, declared: str) -> str:
    """Return the codec of a document's bytes after its byte order mark."""
    for mark, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return codec
    if data[:2] in (b"<\0", b"\0<"):
        return "utf-16-le" if data[:1] == b"<" else "utf-16-be"
    return declared or "utf-8"


def _refuse_entity(name: str, *_: object) -> None:
    """Refuse texts that a document declares: no program writes them, and a few make gigabytes."""
    raise ValueError(f"it declares an entity of its own, '{name}'")


class _Builder:
    """A tree under construction. Every event of the parser also ends the tag before it."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.declared = ""
        self.parser = parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.XmlDeclHandler = self._declaration
        parser.EntityDeclHandler = _refuse_entity
        for name in ("Comment", "ProcessingInstruction", "StartCdataSection", "EndCdataSection"):
            setattr(parser, f"{name}Handler", self._other)
        parser.DefaultHandlerExpand = self._other
        self._open: list[Element] = []
        self._unmeasured: tuple[Element, str] | None = None

    def close_at(self, place: int) -> None:
        """End the tag before this place."""
        if self._unmeasured:
            setattr(*self._unmeasured, place)
            self._unmeasured = None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        place = self.parser.CurrentByteIndex
        self.close_at(place)
        parent = self._open[-1] if self._open else None
        element = Element(tag, attributes, parent, place)
        if parent is not None:
            parent.children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._unmeasured = (element, "inside")

    def _end(self, _tag: str) -> None:
        place = self.parser.CurrentByteIndex
        self.close_at(place)
        element = self._open.pop()
        element.inside_end = place
        self._unmeasured = (element, "end")

    def _text(self, text: str) -> None:
        self.close_at(self.parser.CurrentByteIndex)
        if self._open:
            self._open[-1].text += text

    def _other(self, *_: object) -> None:
        self.close_at(self.parser.CurrentByteIndex)

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.declared = encoding or ""


_Change = tuple[int, int, bytes, int]  # from and to, what is new, and where its element starts


class Edits:
    """Changes of a document, or of one of its elements, applied at once."""

    def __init__(self, document: Document, within: Element | None = None) -> None:
        self.document = document
        self._start, self._end = (within.start, within.end) if within else (0, len(document.data))
        self._changes: list[_Change] = []

    def replace(self, element: Element, markup: str) -> None:
        """Replace a whole element; with nothing, remove it."""
        self._put(element, element.start, element.end, markup)

    def insert_before(self, element: Element, markup: str) -> None:
        """Add markup before an element."""
        self._put(element, element.start, element.start, markup)

    def insert_after(self, element: Element, markup: str) -> None:
        """Add markup after an element."""
        self._put(element, element.end, element.end, markup)

    def append(self, element: Element, markup: str) -> None:
        """Add markup at the end of an element's content; to one that is an empty tag only once."""
        if element.is_empty_tag:
            slash = element.end - len(self.document.encoded("/>"))
            self._put(element, slash, element.end, f">{markup}</{element.tag}>")
        else:
            self._put(element, element.inside_end, element.inside_end, markup)

    def set_text(self, element: Element, text: str) -> None:
        """Replace the content of an element by a text."""
        if element.is_empty_tag:
            self.append(element, element_text(text))
        else:
            self._put(element, element.inside, element.inside_end, element_text(text))

    def set_attribute(self, element: Element, name: str, value: str) -> None:
        """Set an attribute where it stands, or after the tag's name."""
        written = f'{name}="{attribute_text(value)}"'
        found = self._attribute(element, name)
        if found:
            self._put(element, *found, f" {written}")
        else:
            place = element.start + len(self.document.encoded(f"<{element.tag}"))
            self._put(element, place, place, f" {written}")

    def drop_attribute(self, element: Element, name: str) -> None:
        """Remove an attribute with the space before it, if the element has it."""
        if found := self._attribute(element, name):
            self._put(element, *found, "")

    def take_out(self, element: Element) -> str:
        """Remove an element; return its markup with the changes that were made in it until now."""
        inside = range(element.start, element.end)
        taken = Edits(self.document, element)
        taken._changes = [one for one in self._changes if one[3] in inside]
        self._changes = [one for one in self._changes if one[3] not in inside]
        self.replace(element, "")
        return taken.markup()

    def applied(self) -> bytes:
        """Return the document, or the element, with the changes. Raises ValueError on overlaps."""
        pieces, place = [], self._start
        for start, end, new, _ in sorted(self._changes, key=lambda change: change[:2]):
            if start < place or end > self._end:
                raise ValueError(f"changes overlap at byte {start} of {self.document.name}")
            pieces += [self.document.data[place:start], new]
            place = end
        return b"".join([*pieces, self.document.data[place : self._end]])

    def markup(self) -> str:
        """Return the same as text."""
        return self.applied().decode(self.document.encoding)

    def _put(self, element: Element, start: int, end: int, markup: str) -> None:
        self._changes.append((start, end, self.document.encoded(markup), element.start))

    def _attribute(self, element: Element, name: str) -> tuple[int, int] | None:
        """Return the place of an attribute, the space before it included."""
        tag_end = element.inside if not element.is_empty_tag else element.end
        tag = self.document.data[element.start : tag_end].decode(self.document.encoding)
        for match in re.finditer(r"\s+([^\s=/>]+)\s*=\s*(\"[^\"]*\"|'[^']*')", tag):
            if match[1] == name:
                before, whole = tag[: match.start()], tag[: match.end()]
                return (
                    element.start + len(self.document.encoded(before)),
                    element.start + len(self.document.encoded(whole)),
                )
        return None


def element_text(value: str) -> str:
    """Return a text as it is written between tags."""
    return escape(value, quote=False)


def attribute_text(value: str) -> str:
    """Return a text as it is written between double quotes."""
    marks = {ord('"'): "&quot;", ord("\n"): "&#10;", ord("\t"): "&#9;"}
    return element_text(value).translate(marks)
