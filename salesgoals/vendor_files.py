"""The few files of packages that pages load, from npm and the plotly wheel, under ``/static/vendor/``."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

PREFIX = "vendor"
# A package's other files (themes, flags, right-to-left twins) would only be compressed and collected in vain.
FILES = {
    "@tabler/core/dist/css": ("tabler.min.css", "tabler.min.css.map"),
    "@tabler/core/dist/js": ("tabler.min.js", "tabler.min.js.map"),
    "plotly.js-cartesian-dist-min": ("plotly-cartesian.min.js",),
}
# The wheel brings the full library (treemap, sunburst): three times as large, for the pages that need it.
PLOTLY_FILES = ("plotly.min.js",)


class _Folder(FileSystemStorage):
    """A package's folder, collected under our prefix."""

    prefix = PREFIX


class VendorFinder(BaseFinder):
    """Find exactly ``FILES`` and ``PLOTLY_FILES``; npm packages that are not installed are left out."""

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return where ``vendor/<file>`` lies (a list when ``find_all``), empty when it is not ours."""
        found = [
            str(Path(storage.location) / name)
            for name, storage in self.list(())
            if path == f"{PREFIX}/{name}"
        ]
        return found if find_all else next(iter(found), [])

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield each file with a storage over its folder."""
        folders = {settings.NODE_MODULES / folder: names for folder, names in FILES.items()}
        for location, names in (folders | {_plotly_folder(): PLOTLY_FILES}).items():
            storage = _Folder(location=location)
            for name in names:
                if (location / name).is_file():
                    yield name, storage


def _plotly_folder() -> Path:
    """Where the plotly package keeps its browser files; looked up without importing it, which takes long."""
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data"
