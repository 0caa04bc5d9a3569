"""Which manifests a list shows: their keys, newest first, each read from the end of an index and never by scanning.

A question is put together from branches (what I generated, receive, carry; a number, a code, a name), each of which
stops after a page; the page is the newest of them all. So it costs the same in a park of a million manifests.
"""
# ruff: noqa: S608 - put together from constants of this file; every value is a parameter

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import lifecycle
from tracker.parties import Caller

#: More companies than these of one name, and a page of their manifests is soon found by looking at all of them.
FEW = 20
PARTIES_MAX = 2_000
#: Labels or external numbers that begin alike: nobody reads further.
_ALIKE_MAX = 200
#: Behind everything that begins alike.
BEYOND = "\U0010ffff"
_KEY_MAX = 2**63 - 1
#: The beginnings of numbers that lack so many characters at most (a check character apart) are those of a few thousand
#: manifests, which are soon looked at one by one.
_LACKS_MAX = 4
#: The stems (``Manifest.stem``) of the numbers that begin alike, each found behind the one before it and none of its
#: numbers read; and what is shorter than was typed, because the end a stem lacks may still be what was typed.
_STEMS = """
WITH RECURSIVE alike(stem) AS (
  (SELECT m.stem FROM manifest m WHERE m.park_id = :park AND m.stem ~>=~ :low AND m.stem ~<~ :high
   ORDER BY m.stem USING ~<~ LIMIT 1)
  UNION ALL
  SELECT (SELECT m.stem FROM manifest m WHERE m.park_id = :park AND m.stem ~>~ a.stem AND m.stem ~<~ :high
          ORDER BY m.stem USING ~<~ LIMIT 1) FROM alike a WHERE a.stem IS NOT NULL),
stems AS (SELECT stem FROM alike WHERE stem IS NOT NULL UNION ALL SELECT unnest(CAST(:shorter AS text[])))"""
_BEGUN = " AND m.number ~>=~ :low AND m.number ~<~ :high"
#: The same for those met on the way along another index: no plan may start from the number.
_MET = " AND (m.number || '') ~>=~ :low AND (m.number || '') ~<~ :high"
#: The keys of one stem, oldest first.
_OF_STEM = f"""SELECT m.id FROM manifest m WHERE m.park_id = :park AND m.stem = s.stem AND m.id < :before
  {_BEGUN} ORDER BY m.id"""
#: Between which keys they are.
_SPAN = f"""{_STEMS},
span AS MATERIALIZED (SELECT min(first.id) AS first, max(last.id) AS last FROM stems s
  CROSS JOIN LATERAL ({_OF_STEM} LIMIT 1) AS first CROSS JOIN LATERAL ({_OF_STEM} DESC LIMIT 1) AS last)
"""


@dataclass(frozen=True, slots=True)
class Sought:
    """What was typed into a search, in every form in which it may be found: whole manifest numbers, the beginning of
    one (and how many characters it lacks), the beginning of a human code, that of a number of another system, an id."""

    numbers: Sequence[str] = ()
    prefix: str | None = None
    lacks: int = 0
    code: str | None = None
    external: str | None = None
    uuid: UUID | None = None
    #: What may be part of an enterprise's name, and the enterprises it is part of.
    name: str = ""
    named: Sequence[int] = ()


