"""The rules of a park as people read them: sentences with their ground, and the deadlines with their dates."""

from datetime import datetime
from typing import Any

from tracker import clock, profiles, treatments, workdays
from tracker.parties import Settings
from tracker.profiles import Profile

#: Fields of a plan that a rule may want, with where they stand in it.
_FIELDS = {
    "at_issue.plate": "/carriers/*/plate",
    "at_issue.driver_name": "/carriers/*/driver",
    "at_issue.driver_phone": "/carriers/*/driver_phone",
    "at_issue.container": "/batches/*",
    "at_pickup.plate": "/plate",
}
_DEADLINES = ("deadlines.receipt", "deadlines.pickup", "deadlines.paper", "deadlines.correction")


def of_park(settings: Settings, now: datetime) -> dict[str, Any]:
    """Everything a phone or desk wants to know before somebody confirms, each part with its confirmed flag and law."""
    profile = settings.in_force
    return {
        "name": profile.name,
        "name_zh": profile.name_zh,
        "name_en": profile.name_en,
        "division": profile.division,
        "rules": [_rule(profile, key) for key in profiles.rules()],
        "sections": [{"name": name, "zh": said.zh, "en": said.en} for name, said in profiles.sections().items()],
        "required": [_required(profile, key, pointer) for key, pointer in _FIELDS.items()],
        "mismatch": {name: profile.word(f"mismatch.{name}") for name in ("kind", "weight", "time")},
        "deadlines": [_deadline(profile, key, now) for key in _DEADLINES],
        "treatment_kinds": {code: treatments.kind(code) for code in treatments.codes()},
    }


def _rule(profile: Profile, key: str) -> dict[str, Any]:
    said, stated = profile.say(key), profile[key]
    return {
        "key": key,
        "section": key.partition(".")[0],
        "value": str(stated.value),
        "zh": said.zh,
        "en": said.en,
        "confirmed": stated.confirmed,
        "origin": stated.origin,
        "source": stated.source,
        "law": stated.law,
    }


def _required(profile: Profile, key: str, pointer: str) -> dict[str, Any]:
    return {
        "key": key,
        "when": key.partition(".")[0].removeprefix("at_"),
        "pointer": pointer,
        "general": profile.wants(key, hazardous=False),
        "hazardous": profile.wants(key, hazardous=True),
        "confirmed": profile[key].confirmed,
    }


def _deadline(profile: Profile, key: str, now: datetime) -> dict[str, Any]:
    """A deadline and the last day of one that begins today; ``calendar`` says how sure that day is."""
    today, days = clock.day_of(now), profile.whole(key)
    last = workdays.working_days_after(today, days)
    return {
        "key": key,
        "working_days": days,
        "from": today,
        "until": last if days else None,
        "confirmed": profile[key].confirmed,
        "calendar": workdays.basis(today, last),
    }
