"""The render of the current shot that is seen: the current one, or an earlier one chosen."""

from dataclasses import replace

from lipflap.gui.compare.comparison import Comparison, with_old_dub
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor
from lipflap.plugin.job.versions import Version, list_versions


class ChosenVersion:
    """An earlier render that an editor chose for one shot, until another shot is current."""

    def __init__(self, document: CutDocument, monitor: JobMonitor) -> None:
        self._document, self._monitor = document, monitor
        self._chosen: tuple[str, Version, bool] | None = None

    def choose(self, shot: str | None, version: Version | None, beside_current: bool) -> None:
        """Choose a render of a shot, None for the current one.

        beside_current   in the place of the original, to be compared with the current render
        """
        self._chosen = None if shot is None or version is None else (shot, version, beside_current)

    def versions(self, shot: str | None) -> tuple[tuple[Version, ...], Version | None]:
        """Return the kept renders of a shot, without that which is current, and the chosen one."""
        job = self._document.job
        if shot is None or job is None:
            return (), None
        snapshot = self._monitor.snapshot
        result = snapshot.results.get(shot) if snapshot else None
        earlier = [
            version
            for version in list_versions(job, shot)
            if result is None or version.result.order_sha256 != result.order_sha256
        ]
        shown = self._chosen[1] if self._chosen and self._chosen[0] == shot else None
        return tuple(earlier), shown

    def put_into(self, comparison: Comparison) -> Comparison:
        """Return the comparison with the chosen render in place of the current one."""
        order = self._document.media.order_of(comparison.shot)
        if self._chosen is None or order is None or self._chosen[0] != comparison.shot:
            return comparison
        _, version, beside_current = self._chosen
        old = with_old_dub(comparison, order, version.order, version.result)
        name, now = self._names(comparison.shot, version)
        if not beside_current or comparison.dub is None or old.dub is None:
            reason = f"This is {name}, an earlier render of the shot."
            return replace(old, labels=(comparison.labels[0], name), reason=reason)
        reason = f"Left: {name}, an earlier render. Right: {now}, the current one."
        return replace(comparison, original=old.dub, labels=(name, now), reason=reason)

    def _names(self, shot: str, version: Version) -> tuple[str, str]:
        """Return the names of an earlier render and of the current one, as their menu has them."""
        earlier, _ = self.versions(shot)
        number = earlier.index(version) if version in earlier else len(earlier)
        return f"v{number + 1}", f"v{len(earlier) + 1}"
