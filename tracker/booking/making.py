"""What it is and weighs: generation, stores, scales, splitting, combining, treatment."""

from tracker import facts, quantity
from tracker.booking.books import Account, Batch, Edge
from tracker.booking.custody import taken_in
from tracker.booking.run import Run, arrow, born, each, go, take


def generated(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.Generated)  # noqa: S101 - the table below chose this function by type
    line = fact.lines[0]
    known = run.books.batches.get(line.batch)
    if known is not None:
        run.note(known)
        arrow(run, known, "generated")
        return
    class_id = run.books.classes.get(str(fact.waste_class))
    batch = born(
        run,
        line.batch,
        line.grams or 0,
        None,
        class_id=class_id,
        raw_class=None if class_id is not None else str(fact.waste_class)[:200],
        measured=line.measured,
        store=run.books.places.get(fact.store) if fact.store else None,
        form=fact.form,
        container=fact.container,
        process=fact.process,
    )
    run.post(batch, "source", batch.generator, -batch.grams)
    run.post(batch, "stock", batch.holder, batch.grams)
    run.moved = True


def in_store(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.Stored | facts.TakenOut)  # noqa: S101
    for batch, _ in each(run):
        if cell := arrow(run, batch, fact.KIND):
            go(run, batch, cell)
            batch.store = run.books.places.get(fact.store) if isinstance(fact, facts.Stored) else None


def weighed(run: Run) -> None:
    for batch, line in each(run):
        if cell := arrow(run, batch, "weighed"):
            go(run, batch, cell)
            run.reweigh(batch, line.grams if line.grams is not None else batch.grams, measured=True)


def split(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.Split)  # noqa: S101
    for batch, line in each(run):
        cell = arrow(run, batch, "split")
        if cell is None:
            return
        parts_sum = sum(part.grams for part in fact.into)
        asked = line.grams if line.grams is not None else parts_sum
        taken = take(run, batch, asked)
        # Where less was there than was asked for, that has been said; the parts are about what was told.
        if asked != parts_sum:
            run.find(
                "split_not_balanced",
                batch,
                inputs=quantity.show(taken),
                outputs=quantity.show(parts_sum),
                missing=quantity.show(abs(taken - parts_sum)),
                missing_grams=taken - parts_sum,
            )
        # Parts that together weigh more than was there are scaled down to it: no gram is made by splitting.
        grams = [part.grams for part in fact.into]
        if parts_sum > taken:
            grams = quantity.share_out(taken, grams)
        run.post(batch, batch.custody, batch.holder, -taken)
        if taken > sum(grams):
            run.post(batch, "difference", batch.holder, taken - sum(grams))
        for part, held in zip(fact.into, grams, strict=True):
            child = born(run, part.batch, held, batch)
            run.post(child, child.custody, child.holder, held)
            run.booked.edges.append(Edge(batch, child, held))
        batch.grams -= taken
        go(run, batch, cell)


def combined(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.Combined)  # noqa: S101
    given: list[tuple[Batch, int]] = []
    for batch, line in each(run):
        cell = arrow(run, batch, "combined")
        if cell is None:
            continue
        taken = take(run, batch, line.grams)
        run.post(batch, batch.custody, batch.holder, -taken)
        batch.grams -= taken
        go(run, batch, cell)
        given.append((batch, taken))
    if not given:
        return
    first = given[0][0]
    named = fact.into.waste_class
    class_id = run.books.classes.get(str(named)) if named else first.class_id
    child = born(
        run,
        fact.into.batch,
        sum(taken for _, taken in given),
        first,
        class_id=class_id,
        raw_class=None if class_id is not None else (str(named)[:200] if named else first.raw_class),
        generator=first.holder,
        state=first.free_state,
        came_by=None,
        held_since=min(batch.held_since for batch, _ in given),
        measured=all(batch.measured for batch, _ in given),
    )
    run.post(child, child.custody, child.holder, child.grams)
    run.booked.edges += [Edge(batch, child, taken) for batch, taken in given]


def treated(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.Treated)  # noqa: S101
    inputs: list[tuple[Batch, int]] = []
    for batch, line in each(run):
        cell = arrow(run, batch, "treated")
        if cell is None:
            continue
        if batch.state == "arrived":
            taken_in(run, batch)
        taken = take(run, batch, line.grams)
        run.post(batch, batch.custody, batch.holder, -taken)
        batch.grams -= taken
        go(run, batch, cell)
        inputs.append((batch, taken))
    if inputs:
        _outputs(run, fact, inputs)


def _outputs(run: Run, fact: facts.Treated, inputs: list[tuple[Batch, int]]) -> None:
    """Share what came out over what went in. A treatment told without outputs ends all of its input."""
    weights = [taken for _, taken in inputs]
    left = sum(weights)
    told = sum(output.grams for output in fact.outputs)
    if fact.outputs and told != left:
        run.find(
            "treatment_not_balanced",
            inputs=quantity.show(left),
            outputs=quantity.show(told),
            missing=quantity.show(abs(left - told)),
            missing_grams=left - told,
        )
    outputs = fact.outputs or (facts.Output(kind="product", grams=left),)
    # Outputs beyond what went in are scaled down to it: treatment makes no mass.
    grams = [output.grams for output in outputs]
    if sum(grams) > left:
        grams = quantity.share_out(left, grams)
    rest = list(weights)
    for output, made in zip(outputs, grams, strict=True):
        parts = quantity.share_out(made, rest)
        if output.kind == "residue" and output.batch is not None:
            _residue(run, output, made, inputs, parts)
        else:
            account: Account = "treated" if output.kind == "product" else "lost"
            for (batch, _), part in zip(inputs, parts, strict=True):
                run.post(batch, account, batch.holder, part)
        rest = [had - part for had, part in zip(rest, parts, strict=True)]
    for (batch, _), unexplained in zip(inputs, rest, strict=True):
        if unexplained:
            run.post(batch, "difference", batch.holder, unexplained)


def _residue(run: Run, output: facts.Output, made: int, inputs: list[tuple[Batch, int]], parts: list[int]) -> None:
    first = inputs[0][0]
    named = output.waste_class
    class_id = run.books.classes.get(str(named)) if named else first.class_id
    assert output.batch is not None  # noqa: S101
    child = born(
        run,
        output.batch,
        made,
        first,
        class_id=class_id,
        raw_class=None if class_id is not None else (str(named)[:200] if named else first.raw_class),
        generator=first.holder,
        holder=first.holder,
        state="on_site",
        free_state="on_site",
        came_by=None,
        held_since=run.when,
        measured=True,
    )
    run.post(child, "stock", child.holder, made)
    run.booked.edges += [Edge(batch, child, part) for (batch, _), part in zip(inputs, parts, strict=True) if part]
