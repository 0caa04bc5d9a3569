"""The rows behind the paper: drafts of manifests, the serials of their numbers, and the log of issued labels."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from tracker.problems import Problem
from tracker.store import as_json, insert_rows, recordset, stored, table
from tracker.tables.batches import Label

_SERIAL = text("""
INSERT INTO number_series (park_id, series, last) VALUES (:park, :series, 1)
ON CONFLICT (park_id, series) DO UPDATE SET last = number_series.last + 1 RETURNING last
""")
_SERIALS = text("""
INSERT INTO number_series (park_id, series, last)
SELECT :park, series, last FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(series text, last bigint) ORDER BY series
ON CONFLICT (park_id, series) DO UPDATE SET last = number_series.last + excluded.last RETURNING series, last
""")
_LABEL = text("""
SELECT l.*, k.retired_at, r.enterprise_id AS roll_enterprise, r.withdrawn_at, r.withdrawn_why
FROM label l LEFT JOIN park_key k ON k.park_id = l.park_id AND k.key_id = :key
LEFT JOIN label_roll r ON r.park_id = l.park_id AND r.uuid = l.roll_uuid
WHERE l.park_id = :park AND l.id = :id
""")


def next_serial(connection: Connection, park: int, series: str) -> int:
    """The next serial of a series. Gap-free: the row stays locked until the transaction ends, and one that fails gives
    its serial back."""
    return int(connection.execute(_SERIAL, {"park": park, "series": series}).scalar_one())


def next_serials(connection: Connection, park: int, wanted: Mapping[str, int]) -> dict[str, int]:
    """As ``next_serial`` for several at once: how many of each series are wanted -> the last one of them."""
    if not wanted:
        return {}
    # In the order of their names, so that two who want the same series never wait for each other.
    rows = [{"series": series, "last": count} for series, count in sorted(wanted.items())]
    found = connection.execute(_SERIALS, {"park": park, "rows": as_json(rows)})
    return {row.series: int(row.last) for row in found}


_PUT = text("""
INSERT INTO manifest (park_id, uuid, state, hazardous, generator_id, receiver_id, treatment, draft, revision, remark,
  made_at, due_pickup_at)
VALUES (:park, :uuid, 'draft', :hazardous, :generator, :receiver, :treatment, CAST(:body AS jsonb), 1, :remark,
  :now, :due)
ON CONFLICT (park_id, uuid) DO NOTHING RETURNING id
""")
_LABEL_COLUMNS = (
    "park_id", "id", "human_code", "signed", "what", "roll_uuid", "issued_at", "issued_by", "batch_uuid",
    "manifest_uuid",
)  # fmt: skip
_PUT_LABELLED = text(f"""
WITH put AS ({_PUT.text}), labelled AS (
  INSERT INTO label ({", ".join(_LABEL_COLUMNS)})
  SELECT {", ".join(_LABEL_COLUMNS)} FROM {recordset(table(Label), _LABEL_COLUMNS)} WHERE EXISTS (SELECT 1 FROM put))
