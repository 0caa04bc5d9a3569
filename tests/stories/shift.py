"""A whole shift on a phone: facts uploaded in random order, and every answer lost once."""

import random
from typing import TYPE_CHECKING, Any

from tests.api.parks import SLUDGE, ago, fact, fresh
from tests.stories.reading import Step

if TYPE_CHECKING:
    from tests.stories.runner import Stage

#: As many facts as one request may hold.
AT_MOST = 50
KINDS = ("generated", "weighed", "weighed", "weighed")


def upload(stage: "Stage", step: Step) -> tuple[str, str]:
    """Tell ``drums`` times four facts, shuffled, each request twice because its first answer never came. Each fact must
    have been recorded exactly once. What happened, in zh and en."""
    person, dice = stage.park.person(step.who), random.Random(2026)
    told = [one for _ in range(step.given["drums"]) for one in _drum()]
    dice.shuffle(told)
    verdicts: dict[str, int] = {}
    for start in range(0, len(told), AT_MOST):
        portion = told[start : start + AT_MOST]
        person.tell(*portion)  # This answer is lost on the way.
        for receipt in person.tell(*portion):
            verdicts[receipt["verdict"]] = verdicts.get(receipt["verdict"], 0) + 1
    # What waited has its answer by now, and the phone asks once more for all of it.
    dice.shuffle(told)
    asked_again = [person.tell(*told[start : start + AT_MOST]) for start in range(0, len(told), AT_MOST)]
    final = {receipt["verdict"] for receipts in asked_again for receipt in receipts}
    assert final == {"already_recorded"}, final
    rows = stage.park.sql("SELECT count(*) AS n, count(DISTINCT id) AS ids FROM fact WHERE park_id = :park")
    assert dict(rows[0]) == {"n": len(told), "ids": len(told)}, rows
    assert set(verdicts) <= {"already_recorded", "waiting"}, verdicts
    return (
        f"{len(told)} 条事实乱序上传，每次应答丢失一次，每条恰好入账一次。",
        f"{len(told)} facts in random order, every answer lost once: each is recorded exactly once.",
    )


def _drum() -> list[dict[str, Any]]:
    """One drum of the shift: filled and weighed three times, each fact knowing the one before it."""
    batch, prev, made = fresh(), None, []
    for minute, kind in enumerate(KINDS):
        details = {"class": SLUDGE} if kind == "generated" else {}
        seen = {"prev": prev} if prev else {}
        made.append(
            fact(
                kind, batch, grams=200_000, measured=True, details=details, observed_at=ago(minutes=60 - minute), **seen
            )
        )
        prev = made[-1]["id"]
    return made
