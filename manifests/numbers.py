"""The numbers of a park's manifests: the next of a series, one out of a block, and blocks given out beforehand."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from manifests import number
from tracker import booking, clock, numbering, papers, registry
from tracker.parties import Caller, Settings
from tracker.problems import Problem


def of_manifest(
    connection: Connection, caller: Caller, manifest: UUID, *, asked: str | None, hazardous: bool, now: datetime
) -> str:
    """The number of a manifest that is being issued: ``asked`` out of a block of the caller's, else the park's next.
    Either stays locked until the transaction ends. Problems as ``numbering.use`` and ``number.parse``."""
    year = clock.year_of(now)
    if asked is None:
        serial = papers.next_serial(connection, caller.park, numbering.series_of(hazardous=hazardous, year=year))
        return written(caller.settings, hazardous=hazardous, year=year)(serial)
    read = typed(caller.settings, asked, now)
    if (read.kind == "hazardous") != hazardous:
        raise Problem("number_of_other_kind", "/number", number=read.text)
    # One given out before New Year may be used after it; a rule without a year counts within this year's series.
    series = numbering.series_of(hazardous=hazardous, year=read.year or year)
    numbering.use(connection, caller, read.text, series, manifest, now)
    return read.text


def typed(settings: Settings, text: str, now: datetime) -> number.Number:
    """A manifest number somebody typed, by this park's rules. Problems as ``number.parse``."""
    rule = number.NumberRule(settings.general_number)
    return number.parse(rule, settings.number_code, text, today=clock.day_of(now))


def written(settings: Settings, *, hazardous: bool, year: int) -> Callable[[int], str]:
    """How the park writes the number of a serial: by national rule for hazardous waste, by its own for general."""
    if hazardous:
        return partial(number.hazardous, year, settings.division[:2], settings.division[2:4])
    return partial(number.general, number.NumberRule(settings.general_number), settings.number_code, year)


def allocate_block(
    connection: Connection,
    caller: Caller,
    *,
    hazardous: bool,
    count: int,
    holder_kind: numbering.HolderKind,
    holder: str,
    now: datetime | None = None,
    uuid: UUID | None = None,
    on: numbering.Terms | None = None,
    labels: Callable[[int], Sequence[UUID]] | None = None,
) -> numbering.Block:
    """Give a holder the next ``count`` numbers of this year, to be used one by one as ``Plan.number``, also without a
    network. Asked again under the same ``uuid``, the first answer stands. Problems as ``numbering.allocate_block``."""
    moment = now or datetime.now(UTC)
    year = clock.year_of(moment)
    return numbering.allocate_block(
        connection,
        caller,
        numbering.series_of(hazardous=hazardous, year=year),
        count,
        holder_kind=holder_kind,
        holder=booking.plain_text(holder, "/holder", registry.NAME_MAX),
        write=written(caller.settings, hazardous=hazardous, year=year),
        now=moment,
        uuid=uuid,
        on=on,
        labels=labels,
    )