@dataclass(slots=True)
class Picking:
    """One question: ``sql`` yields ``id``, at most ``limit`` of them, newest first; ``given`` fills it."""

    caller: Caller
    states: Sequence[str] = ()
    sought: Sought | None = None
    #: Only manifests one of these generates or receives.
    parties: Sequence[int] | None = None
    before: int | None = None
    limit: int = 50
    given: dict[str, Any] = field(default_factory=dict)
    #: What stands before the statement.
    first: str = ""

    def sql(self) -> str:
        branches = self._branches()
        self.given |= {
            "park": self.caller.park,
            "me": self.caller.enterprise or 0,
            "before": self.before if self.before is not None else _KEY_MAX,
        }
        if not branches:
            return "SELECT NULL::bigint AS id WHERE false"
        union = "\nUNION\n".join(f"(SELECT id FROM ({branch}) AS branch)" for branch in branches)
        return f"{self.first}SELECT id FROM ({union}) AS every ORDER BY id DESC LIMIT {self.limit:d}"

    def _branches(self) -> list[str]:
        if self.states and not self._known():
            return []
        if self.sought is not None:
            return self._found(self.sought)
        if self.parties is not None:
            return self._of(self.parties, "parties")
        return self._mine()

    # --- whose ---------------------------------------------------------------------------------------------------

    def _mine(self, also: str = "") -> list[str]:
        """All the caller may see, newest first."""
        if self.caller.sees_all:
            return (
                self._by_state("m.state <> 'draft'", also) if self.states else [self._page(f"m.state <> 'draft'{also}")]
            )
        return [
            *self._by_state("m.generator_id = :me", also),
            *self._by_state("m.receiver_id = :me AND m.state <> 'draft'", also),
            self._carried(also),
        ]

    def _carried(self, also: str = "") -> str:
        return (
            "SELECT m.id FROM manifest_carrier mc"
            " JOIN manifest m ON m.park_id = mc.park_id AND m.id = mc.manifest_id"
            " WHERE mc.park_id = :park AND mc.enterprise_id = :me AND mc.manifest_id < :before"
            f"{self._in_states()}{also} ORDER BY mc.manifest_id DESC LIMIT {self.limit:d}"
        )

    def _by_state(self, whose: str, also: str = "", of: str = "") -> list[str]:
        """A page of each state (and of each row of ``of``), from the end of an index that has the state before the
        key."""
        states = ", ".join(f"('{state}')" for state in self._known() or lifecycle.words()["manifest"])
        page = self._page(f"m.state = s.state AND {whose}{also}")
        return [f"SELECT page.id FROM {of}(VALUES {states}) AS s(state) CROSS JOIN LATERAL ({page}) AS page"]

    def _of(self, parties: Sequence[int], name: str, also: str = "") -> list[str]:
        """Manifests that some enterprises generate or receive, as far as the caller may see them."""
        self.given[name] = list(parties)
        either = f" AND (m.generator_id = ANY (:{name}) OR m.receiver_id = ANY (:{name})){also}"
        if len(parties) > FEW or self.caller.enterprise in parties:
            return self._mine(either)
        each = f"unnest(CAST(:{name} AS int[])) AS p(id) CROSS JOIN "
        issued = "m.state <> 'draft'"
        if self.caller.sees_all:
            return [
                *self._by_state(f"m.generator_id = p.id AND {issued}", also, each),
                *self._by_state(f"m.receiver_id = p.id AND {issued}", also, each),
            ]
        # A generator has few manifests beside a carrier or a receiver: it is by the generator that both are found.
        return [
            self._page(f"m.generator_id = :me AND m.receiver_id = ANY (:{name}){self._in_states()}{also}"),
            *self._by_state(f"m.generator_id = p.id AND m.receiver_id = :me AND {issued}", also, each),
            self._carried(either),
        ]

    # --- what was typed ------------------------------------------------------------------------------------------

    def _found(self, sought: Sought) -> list[str]:
        also = self._in_states() + ("" if self.parties is None else self._with_parties())
        seen = also + self._visible()
        branches = []
        if sought.numbers:
            self.given["numbers"] = list(sought.numbers)
            branches.append(self._page("m.number = ANY (:numbers)" + seen))
        if sought.uuid is not None:
            self.given["uuid"] = sought.uuid
            branches.append(self._page("m.uuid = :uuid" + seen))
        if sought.prefix:
            branches += self._begun(sought.prefix, sought.lacks, also, seen)
        for name, table, column, fresh in (
            ("code", "label", "human_code", ""),
            ("external", "external_number", "folded", " AND t.removed_at IS NULL"),
        ):
            low = getattr(sought, name)
            if low:
                self.given |= {f"{name}_low": low, f"{name}_high": low + BEYOND}
                alike = (
                    f"SELECT t.manifest_uuid FROM {table} t WHERE t.park_id = :park AND t.{column} ~>=~ :{name}_low"
                    f" AND t.{column} ~<~ :{name}_high AND t.manifest_uuid IS NOT NULL{fresh} LIMIT {_ALIKE_MAX}"
                )
                branches.append(self._page(f"m.uuid = ANY (ARRAY({alike})){seen}"))
        if sought.named:
            branches += self._of(sought.named, "named", "" if self.parties is None else self._with_parties())
        return branches

    def _begun(self, prefix: str, lacks: int, also: str, seen: str) -> list[str]:
        """Manifests whose number begins like this. Neither by number nor by key is a page of them found without
        reading most of a large park, so the keys are read stem by stem."""
        self.given |= {"low": prefix, "high": prefix + BEYOND}
        if lacks <= _LACKS_MAX:
            # Read before they are put in order: in the order of keys, everything newer would be read first.
            every = f"SELECT m.id FROM manifest m WHERE m.park_id = :park AND m.id < :before{_BEGUN}{seen} OFFSET 0"
            return [f"SELECT id FROM ({every}) AS begun ORDER BY id DESC LIMIT {self.limit:d}"]
        self.given["shorter"] = [prefix[:length] for length in range(len(prefix))]
        if self.caller.sees_all and not also:
            # A page has no more stems than rows, and they are those whose newest are the newest.
            newest = f"SELECT s.stem FROM stems s CROSS JOIN LATERAL ({_OF_STEM} DESC LIMIT 1) AS n ORDER BY n.id DESC"
            page = f"CROSS JOIN LATERAL ({_OF_STEM} DESC LIMIT {self.limit:d}) AS page"
            return [f"{_STEMS} SELECT page.id FROM ({newest} LIMIT {self.limit:d}) AS s {page}"]
        # Keys and numbers grow together, mostly: between the first and the last key nearly every manifest is one.
        self.first = _SPAN
        parties = "" if self.parties is None else self._with_parties()
        return self._mine(f"{_MET} AND m.id BETWEEN (SELECT first FROM span) AND (SELECT last FROM span){parties}")

    def _known(self) -> list[str]:
        return [state for state in self.states if state in lifecycle.words()["manifest"]]

    def _in_states(self) -> str:
        if not self.states:
            return ""
        return f" AND m.state IN ({', '.join(repr(state) for state in self._known())})"

    def _with_parties(self) -> str:
        self.given["parties"] = list(self.parties or ())
        return " AND (m.generator_id = ANY (:parties) OR m.receiver_id = ANY (:parties))"

    def _visible(self) -> str:
        """A draft is its writer's own until it is issued; an enterprise sees what it has a part in."""
        if self.caller.sees_all:
            return " AND m.state <> 'draft'"
        return (
            " AND (m.generator_id = :me OR (m.state <> 'draft' AND (m.receiver_id = :me OR EXISTS (SELECT 1"
            " FROM manifest_carrier mc WHERE mc.park_id = m.park_id AND mc.manifest_id = m.id"
            " AND mc.enterprise_id = :me))))"
        )

    def _page(self, where: str) -> str:
        # The limit stands in the statement: a plan for any limit at all is a plan for reading everything.
        return (
            f"SELECT m.id FROM manifest m WHERE m.park_id = :park AND m.id < :before AND {where}"
            f" ORDER BY m.id DESC LIMIT {self.limit:d}"
        )


def named(connection: Connection, sought: Sought) -> Sought:
    """The same with the enterprises whose name holds what was typed, or whose USCC it is. One statement."""
    if not sought.name:
        return sought
    like = "%" + sought.name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    keys = connection.scalars(_NAMED, {"like": like, "exact": sought.name.upper(), "limit": PARTIES_MAX}).all()
    return replace(sought, named=keys)


_NAMED = text("""
SELECT id FROM enterprise WHERE name_zh ILIKE :like OR name_en ILIKE :like OR uscc = :exact ORDER BY id LIMIT :limit
""")
