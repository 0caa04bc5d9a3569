"""What a caller is to a batch, and whose turn it is: what ``acts`` wants to know."""

from collections.abc import Mapping, Sequence
from typing import Any

from tracker import acts, lifecycle
from tracker.parties import Caller

#: Legs of a batch's manifest, for a SELECT in which that is ``m``.
LEGS = """(SELECT jsonb_agg(jsonb_build_object('enterprise', mc.enterprise_id, 'what', mc.what,
    'begun', mc.took_over_at IS NOT NULL, 'lapsed', mc.lapsed, 'zh', me.name_zh, 'en', me.name_en) ORDER BY mc.leg)
  FROM manifest_carrier mc JOIN enterprise me ON me.id = mc.enterprise_id
  WHERE mc.park_id = m.park_id AND mc.manifest_id = m.id)"""
#: Whether a free batch ``b`` was made by combining others and nothing has been taken from it since.
GROUPED = """(b.state IN ('on_site', 'received') AND EXISTS (
    SELECT 1 FROM edge ge JOIN fact gf ON gf.park_id = ge.park_id AND gf."index" = ge.counts_at
    WHERE ge.park_id = b.park_id AND ge.child = b.id AND gf.kind = 'combined')
  AND NOT EXISTS (SELECT 1 FROM edge ge WHERE ge.park_id = b.park_id AND ge.parent = b.id))"""


def of(caller: Caller, batch: Mapping[str, Any], manifest: Mapping[str, Any] | None) -> acts.Standing:
    """``batch``: state, holder_id, generator_id, grouped. ``manifest``, where it is on one: generator_id, receiver_id,
    returns_uuid, legs, and the names of both ends. Somebody who only reads is nothing to it."""
    mine = caller.enterprise
    if mine is None:
        return acts.Standing(batch["state"], frozenset())
    legs = (manifest["legs"] or []) if manifest else []
    found = {"anyone"}
    on_the_road = batch["state"] in lifecycle.ON_THE_ROAD
    if batch["holder_id"] == mine:
        found |= {"holder", "carrier"} if on_the_road else {"holder"}
    if manifest is None:
        found |= {"generator"} if on_the_road and batch["generator_id"] == mine else set()
    else:
        # Where it brings something back, its receiver is whom the batch came from.
        home = manifest["receiver_id"] if manifest["returns_uuid"] else None
        found |= {"generator"} if mine in (manifest["generator_id"], home) else set()
        found |= {"receiver"} if manifest["receiver_id"] == mine else set()
        found |= {leg["what"] for leg in legs if leg["enterprise"] == mine}
    return acts.Standing(
        batch["state"],
        frozenset(found),
        _named(manifest, legs) if manifest and len(found) > 1 else None,
        _turn(mine, batch["state"], legs, found),
        bool(batch["grouped"]),
    )


def _named(manifest: Mapping[str, Any], legs: Sequence[Mapping[str, Any]]) -> dict[str, acts.Names]:
    named = {
        "generator": (manifest["generator_name_zh"], manifest["generator_name_en"]),
        "receiver": (manifest["receiver_name_zh"], manifest["receiver_name_en"]),
    }
    for leg in reversed(legs):
        if not leg["lapsed"]:
            named[leg["what"]] = (leg["zh"], leg["en"])
    return {side: (zh, en or zh) for side, (zh, en) in named.items()}


def _turn(mine: int, state: str, legs: Sequence[Mapping[str, Any]], found: set[str]) -> acts.Names | None:
    """Whose leg comes next, where the caller's own does not and the caller has one to wait for."""
    if state not in ("reserved", "in_transit", "deposited") or not found & {"carrier", "store"}:
        return None
    waiting = [leg for leg in legs if not leg["begun"] and not leg["lapsed"]]
    if not waiting or waiting[0]["enterprise"] == mine or not any(leg["enterprise"] == mine for leg in waiting):
        return None
    return waiting[0]["zh"], waiting[0]["en"] or waiting[0]["zh"]
