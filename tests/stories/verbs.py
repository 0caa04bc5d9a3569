"""The field's verbs, and what each sends: one table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests import makers
from tests.api.parks import HERE, OILY_RAGS, SLUDGE, Park, ago, fresh
from tests.stories.reading import weight

CLASSES = {
    "sludge": SLUDGE,
    "oily rags": OILY_RAGS,
    "ash": {"scheme": "CN-SW", "edition": "2024", "code": "900-099-S03"},
}


@dataclass(frozen=True)
class Call:
    """What goes over the wire."""

    path: str
    body: dict[str, Any]
    status: int = 200
    method: str = "POST"
    #: Of a question, how its answer is read: a verdict, the code of a refusal, sentences.
    read: Callable[[Any], tuple[str, str | None, tuple[tuple[str, str], ...]]] | None = None
    #: What later steps need of the answer is kept by this.
    keep: Callable[[Any], None] | None = None


@dataclass
class Names:
    """What the story calls things, and the ids they have here. ``makes`` are the names the present step brings."""

    park: Park
    ids: dict[str, str] = field(default_factory=dict)
    batches: list[str] = field(default_factory=list)
    manifests: list[str] = field(default_factory=list)
    proposals: list[str] = field(default_factory=list)

    def batch(self, name: str) -> str:
        """The id of a batch; a name not heard before is a new one."""
        if name not in self.ids:
            self.ids[name] = fresh()
            self.batches.append(name)
        return self.ids[name]

    def manifest(self, name: str) -> str:
        if name not in self.ids:
            self.ids[name] = fresh()
            self.manifests.append(name)
        return self.ids[name]

    def party(self, name: str) -> str:
        return str(self.park.companies[name])


Given = Mapping[str, Any]


def _tell(
    kind: str, names: Names, given: Given, lines: Sequence[Any] = (), manifest: str | None = None, **details: Any
) -> Call:
    told: dict[str, Any] = {"id": fresh(), "kind": kind, "observed_at": ago(), "place": HERE, "details": details}
    if lines:
        told["lines"] = list(lines)
    if manifest is not None:
        told["manifest"] = names.ids[manifest]
    if "as" in given:
        names.ids[given["as"]] = told["id"]
    return Call("check" if given.get("only asks") else "sync", {"facts": [told]})


def _lines(names: Names, told: Any) -> list[dict[str, Any]]:
    """Batches by name; with grams where the story gives some: ``{tank: 1 t estimated}``, ``[tank]``."""
    made = []
    for name in [told] if isinstance(told, str) else told or ():
        line: dict[str, Any] = {"batch": names.batch(name)}
        if isinstance(told, Mapping) and told[name] is not None:
            line["grams"], line["measured"] = weight(told[name])
        made.append(line)
    return made


def _some(names: Names, given: Given) -> list[dict[str, Any]]:
    return _lines(names, given.get("weighing") or given.get("only"))


def _picked(given: Given, *wanted: str) -> dict[str, Any]:
    return {name: given[name] for name in wanted if name in given}


def generates(names: Names, what: list[str], given: Given) -> Call:
    details = {"class": CLASSES[given.get("class", "sludge")]} | _picked(given, "container", "process", "form")
    return _tell("generated", names, given, _lines(names, {what[0]: given["grams"]}), **details)


def _legs(names: Names, given: Given) -> list[dict[str, Any]]:
    legs = []
    for leg in given["by"] if isinstance(given["by"], list) else [given["by"]]:
        if isinstance(leg, str):
            kept = names.park.companies.get(leg) is not None and leg.startswith("S")
            legs.append({"enterprise": names.party(leg)} | ({"what": "store"} if kept else {}))
        else:
            legs.append(dict(leg))
    return legs


def issues(names: Names, what: list[str], given: Given) -> Call:
    shipped = given["of"]
    batches = [
        {"batch": names.batch(name)} | ({"grams": weight(shipped[name])[0]} if isinstance(shipped, Mapping) else {})
        for name in ([shipped] if isinstance(shipped, str) else shipped)
    ]
    plan = {
        "id": names.manifest(what[0]), "batches": batches, "carriers": _legs(names, given),
        "receiver": names.party(given["to"]), "treatment": given["treatment"],
    } | _picked(given, "plate")  # fmt: skip
    return Call("manifests", plan, 201)


def voids(names: Names, what: list[str], given: Given) -> Call:
    return Call(f"manifests/{names.ids[what[0]]}/void", {"reason": given["because"]})


def about(kind: str, *details: str, fixed: Mapping[str, Any] | None = None) -> "Verb":
    """A verb about a manifest, with these of the story's words as details."""

    def tells(names: Names, what: list[str], given: Given) -> Call:
        said = _picked(given, *details) | dict(fixed or {})
        for party in ("carrier", "keeper"):
            if party in said:
                said[party] = names.party(said[party])
        return _tell(kind, names, given, _some(names, given), what[0] if what else None, **said)

    return tells


