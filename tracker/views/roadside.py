"""What somebody at the roadside wants to know of a truck, a manifest or a label: what is on it, whether that is in
order, and what lawfully comes next. It only reads."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import clock, lifecycle, loading, plates
from tracker.parties import Caller
from tracker.problems import entry
from tracker.rules.context import PermitKnown
from tracker.tables.batches import PLATE_KEY
from tracker.views import manifests

#: A truck has one manifest, or a few on a milk run.
MANIFESTS_MAX = 20
FACTS_MAX = 10

_ON_PLATE = text(f"""
SELECT m.uuid, m.state FROM manifest m
WHERE m.park_id = :park AND m.id IN (SELECT c.manifest_id FROM manifest_carrier c
    WHERE c.park_id = :park AND {PLATE_KEY} = :key)
  AND (m.state IN ('issued', 'under_way') OR (m.state IN ('refused', 'part_refused') AND EXISTS (
    SELECT 1 FROM manifest_line l JOIN batch b ON b.park_id = l.park_id AND b.id = l.batch_id
    WHERE l.park_id = m.park_id AND l.manifest_id = m.id AND b.state IN ('refused', 'returning'))))
  AND (:all OR m.generator_id = :me OR m.receiver_id = :me OR EXISTS (SELECT 1 FROM manifest_carrier c
    WHERE c.park_id = m.park_id AND c.manifest_id = m.id AND c.enterprise_id = :me))
ORDER BY m.state = 'issued', m.id DESC LIMIT :limit
""")  # noqa: S608 - a constant of this package
_LAST = text("""
SELECT f.manifest_uuid, f."index" AS position, f.id, f.kind, f.verdict, f.observed_at, f.recorded_at, f.leaf,
  e.name_zh AS by_zh, e.name_en AS by_en
FROM unnest(CAST(:manifests AS uuid[])) AS w(uuid)
CROSS JOIN LATERAL (SELECT * FROM fact f WHERE f.park_id = :park AND f.manifest_uuid = w.uuid
                    ORDER BY f."index" DESC LIMIT :limit) f
LEFT JOIN enterprise e ON e.id = f.enterprise_id
ORDER BY f."index" DESC
""")
#: The side that does each step of a consignment, where it goes as planned.
_WHO = {"picked_up": "carrier", "received": "receiver", "returned": "generator"}
_RANK = {"fine": 0, "watch": 1, "stop": 2}


def on_plate(connection: Connection, caller: Caller, plate: str) -> list[dict[str, Any]]:
    """The manifests whose load a truck has by the record, or is to fetch; of everybody's for those who see all, else of
    those the caller has a part in. ``Problem`` plate_unreadable."""
    given = {
        "park": caller.park, "key": plates.typed(plate), "all": caller.sees_all, "me": caller.enterprise or 0,
        "limit": MANIFESTS_MAX,
    }  # fmt: skip
    found = [manifests.one(connection, caller, str(row.uuid)) for row in connection.execute(_ON_PLATE, given)]
    return [manifest for manifest in found if _has_it(manifest, plate)]


def _has_it(manifest: Mapping[str, Any], plate: str) -> bool:
    """Whether the truck has the load now or is still to take it over, and has not handed it on."""
    legs = [leg for leg in manifest["carriers"] if not leg["lapsed"]]
    begun = [leg for leg in legs if leg["took_over_at"] is not None]
    ahead = begun[-1:] + [leg for leg in legs if leg["took_over_at"] is None]
    return any(leg["plate"] and plates.same(leg["plate"], plate) for leg in ahead)


def seen(
    connection: Connection,
    caller: Caller,
    found: Sequence[dict[str, Any]],
    now: datetime,
    *,
    plate: str | None = None,
) -> list[dict[str, Any]]:
    """Each of these manifests with what the roadside wants: ``minutes`` on the road, the carriers' permits, what comes
    next and by whom, the last facts with their places in the log, and a ``verdict`` with its reasons."""
    keys = {leg["party"]["number"] for manifest in found for leg in manifest["carriers"] if leg["what"] == "carrier"}
    known = loading.permits(connection, keys, clock.day_of(now).year)
    facts = _last(connection, caller, [manifest["id"] for manifest in found])
    return [_one(caller, manifest, known, now, plate) | {"facts": facts.get(manifest["id"], [])} for manifest in found]


def _one(
    caller: Caller,
    manifest: dict[str, Any],
    known: Mapping[int, Sequence[PermitKnown]],
    now: datetime,
    plate: str | None,
) -> dict[str, Any]:
    begun = [leg for leg in manifest["carriers"] if leg["took_over_at"] is not None]
    on_road = manifest["state"] == "under_way" or (begun and manifest["state"] in ("refused", "part_refused"))
    minutes = int((now - _moment(begun[0]["took_over_at"])).total_seconds() // 60) if begun and on_road else None
    carriers = [_carrier(leg, manifest, known, now) for leg in manifest["carriers"] if leg["what"] == "carrier"]
    reasons = [
        *_of_state(manifest),
        *_of_road(caller, manifest, minutes, begun, plate),
        *(_reason("roadside_no_permit", **_lacking(one)) for one in carriers if one["lacks"]),
        *({"code": one["code"], "severity": one["severity"], "zh": one["zh"], "en": one["en"]}
          for one in _findings(manifest) if one["severity"] != "note"),
    ]  # fmt: skip
    return {
        # What only a plan says (who drives, and their number) is nobody's at the roadside.
        "manifest": manifest | {"draft": None},
        "minutes": minutes,
        "limit_hours": caller.settings.road_hours,
        "carriers": carriers,
        "step": _step(manifest),
        "findings": _findings(manifest),
        "verdict": verdict(reasons),
    }


def verdict(reasons: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Fine, watch or stop: as grave as the gravest reason, which comes first; no reason twice."""
    once = {(one["code"], one["zh"]): one for one in reasons}.values()
    ordered = sorted(once, key=lambda one: -_RANK[one["severity"]])
    return {"meaning": ordered[0]["severity"] if ordered else "fine", "reasons": ordered}


