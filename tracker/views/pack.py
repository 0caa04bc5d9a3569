"""What somebody may need for a shift without a network: their open manifests and batches, and the words for them.

Everything here the caller could also have asked for one by one, under the same rules; the pack only spares the asking.
It is bounded, so that it stays small in a park of a million, and says where something was left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from tracker import lifecycle, papers, treatments
from tracker.parties import Caller
from tracker.views import shapes, standing

#: How much of each a pack holds at most.
MANIFESTS_MAX, BATCHES_MAX, LINES_MAX = 300, 1_000, 2_000
CLASSES_MAX, ENTERPRISES_MAX, STORES_MAX, PLATES_MAX = 2_000, 2_000, 500, 20
#: How far back is looked: for what is still on hand among all somebody ever held, and for what a park uses lately.
LOOK_BACK, LATELY = 20_000, 5_000

#: Manifests with something still to be done; those of the road before those that wait for treatment or the way home.
_ON_THE_WAY = ("issued", "under_way")
_OPEN = (*_ON_THE_WAY, "delivered", "part_refused", "refused")
_MINE = """
SELECT page.id FROM unnest(CAST(:open AS text[])) AS s(state) CROSS JOIN LATERAL (
  SELECT id FROM manifest WHERE park_id = :park AND generator_id = :me AND state = s.state
  ORDER BY id DESC LIMIT :limit) AS page
UNION SELECT page.id FROM unnest(CAST(:open AS text[])) AS s(state) CROSS JOIN LATERAL (
  SELECT id FROM manifest WHERE park_id = :park AND receiver_id = :me AND state = s.state
  ORDER BY id DESC LIMIT :limit) AS page
UNION SELECT c.manifest_id FROM (
  SELECT park_id, manifest_id FROM manifest_carrier WHERE park_id = :park AND enterprise_id = :me
  ORDER BY manifest_id DESC LIMIT :look) AS c
  JOIN manifest m ON m.park_id = c.park_id AND m.id = c.manifest_id WHERE m.state = ANY (:open)"""
_ALL = """
SELECT page.id FROM unnest(CAST(:open AS text[])) AS s(state) CROSS JOIN LATERAL (
  SELECT id FROM manifest WHERE park_id = :park AND state = s.state ORDER BY id DESC LIMIT :limit) AS page"""
_MANIFESTS = """
SELECT m.id AS key, m.uuid AS id, m.number, m.state, m.hazardous, m.generator_id AS generator,
  m.receiver_id AS receiver, m.treatment, m.issued_at, m.due_pickup_at, l.id AS label_id, l.human_code,
  o.uuid AS returns_uuid, o.number AS returns_number, o.state AS returns_state,
  (SELECT jsonb_agg(jsonb_build_object('leg', mc.leg, 'party', mc.enterprise_id, 'plate', mc.plate,
     'took_over_at', mc.took_over_at, 'what', mc.what, 'lapsed', mc.lapsed) ORDER BY mc.leg)
   FROM manifest_carrier mc WHERE mc.park_id = m.park_id AND mc.manifest_id = m.id) AS carriers
FROM ({whose}) AS mine JOIN manifest m ON m.park_id = :park AND m.id = mine.id
LEFT JOIN manifest o ON o.park_id = m.park_id AND o.uuid = m.returns_uuid
LEFT JOIN LATERAL (SELECT id, human_code FROM label WHERE park_id = m.park_id AND manifest_uuid = m.uuid
                   ORDER BY issued_at DESC LIMIT 1) l ON true
ORDER BY (m.state = ANY (:first)) DESC, m.id DESC LIMIT :limit
"""
_MANIFESTS_MINE, _MANIFESTS_ALL = (text(_MANIFESTS.format(whose=whose)) for whose in (_MINE, _ALL))
_LINES = text("""
SELECT ml.manifest_id, b.id AS key, b.uuid AS batch, ml.planned_grams, ml.loaded_grams, ml.accepted_grams,
  ml.refused_grams, ml.outcome, ml.part_of
FROM manifest_line ml JOIN batch b ON b.park_id = ml.park_id AND b.id = ml.batch_id
WHERE ml.park_id = :park AND ml.manifest_id = ANY (:manifests)
ORDER BY array_position(CAST(:manifests AS bigint[]), ml.manifest_id), ml.batch_id LIMIT :limit
""")
_BATCHES = text(f"""
WITH mine AS MATERIALIZED (SELECT id, state FROM batch WHERE park_id = :park AND holder_id = :me
                           ORDER BY id DESC LIMIT :look),
  held AS MATERIALIZED (SELECT id FROM mine WHERE state <> ALL (:ends) ORDER BY id DESC LIMIT :limit)
