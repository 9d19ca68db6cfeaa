"""A look at the media of clips that lie over others: what it hides of them.

A logo, a lower third or a letterbox matte is a file with an alpha channel. A picture that its
program shows in its own pixels fills the frame only if it has enough of them.
"""

from dataclasses import dataclass, field, replace

import opentimelineio as otio

from lipflap.core.errors import DubError, NoPicture
from lipflap.core.media.alpha import PictureSurface, picture_surface
from lipflap.plugin.cut.cut import ClipMedia
from lipflap.plugin.cut.reason import Reason
from lipflap.plugin.timeline.clip.clip_media import picture_media
from lipflap.plugin.timeline.clip.frame_size import FrameSize, frame_size
from lipflap.plugin.timeline.dialect.effect_values import NEAR
from lipflap.plugin.timeline.dialect.speed import detect_dialect
from lipflap.plugin.timeline.item_facts import MEDIA_FACTS, ItemFacts
from lipflap.plugin.timeline.media.media_finder import MediaFinder
from lipflap.plugin.timeline.placement.place_clips import place_clips

_SOUND = PictureSurface(0, 0, see_through=True)  # hides nothing
_Found = tuple[otio.schema.Clip, ClipMedia | None, Reason | None]
_Surfaces = dict[tuple[str, int | None], PictureSurface | None]


@dataclass(frozen=True, slots=True)
class MediaLook:
    """A placement.Look that opens each file once; media that is not here leaves facts as they are.

    frame   width and height of the cut's pictures, where it states them
    """

    finder: MediaFinder
    frame: FrameSize
    _surfaces: _Surfaces = field(default_factory=dict)
    _media: dict[int, _Found] = field(default_factory=dict)

    def __call__(self, clip: otio.schema.Clip, facts: ItemFacts) -> ItemFacts:
        """Return the facts of a clip, with what its media tells."""
        surface = self._surface(clip)
        if surface is None:
            return facts
        seen = replace(facts, see_through=surface.see_through)
        if facts.native_scale and self.frame:
            sizes = zip((surface.width, surface.height), self.frame, strict=True)
            is_whole = all(facts.native_scale * own + NEAR >= whole for own, whole in sizes)
            seen = replace(seen, native_scale=0.0, fills_frame=is_whole)
        return seen

    def media_of(self, clip: otio.schema.Clip) -> tuple[ClipMedia | None, Reason | None]:
        """Return the clip's picture media, and why it cannot be used, if any; looked for once."""
        if id(clip) not in self._media:  # which stays its own: the clip is kept
            self._media[id(clip)] = (clip, *picture_media(clip, self.finder))
        _, media, problem = self._media[id(clip)]
        return media, problem

    def _surface(self, clip: otio.schema.Clip) -> PictureSurface | None:
        media, missing = self.media_of(clip)
        if media is None or missing:
            return None
        key = (media.path, media.first_file)
        if key not in self._surfaces:
            try:
                self._surfaces[key] = picture_surface(*key)
            except NoPicture:
                self._surfaces[key] = _SOUND
            except DubError:  # the check of the media says so, if the clip is to be dubbed
                self._surfaces[key] = None
        return self._surfaces[key]


def note_media(timeline: otio.schema.Timeline, finder: MediaFinder) -> None:
    """Note in each clip over others what its media tells, so that place_clips knows it alone.

    Changes `timeline`; forget_media takes the notes out.
    """
    look = MediaLook(finder, frame_size(timeline))

    def note(clip: otio.schema.Clip, facts: ItemFacts) -> ItemFacts:
        seen = look(clip, facts)
        if seen.covers != facts.covers:
            clip.metadata[MEDIA_FACTS] = {
                "see_through": seen.see_through,
                "fills_frame": seen.fills_frame,
            }
        return seen

    place_clips(timeline, detect_dialect(timeline), note)


def forget_media(timeline: otio.schema.Timeline) -> None:
    """Take out of a timeline, which changes, what note_media put in."""
    for clip in timeline.find_clips():
        if MEDIA_FACTS in clip.metadata:
            del clip.metadata[MEDIA_FACTS]