def nothing() -> dict[str, Any]:
    """The verdict on a truck that no open manifest names."""
    return verdict([_reason("roadside_nothing")])


def _reason(code: str, /, **params: Any) -> dict[str, Any]:
    found = entry(code)
    return {
        "code": code, "severity": found.severity, "zh": found.say("zh", params), "en": found.say("en", params),
    }  # fmt: skip


def _of_state(manifest: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    state = manifest["state"]
    words = lifecycle.words()["manifest"][state]
    said = {"number": manifest["number"] or "—", "state_zh": words["zh"], "state_en": words["en"]}
    if state in ("voided", "expired", "draft"):
        yield _reason("roadside_over", **said)
    elif state in ("delivered", "closed"):
        yield _reason("roadside_done", **said)
    elif state == "issued":
        yield _reason("roadside_not_picked_up", number=said["number"])


def _of_road(
    caller: Caller,
    manifest: Mapping[str, Any],
    minutes: int | None,
    begun: Sequence[Mapping[str, Any]],
    plate: str | None,
) -> Iterable[dict[str, Any]]:
    number, limit = manifest["number"] or "—", caller.settings.road_hours
    if minutes is not None and minutes > limit * 60:
        yield _reason("roadside_too_long", number=number, hours=minutes // 60, limit=limit)
    now_on = begun[-1]["plate"] if begun else None
    if plate and now_on and not plates.same(now_on, plate):
        yield _reason("roadside_other_truck", number=number, plate=now_on)


def _carrier(
    leg: Mapping[str, Any], manifest: Mapping[str, Any], known: Mapping[int, Sequence[PermitKnown]], now: datetime
) -> dict[str, Any]:
    """A carrier with its permits, and the first class of the load that none of those in force covers."""
    mine = [one for one in known.get(leg["party"]["number"], ()) if one.acts_as == "carrier"]
    today = clock.day_of(now)
    valid = [one for one in mine if one.in_force(today)]
    classes = {
        (line["batch"]["class"]["scheme"], line["batch"]["class"]["code"])
        for line in manifest["lines"]
        if line["batch"]["class"]
    }
    lacks = next((code for scheme, code in sorted(classes) if not any(one.covers(scheme, code) for one in valid)), None)
    return {
        "party": leg["party"],
        "plate": leg["plate"],
        "took_over_at": leg["took_over_at"],
        "lacks": None if leg["lapsed"] else lacks,
        "permits": [
            {
                "number": one.number,
                "valid_from": one.valid_from,
                "valid_to": one.valid_to,
                "ended_on": one.ended_on,
                "valid": one in valid,
            }
            for one in mine
        ],
    }


def _lacking(one: Mapping[str, Any]) -> dict[str, Any]:
    party = one["party"]
    english = {"enterprise_en": party["name_en"]} if party["name_en"] else {}
    return {"enterprise": party["name_zh"], "code": one["lacks"]} | english


def _findings(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is open about the manifest and about each batch on it, once."""
    found = {one["id"]: one for one in manifest["findings"]}
    for line in manifest["lines"]:
        found |= {one["id"]: one for one in line["batch"]["findings"]}
    return list(found.values())


def _step(manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    """What comes next as the table has it, and who does it; None where the consignment is over."""
    states = [line["batch"]["state"] for line in manifest["lines"] if line["batch"]["manifest"]]
    for act, side in _WHO.items():
        for state in states:
            cell = lifecycle.cell(state, act)
            if cell.then is not None and cell.finding is None:
                return {"act": act, "side": side, "by": _by(manifest, side)}
    return None


def _by(manifest: Mapping[str, Any], side: str) -> dict[str, Any] | None:
    if side != "carrier":
        found: dict[str, Any] | None = manifest[side]
        return found
    ahead = [leg for leg in manifest["carriers"] if leg["what"] == "carrier" and not leg["lapsed"]]
    waiting = [leg for leg in ahead if leg["took_over_at"] is None] or ahead
    return waiting[0]["party"] if waiting else None


def _last(connection: Connection, caller: Caller, uuids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    rows = connection.execute(_LAST, {"park": caller.park, "manifests": list(uuids), "limit": FACTS_MAX}).mappings()
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["manifest_uuid"], []).append(
            {
                "index": row["position"],
                "id": row["id"],
                "kind": row["kind"],
                "verdict": row["verdict"],
                "observed_at": row["observed_at"],
                "recorded_at": row["recorded_at"],
                "leaf": bytes(row["leaf"]).hex(),
                "by_zh": row["by_zh"],
                "by_en": row["by_en"],
            }
        )
    return found


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
