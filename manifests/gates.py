"""What the park's province asks of a manifest before it is issued: the fields that must be filled in, and the filing or
approval without which nothing leaves the province. The province's rules are data; here they are only asked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from manifests.plan import Plan
from tracker import booking, clock, treatments
from tracker.parties import Caller, Settings
from tracker.problems import Problem
from tracker.profiles import Profile

#: The beginning of a county code that names the province.
_PROVINCE = 2
_DECEMBER = 12


def check(
    caller: Caller,
    plan: Plan,
    batches: Sequence[booking.Batch],
    receiver: int,
    divisions: Mapping[int, str],
    *,
    hazardous: bool,
    now: datetime,
) -> str:
    """Raise ``Problem`` where the plan lacks what the park's profile asks for, else say where the waste comes from: the
    generator's county code, or as much as the park knows of its own.

    The codes: field_missing_here, filing_missing, approval_missing, filing_ended, filing_crosses_year, filing_too_long.
    """
    profile = caller.settings.in_force
    fields_given(profile, plan, batches, hazardous=hazardous)
    if plan.filing_number:
        _valid(profile, plan, clock.day_of(now))
    return leaving(
        divisions,
        caller.settings,
        caller.enterprise or 0,
        receiver,
        plan.treatment,
        hazardous=hazardous,
        filing=plan.filing_number,
    )


def leaving(
    where: Mapping[int, str],
    settings: Settings,
    generator: int,
    receiver: int,
    treatment: str,
    *,
    hazardous: bool,
    filing: str | None,
) -> str:
    """Refuse waste that would be stored, disposed of or used in another province without what the law asks for; else
    say where it comes from. ``where``: county codes of both ends by key, as far as they are known.

    ``Problem``: filing_missing, approval_missing."""
    origin, target = where.get(generator) or settings.division, where.get(receiver)
    if filing or target is None or target[:_PROVINCE] == origin[:_PROVINCE]:
        return origin
    profile = settings.in_force
    for_all = hazardous and profile.word("across.hazardous") != "none"
    rule = "across.hazardous" if for_all else f"across.{treatments.kind(treatment)}"
    ground = _ground(profile, rule)
    match profile.word(rule):
        case "approval":
            raise Problem("approval_missing", "/filing_number", **ground)
        case "filing":
            raise Problem("filing_missing", "/filing_number", **ground)
    return origin


def missing(
    profile: Profile, plan: Plan, batches: Sequence[booking.Batch], *, hazardous: bool
) -> Iterator[tuple[str, str]]:
    """Rules of the profile that the plan leaves unanswered, each with the JSON pointer of the empty field."""
    for at, carrier in enumerate(plan.carriers):
        if carrier.what == "store":
            continue  # a store stands still: it has neither plate nor driver
        for rule, name in _OF_CARRIER.items():
            if profile.wants(rule, hazardous=hazardous) and not getattr(carrier, name):
                yield rule, f"/carriers/{at}/{name}"
    if profile.wants("at_issue.container", hazardous=hazardous):
        for at, batch in enumerate(batches):
            if not batch.container:
                yield "at_issue.container", f"/batches/{at}"


#: Rules about carriers, and the field of a carrier that answers each.
_OF_CARRIER = {
    "at_issue.plate": "plate",
    "at_issue.driver_name": "driver",
    "at_issue.driver_phone": "driver_phone",
}


def fields_given(profile: Profile, plan: Plan, batches: Sequence[booking.Batch], *, hazardous: bool) -> None:
    """``Problem`` field_missing_here where the plan leaves a rule of the profile unanswered."""
    for rule, pointer in missing(profile, plan, batches, hazardous=hazardous):
        raise Problem("field_missing_here", pointer, **_ground(profile, rule))


def _ground(profile: Profile, rule: str) -> dict[str, str]:
    """What the rule says, whose it is, and whether anybody confirmed it."""
    said, stated = profile.say(rule), profile[rule]
    sure = ("", "") if stated.confirmed else ("（未经核实）", " (unconfirmed)")
    return {
        "profile": profile.name_zh,
        "profile_en": profile.name_en,
        "rule": f"{said.zh.rstrip('。')}{sure[0]}",
        "rule_en": f"{said.en.rstrip('.')}{sure[1]}",
        "ground": stated.law or stated.source,
    }


def _valid(profile: Profile, plan: Plan, today: date) -> None:
    """A filing that has run out is none; some provinces say how long one may run."""
    number, last = plan.filing_number, plan.filing_valid_to
    limits = [rule for rule in ("across.same_year", "across.months") if profile.word(rule) not in ("no", "0")]
    if last is None:
        if limits:
            raise Problem("filing_without_end", "/filing_valid_to", number=number, **_ground(profile, limits[0]))
        return
    if last < today:
        raise Problem("filing_ended", "/filing_valid_to", number=number, last=last.isoformat())
    if profile.word("across.same_year") == "yes" and last.year != today.year:
        ground = _ground(profile, "across.same_year")
        raise Problem("filing_crosses_year", "/filing_valid_to", number=number, last=last.isoformat(), **ground)
    months = profile.whole("across.months")
    if months and last > months_after(today, months):
        ground = _ground(profile, "across.months")
        raise Problem("filing_too_long", "/filing_valid_to", number=number, last=last.isoformat(), **ground)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, the month's last where it has no such day."""
    turn, month = divmod(day.month - 1 + months, _DECEMBER)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + turn, month + 1, last)
        except ValueError:
            continue
    raise AssertionError(day)  # every month has a 28th