SELECT id FROM put
""")  # noqa: S608 - names of our own columns


def put_draft(
    connection: Connection,
    park: int,
    uuid: UUID,
    *,
    generator: int,
    receiver: int,
    treatment: str,
    hazardous: bool,
    body: Mapping[str, Any] | None,
    remark: str | None,
    now: datetime,
    due_pickup_at: datetime | None,
    labels: Sequence[Mapping[str, Any]] = (),
) -> int | None:
    """A manifest that is not issued yet; its key, or None where its id is in use. Its row is ours until the transaction
    ends: whoever comes with the same id at this moment waits. ``labels`` are logged with it, or not at all."""
    given = {
        "park": park,
        "uuid": uuid,
        "hazardous": hazardous,
        "generator": generator,
        "receiver": receiver,
        "treatment": treatment,
        "body": as_json(dict(body)) if body is not None else None,
        "remark": remark,
        "now": now,
        "due": due_pickup_at,
    }
    if labels:
        given["rows"] = as_json(stored(labels))
    key: int | None = connection.execute(_PUT_LABELLED if labels else _PUT, given).scalar_one_or_none()
    return key


def revise_draft(
    connection: Connection,
    park: int,
    uuid: UUID,
    revision: int,
    *,
    receiver: int,
    treatment: str,
    body: Mapping[str, Any],
    remark: str | None,
) -> None:
    """Change a draft somebody has read at ``revision``. ``Problem`` changed_meanwhile where it moved on."""
    changed = connection.execute(
        text(
            "UPDATE manifest SET receiver_id = :receiver, treatment = :treatment, draft = CAST(:body AS jsonb),"
            " remark = :remark, revision = revision + 1"
            " WHERE park_id = :park AND uuid = :uuid AND revision = :revision AND state = 'draft'"
        ),
        {
            "park": park,
            "uuid": uuid,
            "revision": revision,
            "receiver": receiver,
            "treatment": treatment,
            "body": as_json(dict(body)),
            "remark": remark,
        },
    )
    if changed.rowcount != 1:
        raise Problem("changed_meanwhile")


def set_due(connection: Connection, park: int, uuid: UUID, due_pickup_at: datetime) -> None:
    """Until when an issued manifest should be picked up."""
    connection.execute(
        text("UPDATE manifest SET due_pickup_at = :due WHERE park_id = :park AND uuid = :uuid"),
        {"park": park, "uuid": uuid, "due": due_pickup_at},
    )


def row(connection: Connection, park: int, uuid: UUID, *, lock: bool = False) -> RowMapping | None:
    """The bare row of a manifest."""
    statement = "SELECT * FROM manifest WHERE park_id = :park AND uuid = :uuid" + (" FOR UPDATE" if lock else "")  # noqa: S608
    return connection.execute(text(statement), {"park": park, "uuid": uuid}).mappings().first()


def issued(connection: Connection, park: int, uuid: UUID) -> tuple[int, dict[str, Any]] | None:
    """Index and log record of the fact that issued a manifest, None while it is a draft."""
    found = connection.execute(
        text(
            'SELECT f."index" AS position, f.record FROM fact f'
            " WHERE f.park_id = :park AND f.manifest_uuid = :uuid AND f.kind = 'manifest_issued'"
        ),
        {"park": park, "uuid": uuid},
    ).first()
    return (found.position, json.loads(found.record)) if found else None


def proposed(connection: Connection, park: int, proposal: UUID, manifest: UUID) -> bool:
    """Whether this change of a manifest has been proposed already. ``Problem`` fact_id_reused where the id stands for
    something else."""
    found = connection.execute(
        text(
            "SELECT p.manifest_uuid FROM fact f LEFT JOIN proposal p ON p.park_id = f.park_id AND p.uuid = f.id"
            " WHERE f.park_id = :park AND f.id = :id"
        ),
        {"park": park, "id": proposal},
    ).first()
    if found is not None and found.manifest_uuid != manifest:
        raise Problem("fact_id_reused", "/id", fact=str(proposal))
    return found is not None


def log_labels(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write labels into the log of issuance. Before they are printed, never after."""
    insert_rows(connection, table(Label), rows)


def label(connection: Connection, park: int, label_id: UUID, key_id: int) -> RowMapping | None:
    """A label of the log, None where it was never issued. ``retired_at`` is its key's."""
    return connection.execute(_LABEL, {"park": park, "id": label_id, "key": key_id}).mappings().first()


def label_by_human_code(connection: Connection, park: int, human_code: str) -> RowMapping | None:
    """The label with this human code in a park, the newest where two share it."""
    return (
        connection.execute(
            text(
                "SELECT l.*, r.enterprise_id AS roll_enterprise, r.withdrawn_at, r.withdrawn_why FROM label l"
                " LEFT JOIN label_roll r ON r.park_id = l.park_id AND r.uuid = l.roll_uuid"
                " WHERE l.park_id = :park AND l.human_code = :code ORDER BY l.issued_at DESC LIMIT 1"
            ),
            {"park": park, "code": human_code},
        )
        .mappings()
        .first()
    )


def label_by_number(connection: Connection, park: int, number: str) -> RowMapping | None:
    """The newest label of the manifest with this number."""
    return (
        connection.execute(
            text(
                "SELECT l.*, NULL AS withdrawn_at FROM manifest m"
                " JOIN label l ON l.park_id = m.park_id AND l.manifest_uuid = m.uuid"
                " WHERE m.park_id = :park AND m.number = :number ORDER BY l.issued_at DESC LIMIT 1"
            ),
            {"park": park, "number": number},
        )
        .mappings()
        .first()
    )


def labels_of(
    connection: Connection, park: int, *, batches: Sequence[UUID] = (), manifests: Sequence[UUID] = ()
) -> dict[UUID, RowMapping]:
    """The newest label of each batch and manifest, by its id."""
    rows = connection.execute(
        text(
            "SELECT * FROM label WHERE park_id = :park"
            " AND (batch_uuid = ANY (:batches) OR manifest_uuid = ANY (:manifests)) ORDER BY issued_at"
        ),
        {"park": park, "batches": list(batches), "manifests": list(manifests)},
    ).mappings()
    return {found["batch_uuid"] or found["manifest_uuid"]: found for found in rows}


def public_keys(connection: Connection) -> Sequence[RowMapping]:
    """Every park's label keys, old ones too: labels outlive the keys they were signed with."""
    return connection.execute(text("SELECT * FROM park_key ORDER BY park_id, key_id")).mappings().all()
