"""The one place that calls typst: a template of ours and data go in, a document comes out.

No text of a user is ever read as markup. Data travels as JSON in a file of its own, and templates put its strings on
the page as values (``#name``, ``text(name)``), never through ``eval``. A document is made in a folder of its own: a
template can read the templates beside it and what came with the data, nothing else of the machine and nothing of the
network, and it knows no font but ours. The same data and the same time give the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from manifests import fonts

#: PDF/A-2b: pages that look the same in fifty years. ``None`` is a plain PDF.
Standard = Literal["a-2a", "a-2b", "a-2u", "a-3b"]

_DATA = "data.json"


def pdf(
    template: str,
    data: Mapping[str, Any],
    *,
    at: datetime,
    standard: Standard | None = "a-2b",
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """``manifests/typst/<template>.typ`` with ``data`` (anything JSON can say) as a PDF made ``at`` a time with zone.

    The template reads ``json("data.json")`` and, by their names, ``files``. Strings are made printable first: see
    ``fonts.visible``. ``Problem`` label_font_missing. A template that cannot be set raises ``typst.TypstError``: that
    is a fault of ours, not of the data.
    """
    # typst takes whole seconds of a fixed zone.
    made = _compile(
        template, data, files, format="pdf", timestamp=at.astimezone(UTC).replace(microsecond=0),
        pdf_standards=[standard] if standard else [],
        pdf_tags=standard is not None and standard.endswith("a"),
    )  # fmt: skip
    return b"".join(made)


def png(
    template: str, data: Mapping[str, Any], *, ppi: float = 144.0, files: Mapping[str, bytes] | None = None
) -> list[bytes]:
    """As ``pdf``, but a PNG for each page."""
    return _compile(template, data, files, format="png", ppi=ppi)


def _compile(template: str, data: Mapping[str, Any], files: Mapping[str, bytes] | None, **how: Any) -> list[bytes]:
    import typst

    # typst takes a document of several files from memory only where all of them are text; a folder of its own is
    # also the fence around what a template can read.
    with TemporaryDirectory(prefix="press-") as folder:
        for name, content in {**_sources(), _DATA: _packed(data), **(files or {})}.items():
            (Path(folder) / name).write_bytes(content)
        nothing = str(Path(folder) / "no-packages")
        made = typst.Compiler(
            str(Path(folder) / f"{template}.typ"), root=folder, font_paths=_fonts(), ignore_system_fonts=True,
            package_path=nothing, package_cache_path=nothing,
        ).compile(**how)  # fmt: skip
    pages = made if isinstance(made, list) else [made]
    return [page for page in pages if page is not None]


@cache
def _sources() -> dict[str, bytes]:
    folder = resources.files("manifests") / "typst"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".typ")}


@lru_cache(maxsize=1)
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts.folder()])


def _packed(data: Mapping[str, Any]) -> bytes:
    return json.dumps(_visible(data), ensure_ascii=False, separators=(",", ":")).encode()


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return fonts.visible(value)
    if isinstance(value, Mapping):
        return {key: _visible(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_visible(inner) for inner in value]
    return value
