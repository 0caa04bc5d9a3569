"""Puts the printed side of things onto what the views give: the text of a label, the face to draw."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from flask import Response, current_app

from api.auth import Room
from manifests import code
from manifests.face import Face
from manifests.statutory import Particulars
from tracker import clock

#: What a thermal printer is sent at once: a label is some fifty kilobytes of dots.
ZPL_MAX = 200


def label_text(signed: bytes | None) -> str | None:
    """The whole link of a label, as it stands in its QR code."""
    host: str = current_app.extensions["config"].hosts[0]
    return code.text(host, signed) if signed is not None else None


def key_shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A public key of a park, as phones verify labels with it."""
    return {
        "park": row["park_id"],
        "key_id": row["key_id"],
        "algorithm": row["algorithm"],
        "public_key": base64.b64encode(row["public_key"]).decode(),
        "retired_at": row["retired_at"],
    }


def with_label_text(_room: Room, thing: dict[str, Any]) -> dict[str, Any]:
    """The same batch or manifest with ``label_text`` in place of the bytes, its batches too."""
    thing["label_text"] = label_text(thing.pop("label_signed", None))
    for line in thing.get("lines", ()):
        with_label_text(_room, line["batch"])
    return thing


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


def _said(claims: code.Label, row: dict[str, Any]) -> code.Label:
    """What the words on a label say: what is signed, but of a roll's label, which knew nothing yet, what the books say.
    The code that is drawn stays the one that was signed."""
    if claims.what != "roll":
        return claims
    return replace(
        claims,
        what="batch",
        grams=code.stated(row["grams"]),
        measured=row["measured"],
        hazardous=bool(row["hazardous"]),
        day=clock.day_of(row["generated_at"]),
    )


def blank(host: str, signed: bytes, enterprise: str) -> Face:
    """What a roll's label shows while it is blank: its code, and whose it is."""
    text = code.text(host, signed)
    return Face(label=code.read(text, hosts=[host]).claims, text=text, generator=enterprise)


def particulars(row: dict[str, Any]) -> Particulars:
    """What is printed about a container, from ``tracker.views.labels.printable``."""
    host: str = current_app.extensions["config"].hosts[0]
    text = code.text(host, bytes(row["signed"]))
    face = Face(
        label=_said(code.read(text, hosts=[host]).claims, row),
        text=text,
        class_code=row["class_code"] or row["raw_class"] or "",
        class_name_zh=row["class_zh"] or "",
        class_name_en=row["class_en"] or "",
        generator=row["generator_zh"] or "",
        number=row["number"] or "",
    )
    return Particulars(
        face=face,
        category=row["category_code"] or "",
        properties=tuple(row["properties"] or ()),
        form=row["form"] or "",
        main_components=row["main_components"] or "",
        harmful_components=row["harmful_components"] or "",
        precautions=row["precautions"] or "",
        identification=row["identification"] or "",
        contact=row["contact"] or "",
        generated=clock.day_of(row["generated_at"]),
    )


def as_file(draw: Callable[[], bytes], media: str, name: str) -> Response:
    """A file that is drawn while it is sent: after the commit, so that a thousand containers are not kept locked for
    the seconds their drawing takes, and no label is drawn that the log lacks. What can be refused was before."""

    def drawn() -> Iterator[bytes]:
        yield draw()

    return Response(drawn(), mimetype=media, headers={"Content-Disposition": f'attachment; filename="{name}"'})
