"""Plans judged before: may this enterprise carry or take this waste, and is there capacity left?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import quantity, treatments
from tracker.loading import permit_known
from tracker.loading import permits as permits_of
from tracker.problems import Problem
from tracker.rules.context import ClassKnown, PermitKnown

_LOCK_YEAR = text("""
INSERT INTO permit_year (permit_uuid, year, reserved_grams, used_grams) VALUES (:permit, :year, 0, 0)
ON CONFLICT (permit_uuid, year) DO UPDATE SET reserved_grams = permit_year.reserved_grams
RETURNING reserved_grams + used_grams
""")


_ISSUING = text("""
SELECT ARRAY(SELECT l.batch_uuid FROM label l WHERE l.park_id = :park AND l.batch_uuid = ANY (:batches)) AS labelled,
  EXISTS (SELECT 1 FROM waiting w WHERE w.park_id = :park AND w.awaits = :manifest) AS awaited,
  (SELECT jsonb_agg(jsonb_build_object('id', e.id, 'uuid', e.uuid, 'name_zh', e.name_zh, 'name_en', e.name_en,
     'division', e.division,
     'permits', (SELECT jsonb_agg(to_jsonb(p) || jsonb_build_object('used_grams', y.used_grams, 'reserved_grams',
                   y.reserved_grams) ORDER BY p.id)
                 FROM permit p LEFT JOIN permit_year y ON y.permit_uuid = p.uuid AND y.year = :year
                 WHERE p.enterprise_id = e.id)))
   FROM enterprise e WHERE e.uuid = ANY (:enterprises)) AS named