SELECT b.id AS key, b.uuid AS id, l.id AS label_id, l.human_code, b.class_id AS "class", b.raw_class,
  b.grams, b.measured, b.state, b.form, b.container, b.generator_id AS generator, b.holder_id AS holder,
  b.generated_at, b.held_since, b.last_fact,
  {standing.GROUPED} AS grouped, pl.uuid AS place_uuid, pl.name_zh AS place_zh, pl.name_en AS place_en,
  m.uuid AS manifest_uuid, m.number AS manifest_number, m.state AS manifest_state,
  (SELECT jsonb_agg(to_jsonb(n) ORDER BY n.id) FROM finding n
     WHERE n.park_id = b.park_id AND n.batch_uuid = b.uuid AND n.answered_at IS NULL) AS findings,
  b.id IN (SELECT id FROM held) AS held, (SELECT count(*) FROM mine) AS looked
FROM batch b LEFT JOIN place pl ON pl.id = b.store_id
LEFT JOIN manifest m ON m.park_id = b.park_id AND m.id = b.manifest_id
LEFT JOIN LATERAL (SELECT id, human_code FROM label WHERE park_id = b.park_id AND batch_uuid = b.uuid
                   ORDER BY issued_at DESC LIMIT 1) l ON true
WHERE b.park_id = :park AND b.id IN (SELECT id FROM held UNION SELECT unnest(CAST(:lines AS bigint[])))
ORDER BY b.id DESC
""")  # noqa: S608 - the part is a constant of this package
_CLASSES = text(f"""
SELECT c.id AS number, {shapes.CLASS_COLUMNS} FROM waste_class c JOIN waste_scheme s ON s.id = c.scheme_id
WHERE c.id = ANY (:named) OR c.id IN (SELECT class_id FROM (
  SELECT class_id FROM batch WHERE park_id = :park ORDER BY id DESC LIMIT :lately) AS late)
ORDER BY (c.id = ANY (:named)) DESC, c.id LIMIT :limit
""")  # noqa: S608
_ENTERPRISES = text(f"""
SELECT {shapes.party_columns("e", "party")} FROM enterprise e
WHERE e.id = ANY (:named) OR e.id IN (
  SELECT generator_id FROM (
    SELECT generator_id FROM batch WHERE park_id = :park ORDER BY id DESC LIMIT :lately) AS late)
  OR e.id IN (SELECT unnest(ARRAY[late.generator_id, late.receiver_id, c.enterprise_id]) FROM (
    SELECT park_id, id, generator_id, receiver_id FROM manifest WHERE park_id = :park AND state <> 'draft'
    ORDER BY id DESC LIMIT :lately) AS late
    JOIN manifest_carrier c ON c.park_id = late.park_id AND c.manifest_id = late.id)
ORDER BY (e.id = ANY (:named)) DESC, e.id LIMIT :limit
""")  # noqa: S608
_STORES = text("""
SELECT uuid AS id, name_zh, name_en FROM place WHERE enterprise_id = :me AND kind = 'store' ORDER BY id LIMIT :limit
""")
_PLATES = text("""
SELECT plate FROM (SELECT plate, manifest_id FROM manifest_carrier
                   WHERE park_id = :park AND enterprise_id = :me AND plate IS NOT NULL
                   ORDER BY manifest_id DESC LIMIT 500) AS late
