"""What is asked of every refusal and finding: two languages, no hole in the sentence, nothing half written."""

import re
from typing import Any

from tests.api.parks import Park

HAN = re.compile(r"[\u4e00-\u9fff]")


def said(problem: dict[str, Any]) -> str:
    """The code of a problem or finding, once it speaks both languages."""
    assert HAN.search(problem["zh"]), problem
    assert problem["en"], problem
    # Names are what they are in any language; our own words are not.
    names = re.sub(r"“[^”]*”|有限公司|厂区|路过的车", "", problem["en"])
    assert not HAN.search(names), problem
    assert "{" not in problem["zh"] + problem["en"], problem
    return str(problem["code"])


def turned_away(park: Park, told: Any, who: str = "P") -> tuple[str, str | None]:
    """Why a fact was turned away, and where in it the fault is. It is kept, and changes nothing."""
    before = size(park), len(park.sql("SELECT 1 FROM turned_away WHERE park_id = :park"))
    (receipt,) = park.person(who).tell(told)
    assert receipt["verdict"] == "turned_away", receipt
    assert (size(park), len(park.sql("SELECT 1 FROM turned_away WHERE park_id = :park"))) == (before[0], before[1] + 1)
    return said(receipt["problem"]), receipt["problem"]["pointer"]


def size(park: Park) -> int:
    (row,) = park.sql("SELECT size FROM log_head WHERE park_id = :park")
    return int(row["size"])


def findings(receipt: dict[str, Any]) -> list[str]:
    assert receipt["verdict"] in ("recorded", "conflict"), receipt
    return [said(finding) for finding in receipt["findings"]]
