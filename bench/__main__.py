"""``python -m bench [name ...]``: measure, and print one JSON line a figure. Without a name, all of them."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bench import chains, door, labels, lists, paper, phone, pictures

#: Every figure by name: what it yields is printed, a line each. ``value`` is in ``unit``, ``ratio`` is what the aim is
#: set on, ``beside`` says what the figure rests on.
FIGURES: Mapping[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "sync": door.sync,
    "custody": door.custody,
    "trace": chains.chains,
    "labels": labels.labels,
    "issue": paper.issue,
    "manifest": lists.manifest,
    "lists": lists.lists,
    "pictures": pictures.pictures,
    "phone": phone.phone,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        print(f"No figure is called {', '.join(unknown)}; there are {', '.join(FIGURES)}.", file=sys.stderr)
        return 2
    # The app logs to standard output, and a figure must be a line of its own there: all else goes to standard error.
    lines = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        for name in names or FIGURES:
            for figure in FIGURES[name]():
                print(json.dumps(figure, ensure_ascii=False), file=lines, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
