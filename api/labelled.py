"""Puts the printed side of things onto what the views give: the text of a label, the face to draw."""

from typing import Any

from flask import current_app

from api.auth import Room
from manifests import code
from manifests.face import Face


def label_text(signed: bytes | None) -> str | None:
    """The whole link of a label, as it stands in its QR code."""
    host: str = current_app.extensions["config"].hosts[0]
    return code.text(host, signed) if signed is not None else None


def with_label_text(_room: Room, thing: dict[str, Any]) -> dict[str, Any]:
    """The same batch or manifest with ``label_text`` in place of the bytes, its batches too."""
    thing["label_text"] = label_text(thing.pop("label_signed", None))
    for line in thing.get("lines", ()):
        with_label_text(_room, line["batch"])
    return thing


def batch_face(host: str, batch: dict[str, Any]) -> Face:
    """What a batch's label shows."""
    text = code.text(host, batch["label_signed"])
    claims = code.read(text, hosts=[host]).claims
    listed = batch["class"] or {"code": batch["raw_class"] or "", "name_zh": "", "name_en": ""}
    return Face(
        label=claims,
        text=text,
        class_code=listed["code"],
        class_name_zh=listed["name_zh"] or "",
        class_name_en=listed["name_en"] or "",
        generator=batch["generator"]["name_zh"] or "",
        number=(batch["manifest"] or {}).get("number") or "",
    )


def manifest_face(host: str, manifest: dict[str, Any]) -> Face:
    """What a manifest's label shows."""
    text = code.text(host, manifest["label_signed"])
    claims = code.read(text, hosts=[host]).claims
    classes = {
        line["batch"]["class"]["code"]: line["batch"]["class"] for line in manifest["lines"] if line["batch"]["class"]
    }
    only = next(iter(classes.values())) if len(classes) == 1 else None
    return Face(
        label=claims,
        text=text,
        class_code=", ".join(classes)[:60],
        class_name_zh=(only["name_zh"] or "") if only else f"{len(classes)} 类",
        class_name_en=(only["name_en"] or "") if only else f"{len(classes)} classes",
        generator=manifest["generator"]["name_zh"] or "",
        number=manifest["number"] or "",
    )