def hands_over(names: Names, what: list[str], given: Given) -> Call:
    said = {"carrier": names.party(given["to"])} | _picked(given, "plate")
    return _tell("handed_over", names, given, _some(names, given), what[0], **said)


def receives(names: Names, what: list[str], given: Given) -> Call:
    lines, refused = _some(names, given), []
    for batch, part in given.get("refusing", {}).items():
        refused.append(
            {"batch": names.batch(batch), "refused_grams": weight(part["grams"])[0], "into": names.batch(part["as"])}
        )
    outcome = {"outcome": "part", "refused": refused} if refused else {"outcome": "whole"}
    if refused and not lines:
        lines = _lines(names, list(given["refusing"]))
    return _tell("received", names, given, lines, what[0], **outcome, **_picked(given, "cause", "text"))


def weighs(names: Names, what: list[str], given: Given) -> Call:
    return _tell("weighed", names, given, _lines(names, {what[0]: given["grams"]}), **_picked(given, "ticket"))


def splits(names: Names, what: list[str], given: Given) -> Call:
    into = [{"batch": names.batch(part), "grams": weight(grams)[0]} for part, grams in given["into"].items()]
    return _tell("split", names, given, _lines(names, what[0]), into=into)


def combines(names: Names, what: list[str], given: Given) -> Call:
    return _tell("combined", names, given, _lines(names, given["of"]), into=[{"batch": names.batch(what[0])}])


def of_batches(kind: str, *details: str) -> "Verb":
    def tells(names: Names, what: list[str], given: Given) -> Call:
        return _tell(kind, names, given, _lines(names, what), **_picked(given, *details))

    return tells


def takes_back(names: Names, what: list[str], given: Given) -> Call:
    manifest = what[0] if what[0] in names.manifests else None
    return _tell("returned", names, given, _some(names, given) if manifest else _lines(names, what), manifest)


def treats(names: Names, what: list[str], given: Given) -> Call:
    outputs = []
    for output, grams in given.get("giving", {}).items():
        kind, _, name = output.partition(" ")
        made: dict[str, Any] = {"kind": kind, "grams": weight(grams)[0]}
        if kind == "residue":
            made |= {"batch": names.batch(name), "class": CLASSES[name if name in CLASSES else "ash"]}
        elif name:
            made["name"] = name
        outputs.append(made)
    details = {"treatment": given["by"], "outputs": outputs} | _picked(given, "untraced")
    return _tell("treated", names, given, _lines(names, given.get("taking") or what), **details)


def corrects(names: Names, what: list[str], given: Given) -> Call:
    names.proposals += [given["as"]] if "as" in given else []
    said = {"corrects": names.ids[given["of"]], "grams": weight(given["to"])[0], "reason": given["because"]}
    return _tell("corrected", names, given, _lines(names, what), **said)


def answers(kind: str) -> "Verb":
    def tells(names: Names, what: list[str], given: Given) -> Call:
        return _tell(kind, names, given, to=names.ids[what[0]], **_picked(given, "reason"))

    return tells


def changes(names: Names, what: list[str], given: Given) -> Call:
    body: dict[str, Any] = {"id": fresh(), "reason": given["because"]} | _picked(given, "treatment")
    if "by" in given:
        body["carriers"] = _legs(names, given)
    if "to" in given:
        body["receiver"] = names.party(given["to"])
    names.ids[given["as"]] = body["id"]
    names.proposals.append(given["as"])
    return Call(f"manifests/{names.ids[what[0]]}/changes", body, 201)


def ships_back(names: Names, what: list[str], given: Given) -> Call:
    body = {"id": names.manifest(given["as"]), "carriers": _legs(names, given)}
    return Call(f"manifests/{names.ids[what[0]]}/return", body, 201)


def asks_about(names: Names, what: list[str], given: Given) -> Call:
    """Whether somebody may do an act now, and why not."""

    def read(body: Any) -> tuple[str, str | None, tuple[tuple[str, str], ...]]:
        act = next(one for one in body["items"] if one["kind"] == given["act"])
        why = act["why"]
        sentences = ((why["zh"], why["en"]),) if why else ()
        return ("may", None, sentences) if act["may"] else ("may not", why["code"], sentences)

    return Call(f"manifests/{names.ids[what[0]]}/next", {}, read=read)


def signs(names: Names, what: list[str], given: Given) -> Call:
    said = {"side": given["for"]} | ({"of": names.ids[given["of"]]} if "of" in given else {})
    return _tell("signed", names, given, (), what[0], **said)


