"""Ways of use and disposal: the codes and their words."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def codes() -> dict[str, dict[str, str]]:
    """Every treatment code with its words in zh and en."""
    with files("tracker").joinpath("treatments.toml").open("rb") as source:
        found: dict[str, dict[str, str]] = tomllib.load(source)["codes"]
    return found


def kind(code: str) -> str:
    """``use``, ``disposal`` or ``storage``; what no list knows is taken for disposal, of which the law asks most."""
    return codes().get(code, {}).get("kind", "disposal")
