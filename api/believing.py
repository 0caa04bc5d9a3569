"""Whether a record that came by a file was made by whom it says, on the phone it says: the one place that asks."""

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from tracker.parties import Caller, Who
from tracker.problems import Problem
from tracker.store import Connection

_Believes = Callable[[Connection, Caller, Mapping[str, Any], UUID, UUID, str], Who | Problem]


def believes(
    connection: Connection, caller: Caller, fact: Mapping[str, Any], person: UUID, device: UUID, signature: Any
) -> Who | Problem:
    """Who told ``fact`` (its envelope without the signature), or why that is not believed."""
    if not isinstance(signature, str) or not signature:
        return Problem("carried_unsigned")
    known = _by_device()
    if known is None:
        return Problem("carried_device_unknown")
    return known(connection, caller, fact, person, device, signature)


def _by_device() -> _Believes | None:
    """The register of devices, where this installation has one."""
    if importlib.util.find_spec("tracker.devices") is None:
        return None
    found: _Believes | None = getattr(importlib.import_module("tracker.devices"), "believes", None)
    return found
