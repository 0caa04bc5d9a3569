"""What people type where a manifest is meant: numbers and codes in any width, with spaces, hyphens and look-alikes; and
where they got one wrong, the problem that says what is wrong with it."""

import unicodedata
from uuid import UUID

from api.auth import Room
from manifests import human, number, numbers
from tracker import clock, elsewhere
from tracker.problems import Problem
from tracker.store import is_uuid
from tracker.views.picking import Sought

#: Longer than any number or human code however it is spaced, far shorter than any link.
TYPED_MAX = 60
#: A human code is searched from its second character on: by one alone everything is found.
_CODE_MIN = 2
_EXTERNAL_MIN = 3
_CODE_SHAPE = len("K7QF-2M9X-RT-C")


def reference(room: Room, text: str) -> tuple[str, Problem | None]:
    """What to look for, and what to say if it is not there.

    An id is looked for as it is, a manifest number or a human code in its one spelling. What is no number by the park's
    rule is looked for as it was typed (the rule may have been another once), and comes with what is wrong with it: as
    ``number.parse`` or ``human.parse_human``, or not_found where it was meant as neither.
    """
    if is_uuid(text):
        return text, None
    settings = room.caller.settings
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    try:
        return numbers.typed(settings, text, room.now).text, None
    except Problem as problem:
        unread = problem
    try:
        return human.parse_human(text), None
    except Problem as problem:
        if number.meant(number.NumberRule(settings.general_number), settings.number_code, text):
            return plain, unread
        if len(human.fold(human.typed(text) or "")) == human.DATA_CHARACTERS + 1:
            return plain, problem
    return plain, Problem("not_found", what=text[:TYPED_MAX])


def is_code(wanted: str) -> bool:
    """Whether a reference in its one spelling is shaped as a human code."""
    return len(wanted) == _CODE_SHAPE and {wanted[4], wanted[9], wanted[12]} == {"-"}


def unknown(room: Room, what: str) -> Problem:
    """Why a well-formed reference led nowhere: no such manifest here, or a number of another region altogether."""
    if is_uuid(what) or is_code(what):
        return Problem("not_found", what=what)
    own = room.caller.settings.division[:4]
    if what.isdigit() and what[4:8] != own:
        return Problem("manifest_number_elsewhere", number=what, region=what[4:8], own=own)
    return Problem("manifest_number_unknown", number=what[:TYPED_MAX])


def sought(room: Room, text: str) -> Sought | None:
    """Everything a search may mean by this, None where it is empty."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return None
    settings = room.caller.settings
    rule = number.NumberRule(settings.general_number)
    today = clock.day_of(room.now)
    wanted = number.wanted(rule, settings.number_code, settings.division, plain, today=today)
    whole = number.hazardous(today.year, "11", "01", 1)
    if wanted.prefix and not wanted.prefix.isdigit():
        whole = rule.template.format(park=settings.number_code, year=today.year, serial=1)
    external = elsewhere.folded(plain)
    return Sought(
        numbers=wanted.numbers,
        prefix=wanted.prefix,
        lacks=len(whole) - len(wanted.prefix or ""),
        code=_code(plain),
        external=external if _EXTERNAL_MIN <= len(external) <= TYPED_MAX else None,
        uuid=UUID(plain) if is_uuid(plain) else None,
        name=plain,
    )


def mistaken(room: Room, text: str) -> Problem | None:
    """What is wrong with a manifest number somebody searched for in vain; None where it was none, or a right one."""
    settings = room.caller.settings
    if not number.meant(number.NumberRule(settings.general_number), settings.number_code, text):
        return None
    try:
        read = numbers.typed(settings, text, room.now)
    except Problem as problem:
        try:
            human.parse_human(text)
        except Problem:
            return problem
        return None
    return unknown(room, read.text)


def _code(text: str) -> str | None:
    """The beginning of a human code in its one spelling."""
    plain = human.fold(human.typed(text) or "")
    if not _CODE_MIN <= len(plain) <= human.DATA_CHARACTERS + 1 or set(plain) - set(human.ALPHABET):
        return None
    return human.grouped(plain).rstrip("-")
