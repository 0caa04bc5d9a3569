"""Emergency sheets printed as a stack: PDF/A, one sheet a page, as many as were ordered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from manifests import paperwords as say
from manifests import press


def pdf(rows: Sequence[Mapping[str, Any]], *, host: str, days: int, at: datetime) -> bytes:
    """``rows`` as ``tracker.sheets`` gives them; ``days`` until a written sheet must be entered. ``Problem``
    label_font_missing."""
    codes, said = say.Codes(host), dict(say.words()["sheet_words"])
    said["how"] = [one.format(days=days) for one in said["how"]]
    sheets = [
        {
            "number": row["number"],
            "human": row["human_code"],
            "enterprise": row["enterprise_name_zh"],
            "enterprise_en": row["enterprise_name_en"] or "",
            "code": codes.add(bytes(row["signed"])),
        }
        for row in rows
    ]
    data = codes.told(" / ".join(said["title"]), rows[0]["enterprise_name_zh"], []) | {"sheets": sheets, "words": said}
    return press.pdf("sheet", data, at=at, files={"codes.bin": bytes(codes.dots)})