""")


@dataclass(frozen=True, slots=True)
class Issuing:
    """What issuing a manifest asks of others: key and names of the enterprises it names, their permits by key, which of
    its batches bear a label, and whether a fact waits for it."""

    named: Mapping[UUID, tuple[int, "Names"]]
    permits: "Loaded"
    labelled: Collection[UUID]
    #: County codes by key, where somebody said them.
    divisions: Mapping[int, str]
    awaited: bool


def issuing(
    connection: Connection,
    park: int,
    manifest: UUID,
    enterprises: Collection[UUID],
    batches: Sequence[UUID],
    year: int,
) -> Issuing:
    """All of that by one statement. The batches are locked before it, so that no label comes to one meanwhile."""
    row = connection.execute(
        _ISSUING,
        {
            "park": park,
            "manifest": manifest,
            "enterprises": list(enterprises),
            "batches": list(batches),
            "year": year,
        },
    ).one()
    found = row.named or ()
    return Issuing(
        {UUID(each["uuid"]): (each["id"], (each["name_zh"], each["name_en"])) for each in found},
        {each["id"]: [permit_known(permit) for permit in each["permits"] or ()] for each in found},
        frozenset(row.labelled),
        {each["id"]: each["division"] for each in found if each["division"]},
        row.awaited,
    )


def check_treatment(code: str) -> str:
    """The code, or ``Problem`` treatment_unknown."""
    if code not in treatments.codes():
        raise Problem("treatment_unknown", "/treatment", treatment=code[:20])
    return code


#: An enterprise's names in zh and, where it has one, en.
Names = tuple[str, str | None]


def _named(names: Names) -> dict[str, str]:
    """An enterprise as a refusal names it, in either language."""
    zh, en = names
    return {"enterprise": zh} | ({"enterprise_en": en} if en else {})


#: Permits by enterprise, where they were loaded for several at once.
Loaded = Mapping[int, Sequence[PermitKnown]]


def _every_class(mine: Sequence[PermitKnown], classes: Iterable[ClassKnown], code: str, shown: Names) -> None:
    """Refuse with ``code`` where these permits do not cover every class."""
    for found in classes:
        if not any(permit.covers(found.scheme, found.code) for permit in mine):
            raise Problem(code, **_named(shown), code=str(found))


def carrier(
    connection: Connection,
    enterprise: int,
    shown: Names,
    classes: Iterable[ClassKnown],
    on: date,
    loaded: Loaded | None = None,
) -> None:
    """Refuse a carrier whose permits in force do not cover every class. ``Problem`` carrier_without_permit."""
    mine = _in_force(connection, enterprise, "carrier", on, loaded)
    _every_class(mine, classes, "carrier_without_permit", shown)


def store(
    connection: Connection,
    enterprise: int,
    shown: Names,
    classes: Iterable[ClassKnown],
    on: date,
    loaded: Loaded | None = None,
) -> None:
    """Refuse a store on the way whose permits to receive do not cover every class. ``Problem`` store_without_permit."""
    mine = _in_force(connection, enterprise, "receiver", on, loaded)
    _every_class(mine, classes, "store_without_permit", shown)


def receiver(
    connection: Connection,
    enterprise: int,
    shown: Names,
    classes: Sequence[ClassKnown],
    treatment: str,
    grams: int,
    on: date,
    origin: str = "",
    loaded: Loaded | None = None,
) -> UUID:
    """The permit that covers every class, the treatment and waste from ``origin`` (the beginning of a county code, as
    much as is known of it) and has room for the grams this year; its year stays locked until the transaction ends, so
    two issues at one instant cannot both take the last tonne.

    Raises ``Problem``: receiver_without_permit, receiver_area_not_permitted, receiver_treatment_not_permitted,
    receiver_capacity_exceeded.
    """
    mine = _in_force(connection, enterprise, "receiver", on, loaded)
    covering = [permit for permit in mine if all(permit.covers(found.scheme, found.code) for found in classes)]
    if not covering:
        lacking = [found for found in classes if not any(permit.covers(found.scheme, found.code) for permit in mine)]
        raise Problem("receiver_without_permit", "/receiver", **_named(shown), code=str((lacking or classes)[0]))
    near = [permit for permit in covering if permit.takes_from(origin)]
    if not near:
        areas = ", ".join(sorted({area for permit in covering for area in permit.divisions}))
        raise Problem("receiver_area_not_permitted", "/receiver", **_named(shown), origin=origin, areas=areas)
    fitting = [permit for permit in near if treatment in permit.treatments]
    if not fitting:
        allowed = sorted({code for permit in near for code in permit.treatments})
        raise Problem(
            "receiver_treatment_not_permitted",
            "/treatment",
            **_named(shown),
            treatment=treatment,
            allowed=", ".join(allowed) or "—",
        )
    most_left = 0
    # In one order everywhere: whoever locks the years of two permits must not meet somebody who goes the other way.
    for permit in sorted(fitting, key=lambda permit: permit.uuid):
        if permit.annual_grams is None:
            return permit.uuid
        taken = connection.execute(_LOCK_YEAR, {"permit": permit.uuid, "year": on.year}).scalar_one()
        left = permit.annual_grams - int(taken)
        if left >= grams:
            return permit.uuid
        most_left = max(most_left, left)
    raise Problem(
        "receiver_capacity_exceeded",
        "/receiver",
        **_named(shown),
        left=quantity.show(most_left),
        asked=quantity.show(grams),
    )


def _in_force(
    connection: Connection, enterprise: int, acts_as: str, on: date, loaded: Loaded | None = None
) -> list[PermitKnown]:
    known = permits_of(connection, [enterprise], on.year) if loaded is None else loaded
    mine = known.get(enterprise, ())
    return [permit for permit in mine if permit.acts_as == acts_as and permit.in_force(on)]


def of_enterprise(connection: Connection, enterprise: int, year: int) -> list[dict[str, Any]]:
    """An enterprise's permits as its page shows them, grams used and promised this year included."""
    return [
        {
            "id": permit.uuid,
            "number": permit.number,
            "acts_as": permit.acts_as,
            "codes": list(permit.codes),
            "treatments": list(permit.treatments),
            "annual_grams": permit.annual_grams,
            "used_grams": permit.used_grams,
            "reserved_grams": permit.reserved_grams,
            "valid_from": permit.valid_from,
            "valid_to": permit.valid_to,
            "divisions": list(permit.divisions),
            "ends_trace": permit.ends_trace,
            "ended_on": permit.ended_on,
            "confirmed": permit.confirmed,
            "revision": permit.revision,
            "left_grams": left_of(permit),
        }
        for permit in permits_of(connection, [enterprise], year).get(enterprise, [])
    ]


def nearest(
    connection: Connection, enterprise: int, classes: Sequence[ClassKnown], treatment: str, on: date
) -> UUID | None:
    """The permit that what has happened counts against, though a plan would have been refused: one that covers it, and
    its treatment where there is one. Its year is locked, as ``receiver`` does it."""
    mine = [permit for permit in _in_force(connection, enterprise, "receiver", on) if permit.annual_grams is not None]
    covering = [permit for permit in mine if all(permit.covers(found.scheme, found.code) for found in classes)]
    fitting = [permit for permit in covering if treatment in permit.treatments] or covering
    if not fitting:
        return None
    chosen = min(permit.uuid for permit in fitting)
    connection.execute(_LOCK_YEAR, {"permit": chosen, "year": on.year})
    return chosen


def left_of(permit: PermitKnown) -> int | None:
    """What is neither promised nor used of a permit's year; negative where more was taken than allowed, None where
    nothing limits it."""
    if permit.annual_grams is None:
        return None
    return permit.annual_grams - permit.used_grams - permit.reserved_grams