GROUP BY plate ORDER BY max(manifest_id) DESC LIMIT :limit
""")


def of(connection: Connection, caller: Caller) -> dict[str, Any]:
    """The pack of one person. Parties and classes stand in it as the short numbers that labels carry too, and once each
    under ``enterprises`` and ``classes``; ``truncated`` says of what there was more."""
    manifests, more_manifests = _cut(_manifests(connection, caller), MANIFESTS_MAX)
    lines, more_lines = _cut(_lines(connection, caller, manifests), LINES_MAX)
    rows = _batches(connection, caller, [line["key"] for line in lines])
    over = {row["key"] for row in [row for row in rows if row["held"]][BATCHES_MAX:]}
    more_held = bool(over) or any(row["looked"] >= LOOK_BACK for row in rows)
    on_paper = {line["key"] for line in lines}
    for manifest in manifests:
        manifest["lines"] = [line for line in lines if line["manifest_id"] == manifest["key"]]
    batches = [_batch(row) for row in rows if row["key"] not in over - on_paper]
    classes, more_classes = _cut(_classes(connection, caller, batches), CLASSES_MAX)
    enterprises, more_enterprises = _cut(_enterprises(connection, caller, manifests, batches), ENTERPRISES_MAX)
    own = {"park": caller.park, "me": caller.enterprise or 0}
    return {
        "manifests": manifests,
        "batches": batches,
        "classes": classes,
        "enterprises": enterprises,
        "stores": [dict(row) for row in connection.execute(_STORES, own | {"limit": STORES_MAX}).mappings()],
        "plates": list(connection.execute(_PLATES, own | {"limit": PLATES_MAX}).scalars()),
        "treatments": [{"code": code, "kind": treatments.kind(code)} for code in treatments.codes()],
        "rules": _rules(caller),
        "keys": [dict(row) for row in papers.public_keys(connection)],
        "truncated": {
            "manifests": more_manifests,
            "lines": more_lines,
            "batches": more_held,
            "classes": more_classes,
            "enterprises": more_enterprises,
        },
    }


def _cut(rows: list[dict[str, Any]], most: int) -> tuple[list[dict[str, Any]], bool]:
    """One more is asked for than is given, which tells whether there was more."""
    return rows[:most], len(rows) > most


def _manifests(connection: Connection, caller: Caller) -> list[dict[str, Any]]:
    given = {
        "park": caller.park, "me": caller.enterprise or 0, "open": list(_OPEN), "first": list(_ON_THE_WAY),
        "look": LOOK_BACK, "limit": MANIFESTS_MAX + 1,
    }  # fmt: skip
    statement = _MANIFESTS_ALL if caller.sees_all else _MANIFESTS_MINE
    return [_manifest(dict(row)) for row in connection.execute(statement, given).mappings()]


def _manifest(row: dict[str, Any]) -> dict[str, Any]:
    returns = {"id": row["returns_uuid"], "number": row["returns_number"], "state": row["returns_state"]}
    return row | {"carriers": row["carriers"] or [], "returns": returns if row["returns_uuid"] else None}


def _lines(connection: Connection, caller: Caller, manifests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    given = {"park": caller.park, "manifests": [one["key"] for one in manifests], "limit": LINES_MAX + 1}
    return [dict(row) for row in connection.execute(_LINES, given).mappings()]


def _batches(connection: Connection, caller: Caller, lines: Sequence[int]) -> list[Mapping[str, Any]]:
    given = {
        "park": caller.park, "me": caller.enterprise or 0, "ends": list(lifecycle.ENDS), "lines": list(lines),
        "look": LOOK_BACK, "limit": BATCHES_MAX + 1,
    }  # fmt: skip
    return [dict(row) for row in connection.execute(_BATCHES, given).mappings()]


def _batch(row: Mapping[str, Any]) -> dict[str, Any]:
    place = {"id": row["place_uuid"], "name_zh": row["place_zh"], "name_en": row["place_en"]}
    manifest = {"id": row["manifest_uuid"], "number": row["manifest_number"], "state": row["manifest_state"]}
    return dict(row) | {
        "place": place if row["place_uuid"] else None,
        "manifest": manifest if row["manifest_uuid"] else None,
        "findings": shapes.findings(row["findings"]),
    }


def _classes(connection: Connection, caller: Caller, batches: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    named = {one["class"] for one in batches if one["class"]}
    given = {"park": caller.park, "named": list(named), "lately": LATELY, "limit": CLASSES_MAX + 1}
    rows = connection.execute(_CLASSES, given).mappings()
    return [(shapes.waste_class(dict(row)) or {}) | {"number": row["number"]} for row in rows]


def _enterprises(
    connection: Connection,
    caller: Caller,
    manifests: Iterable[Mapping[str, Any]],
    batches: Iterable[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Those that stand on what is packed, then those the park has to do with lately: who may see the register may know
    them."""
    named = {one[side] for one in manifests for side in ("generator", "receiver")}
    named |= {leg["party"] for one in manifests for leg in one["carriers"]}
    named |= {one[side] for one in batches for side in ("generator", "holder")}
    given = {"park": caller.park, "named": list(named), "lately": LATELY, "limit": ENTERPRISES_MAX + 1}
    rows = connection.execute(_ENTERPRISES, given).mappings()
    return [shapes.party(dict(row), "party") or {} for row in rows]


def _rules(caller: Caller) -> dict[str, Any]:
    """What a phone must know of the park's rules before somebody confirms: what stops a load, and from when figures
    disagree."""
    profile, settings = caller.settings.in_force, caller.settings
    said = profile.say("mismatch.weight")
    return {
        "weight": profile.word("mismatch.weight"),
        "weight_zh": said.zh,
        "weight_en": said.en,
        "confirmed": profile["mismatch.weight"].confirmed,
        "tolerance_permille": settings.tolerance_permille,
        "tolerance_grams": settings.tolerance_grams,
        "plate_general": profile.wants("at_pickup.plate", hazardous=False),
        "plate_hazardous": profile.wants("at_pickup.plate", hazardous=True),
    }
