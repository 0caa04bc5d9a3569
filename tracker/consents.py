"""Writes what is proposed and answered, and the names under manifests. Nothing but ``posting`` calls this."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import booking, courses, lifecycle
from tracker.store import as_json, insert_rows, recordset, table
from tracker.tables.consent import ManifestSignature, Proposal, ProposalAnswer


def consents(connection: Connection, park: int, booked: Sequence[booking.Booked], base: int, now: datetime) -> None:
    """Proposals that were made or answered, and names under manifests."""
    signatures: list[dict[str, Any]] = []
    proposals: dict[UUID, tuple[int, booking.Proposal]] = {}
    for at, one in enumerate(booked):
        proposals |= {uuid: (base + at, proposal) for uuid, proposal in one.proposals.items()}
        signatures += [
            {
                "park_id": park,
                "index": base + at,
                "manifest_id": one.manifests[signature.manifest].key,
                "side": signature.side,
                "enterprise_id": signature.enterprise,
                "method": signature.method,
                "of": signature.of,
            }
            for signature in one.signatures
        ]
    insert_rows(connection, table(ManifestSignature), signatures)
    if not proposals:
        return
    rows = [_proposal(park, index, proposal) for index, proposal in proposals.values()]
    connection.execute(_PROPOSE, {"rows": as_json(rows)})
    answers = [
        {"park_id": park, "proposal": uuid, "enterprise_id": enterprise, "answer": answer}
        for uuid, (_, proposal) in proposals.items()
        for enterprise, answer in proposal.answers.items()
    ]
    if answers:
        connection.execute(_ANSWER, {"rows": as_json(answers)})
    words = lifecycle.words()["proposal"]
    over = [
        {"fact": uuid, "at": now, "answer": f"{words[proposal.state]['zh']} / {words[proposal.state]['en']}"}
        for uuid, (_, proposal) in proposals.items()
        if proposal.state != "open"
    ]
    if over:
        connection.execute(_SETTLED, {"park": park, "rows": as_json(over)})


#: The finding asked for an answer, and now there is one.
_SETTLED = text("""
UPDATE finding n SET answered_at = r.at, answer = r.answer
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(fact uuid, at timestamptz, answer text), fact f
WHERE f.park_id = :park AND f.id = r.fact AND n.park_id = f.park_id AND n."index" = f."index" AND n.answered_at IS NULL
  AND n.code IN ('correction_awaits_consent', 'route_awaits_consent')
""")


def _proposal(park: int, index: int, proposal: booking.Proposal) -> dict[str, Any]:
    return {
        "park_id": park,
        "uuid": proposal.fact,
        "kind": proposal.kind,
        "state": proposal.state,
        "proposer_id": proposal.proposer,
        "batch_uuid": proposal.batch,
        "manifest_uuid": proposal.manifest,
        "root": proposal.root,
        "grams": proposal.grams,
        "change": courses.told_of(proposal.change),
        "made_at": proposal.made_at,
        "settled_at_index": None if proposal.state == "open" else index,
    }


_PROPOSAL_COLUMNS = (
    "park_id",
    "uuid",
    "kind",
    "state",
    "proposer_id",
    "batch_uuid",
    "manifest_uuid",
    "root",
    "grams",
    "change",
    "made_at",
    "settled_at_index",
)
_PROPOSE = text(f"""
INSERT INTO proposal ({", ".join(_PROPOSAL_COLUMNS)})
SELECT {", ".join(_PROPOSAL_COLUMNS)} FROM {recordset(table(Proposal), _PROPOSAL_COLUMNS)}
ON CONFLICT (park_id, uuid) DO UPDATE SET state = excluded.state, settled_at_index = excluded.settled_at_index
""")  # noqa: S608 - names of our own columns
_ANSWER_COLUMNS = ("park_id", "proposal", "enterprise_id", "answer")
_ANSWER = text(f"""
INSERT INTO proposal_answer (park_id, proposal, enterprise_id, answer)
SELECT park_id, proposal, enterprise_id, answer FROM {recordset(table(ProposalAnswer), _ANSWER_COLUMNS)}
ON CONFLICT (park_id, proposal, enterprise_id) DO UPDATE SET answer = excluded.answer
""")  # noqa: S608