def lets_sign(names: Names, what: list[str], given: Given) -> Call:
    """Another person signs on this phone, with login and PIN."""
    body = {
        "id": fresh(), "manifest": names.ids[what[0]], "side": given["for"], "login": names.park.login(given["signer"]),
        "pin": given["pin"],
    } | ({"of": names.ids[given["of"]]} if "of" in given else {})  # fmt: skip
    return Call("signatures", body, 201)


def sets_pin(names: Names, what: list[str], given: Given) -> Call:
    return Call("signatures/pin", {"pin": given["pin"], "password": makers.PASSWORD}, 204, "PUT")


def looks_at_tries(names: Names, what: list[str], given: Given) -> Call:
    """What became of every PIN that was typed in one's name, the oldest first."""

    def read(body: Any) -> tuple[str, str | None, tuple[tuple[str, str], ...]]:
        tries = sorted(body["attempts"], key=lambda one: str(one["at"]))
        return ", ".join(one["outcome"] for one in tries), None, ()

    return Call("signatures/pin", {}, read=read)


def puts_permit(names: Names, what: list[str], given: Given) -> Call:
    body = {
        "id": fresh(), "acts_as": "receiver", "number": given["number"], "codes": ["CN-SW:*"],
        "treatments": given["treatments"], "annual_grams": weight(given["yearly"])[0], "valid_from": "2020-01-01",
        "valid_to": "2035-12-31", "ends_trace": given.get("may end the trace", False),
    }  # fmt: skip
    return Call(f"enterprises/{names.party(what[0])}/permits", body, 201)


def orders_sheet(names: Names, what: list[str], given: Given) -> Call:
    """An emergency sheet is numbered and printed while there is a system; the story calls its number by a name."""

    def keep(body: Any) -> None:
        names.ids[what[0]] = body["items"][0]["number"]

    return Call("sheets", {"id": fresh(), "count": 1}, 201, keep=keep)


def enters_sheet(names: Names, what: list[str], given: Given) -> Call:
    """What was written on a sheet, hours ago, in ink: batches new to the books, legs, receipt and names."""
    rows = []
    for name, told in given["of"].items():
        grams, measured = weight(told)
        rows.append(
            {"batch": names.batch(name), "class": SLUDGE, "grams": grams, "measured": measured, "loaded_grams": grams,
             "accepted_grams": weight(given["accepted"][name])[0]}
        )  # fmt: skip
    body = {
        "id": names.manifest(given["as"]), "sheet": names.ids[what[0]], "written_at": ago(hours=5), "batches": rows,
        "carriers": [leg | {"took_over_at": ago(hours=4), "plate": given["plate"]} for leg in _legs(names, given)],
        "receiver": names.party(given["to"]), "treatment": given["treatment"], "received": {"at": ago(hours=3)},
        "signed": [{"side": side, "name": name} for side, name in given["signed"].items()],
    }  # fmt: skip
    return Call("manifests/backfill", body, 201)


Verb = Callable[[Names, list[str], Given], Call]
#: Longer phrases first where one begins another.
VERBS: dict[str, Verb] = {
    "generates": generates,
    "issues": issues,
    "voids": voids,
    "picks up": about("picked_up", "plate", "carrier"),
    "does not collect": about("not_collected", "cause", "text"),
    "stops with": about("stopped", "reason", "text"),
    "stores on the way": about("deposited", "keeper"),
    "arrives with": about("arrived"),
    "hands over": hands_over,
    "receives": receives,
    "refuses": about("received", "cause", "text", fixed={"outcome": "refused"}),
    "takes back": takes_back,
    "weighs": weighs,
    "splits": splits,
    "combines into": combines,
    "takes apart": of_batches("dissolved", "reason"),
    "treats": treats,
    "corrects": corrects,
    "consents to": answers("consented"),
    "declines": answers("declined"),
    "changes the way of": changes,
    "ships back": ships_back,
    "asks about": asks_about,
    "signs": signs,
    "lets sign": lets_sign,
    "puts on record a permit of": puts_permit,
    "orders the sheet": orders_sheet,
    "enters the sheet": enters_sheet,
    "sets a PIN": sets_pin,
    "looks at the tries": looks_at_tries,
}


def call_of(names: Names, act: str, given: Given) -> Call:
    """What this act sends."""
    phrase = next((one for one in VERBS if act == one or act.startswith(f"{one} ")), None)
    if phrase is None:
        message = f"no verb for {act!r}"
        raise LookupError(message)
    return VERBS[phrase](names, act.removeprefix(phrase).replace(",", " ").split(), given)
