"""Findings about time. Device clocks are shown, never trusted: the log orders by arrival."""

from collections.abc import Iterator
from datetime import timedelta

from tracker import booking
from tracker.clock import minute_of
from tracker.problems import Finding
from tracker.rules.context import Context


def clock(context: Context) -> Iterator[Finding]:
    """A device that runs ahead of us, or dates a fact in a year that makes no sense."""
    observed, recorded = context.fact.observed_at, context.recorded_at
    if (off := booking.astray(context.skew_s)) is not None:
        code = "clock_ahead" if off > timedelta() else "clock_behind"
        yield Finding(code, {"minutes": round(abs(off).total_seconds() / 60)})
        observed -= off
    if booking.trusted(observed, recorded) != observed:
        ahead = observed - recorded
        if timedelta() < ahead < timedelta(days=1):
            yield Finding("clock_ahead", {"minutes": round(ahead.total_seconds() / 60)})
        else:
            evidence = {"observed": minute_of(observed), "recorded": minute_of(recorded)}
            yield Finding("time_implausible", evidence)
    elif (context.paper is None or context.paper.by_phone) and recorded - observed > timedelta(
        hours=context.settings.late_hours
    ):
        yield Finding("reported_late", {"hours": round((recorded - observed).total_seconds() / 3600)})


def order(context: Context) -> Iterator[Finding]:
    """A fact dated before the batch's previous one, beyond what two clocks may differ."""
    when = context.when
    for batch, before, _ in context.lines():
        if when < before.observed_at - booking.SKEW_MAX:
            evidence = {"before": minute_of(before.observed_at), "observed": minute_of(context.fact.observed_at)}
            yield Finding("time_before_predecessor", evidence, str(batch.uuid))


RULES = (clock, order)
