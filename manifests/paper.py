"""The manifest on paper: PDF/A in zh, en, or both, with its code twice, every leg, name, weight, correction, finding,
and the place in the log it rests on. What it shows was decided by whoever asked the view (``tracker.views.paper``)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from manifests import paperwords as say
from manifests import press
from manifests.paperwords import Language
from tracker import lifecycle, treatments


def pdf(found: Mapping[str, Any], *, host: str, languages: Sequence[Language], at: datetime) -> bytes:
    """One document a language, one after the other. ``Problem`` label_font_missing."""
    codes = say.Codes(host)
    number = codes.add(found["label_signed"])
    parts = [_part(found, language, number, at) for language in languages]
    title = f"{parts[0]['title']} {parts[0]['number']}"
    data = codes.told(title, say.name_of(found["park"], languages[0]), parts)
    return press.pdf("manifest", data, at=at, files={"codes.bin": bytes(codes.dots)})


def _part(found: Mapping[str, Any], language: Language, code: int | None, at: datetime) -> dict[str, Any]:
    w = say.words()[language]
    draft = found["state"] == "draft"
    number = found["number"] or w["draft"]
    state = lifecycle.words()["manifest"][found["state"]][language]
    kind = "hazardous" if found["hazardous"] or _any_hazardous(found) else "general"
    frame = say.frame(
        language, found["park"], w["running"].format(number=number), at, watermark=w["watermark"] if draft else ""
    )
    return frame | {
        "eyebrow": say.name_of(found["park"], language),
        "title": w[kind],
        "number": number,
        "human": found["human_code"] or "",
        "code": code,
        "kind": w[f"{kind}_kind"],
        "hazardous": kind == "hazardous",
        "state": state,
        "note": w["draft_note"] if draft else "",
        "facts": _facts(found, language, w),
        "sections": _sections(found, language, w),
        "proof": _proof(found, state, language, w, at),
    }


def _any_hazardous(found: Mapping[str, Any]) -> bool:
    return any((line["batch"]["class"] or {}).get("hazardous") for line in found["lines"])


def _facts(found: Mapping[str, Any], language: Language, w: Mapping[str, Any]) -> list[list[str]]:
    treatment = treatments.codes().get(found["treatment"])
    named = f"{found['treatment']} {treatment[language]}" if treatment else found["treatment"]
    facts = [
        [w["issued_at"], say.minute(found["issued_at"])]
        if found["issued_at"]
        else [w["made_at"], say.minute(found["made_at"])],
        [w["treatment"], named],
    ]
    if found["state"] == "issued":
        facts.append([w["due"], say.minute(found["due_pickup_at"])])
    facts += [
        [w[name], found[key]]
        for name, key in (("returns", "returns_number"), ("filing", "filing"), ("sheet", "sheet"))
        if found[key]
    ]
    return [*facts, [w["batches_count"], str(len(found["lines"]))]]


def _sections(found: Mapping[str, Any], language: Language, w: Mapping[str, Any]) -> list[dict[str, Any]]:
    sections = [_way(found, language, w), _batches(found, language, w)]
    if found["signatures"]:
        sections.append(_signatures(found, language, w))
    if found["corrections"]:
        sections.append(_corrections(found, language, w))
    if found["findings"]:
        codes = {line["batch"]["id"]: line["batch"]["human_code"] for line in found["lines"]}
        sections.append(findings(found["findings"], language, codes))
    if found["remark"]:
        sections.append(say.prose(w["remark"], found["remark"]))
    return sections


def _party(party: Mapping[str, Any] | None, language: Language, w: Mapping[str, Any]) -> list[str]:
    uscc = (party or {}).get("uscc")
    return [say.name_of(party, language, w["nothing"]), w["uscc"].format(uscc=uscc) if uscc else w["unregistered"]]


def _way(found: Mapping[str, Any], language: Language, w: Mapping[str, Any]) -> dict[str, Any]:
    """Generator, every leg in order, receiver."""
    rows: list[Any] = [[w["generator"], _party(found["generator"], language, w), "", "", ""]]
    number = 0
    for leg in found["carriers"]:
        number += leg["what"] == "carrier"
        role = w["carrier"].format(leg=number) if leg["what"] == "carrier" else w["store"]
        took = say.minute(leg["took_over_at"], w["nothing"])
        rows.append(
            [role, _party(leg["party"], language, w), leg["plate"] or "", took, w["lapsed"] if leg["lapsed"] else ""]
        )
    rows.append(
        [w["receiver"], _party(found["receiver"], language, w), "", say.minute(found.get("received_at"), ""), ""]
    )
    columns = [
        say.column(w["role"], 1.1), say.column(w["enterprise"], 3), say.column(w["plate"], 1),
        say.column(w["took_over"], 1.35), say.column(w["remark_column"], 1.1),
    ]  # fmt: skip
    return say.table(w["way"], columns, rows)


def _batches(found: Mapping[str, Any], language: Language, w: Mapping[str, Any]) -> dict[str, Any]:
    columns = [
        say.column(w["number"], 0), say.column(w["waste"], 3), say.column(w["container"], 1.2),
        *(say.column(w[name], 0, "right") for name in ("planned", "loaded", "accepted", "refused")),
        say.column(w["outcome"], 0.9),
    ]  # fmt: skip
    places = {str(line["batch"]["id"]): at for at, line in enumerate(found["lines"], start=1)}
    rows = [_batch(at, line, found["scales"], places, language) for at, line in enumerate(found["lines"], start=1)]
    # What was refused of a batch is a row of its own from then on; its grams stand in the row it was part of.
    whole = [line for line in found["lines"] if not line["part_of"]]
    sums = [_sum(line[f"{name}_grams"] for line in whole) for name in ("planned", "loaded", "accepted", "refused")]
    return say.table(w["batches"], columns, rows, ["", w["total"], "", *sums, ""])


def _sum(grams: Iterable[int | None]) -> str:
    known = [one for one in grams if one is not None]
    return say.kilograms(sum(known)) if known else "—"


def _batch(
    at: int,
    line: Mapping[str, Any],
    scales: Mapping[tuple[str, str], bool],
    places: Mapping[str, int],
    language: Language,
) -> list[Any]:
    w, batch = say.words()[language], line["batch"]
    listed = batch["class"] or {"code": batch["raw_class"] or w["nothing"], "name_zh": "", "name_en": ""}
    form = w["forms"].get(batch["form"] or "", "")
    container = " / ".join(part for part in (form, batch["container"] or "") if part) or w["nothing"]
    what = [batch["human_code"] or w["nothing"], listed["code"], say.name_of(listed, language, "")]
    outcome: say.Cell = w["outcomes"][line["outcome"]]
    if line["part_of"]:
        grams = say.kilograms(line["refused_grams"])
        said = w["part_of"].format(number=places.get(line["part_of"], w["nothing"]), kg=grams)
        return [str(at), what, container, *[w["nothing"]] * 4, [str(outcome), said]]

    def figure(grams: int | None, kind: str) -> say.Cell:
        if grams is None:
            return str(w["nothing"])
        weighed = scales.get((str(batch["id"]), kind))
        measured = batch["measured"] if weighed is None else weighed
        return [say.kilograms(grams), w["measured"] if measured else w["estimated"]]

    return [
        str(at),
        what,
        container,
        figure(line["planned_grams"], "manifest_issued"),
        figure(line["loaded_grams"], "picked_up"),
        figure(line["accepted_grams"], "received"),
        say.kilograms(line["refused_grams"]) if line["refused_grams"] else w["nothing"],
        outcome,
    ]


def _signatures(found: Mapping[str, Any], language: Language, w: Mapping[str, Any]) -> dict[str, Any]:
    sides = lifecycle.words()["side"]
    rows = [
        [
            sides[one["side"]][language],
            say.name_of(one["party"], language, w["nothing"]),
            one["name"] or w["unnamed"],
            w["methods"][one["method"]],
            [say.minute(one["at"]), f"#{one['index']}"],
        ]
        for one in found["signatures"]
    ]
    columns = [
        say.column(w["side"], 1), say.column(w["enterprise"], 2.6), say.column(w["name"], 1.2),
        say.column(w["method"], 1.4), say.column(w["time"], 1.35),
    ]  # fmt: skip
    return say.table(w["signatures"], columns, rows)


def _corrections(found: Mapping[str, Any], language: Language, w: Mapping[str, Any]) -> dict[str, Any]:
    kinds = lifecycle.words()["fact"]
    rows = [
        [
            [one["human_code"] or w["nothing"], kinds[one["kind"]][language] if one["kind"] in kinds else ""],
            say.kilograms(one["before"], w["nothing"]),
            say.kilograms(one["after"]),
            [one["reason"], say.name_of(one["party"], language, w["nothing"]), say.minute(one["at"])],
            w["proposals"][one["state"]],
        ]
        for one in found["corrections"]
    ]
    columns = [
        say.column(w["waste"], 1.4), say.column(w["before"], 0, "right"), say.column(w["after"], 0, "right"),
        say.column(w["reason"], 2.6), say.column(w["state"], 1),
    ]  # fmt: skip
    return say.table(w["corrections"], columns, rows)


def findings(
    found: Sequence[Mapping[str, Any]], language: Language, codes: Mapping[UUID, str | None]
) -> dict[str, Any]:
    """The table of findings, with the batch and the law each is about, and what was answered."""
    w = say.words()[language]
    rows = []
    for one in found:
        about = [codes.get(one["batch"]) or "", w["law"].format(law=one["law"]) if one["law"] else ""]
        rows.append(
            [
                w["severities"][one["severity"]],
                [one[language], " · ".join(part for part in about if part)],
                [one["answer"] or w["nothing"], say.minute(one["answered_at"], "")],
            ]
        )
    columns = [say.column(w["severity"], 0), say.column(w["finding"], 3), say.column(w["answered"], 1.3)]
    return say.table(w["findings"], columns, rows)


def _proof(
    found: Mapping[str, Any], state: str, language: Language, w: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    proof = found["proof"]
    facts = [[w["state"], state]]
    if proof:
        kind = lifecycle.words()["fact"][proof["kind"]][language]
        facts += [[w["log_index"], str(proof["index"])], [w["last_fact"], kind], [w["leaf"], proof["leaf"]]]
    says = w["proof_says"] if proof else w["proof_draft"]
    return {"title": w["proof"], "facts": [*facts, [w["time"], f"{say.minute(at)} UTC+8"]], "says": says}
