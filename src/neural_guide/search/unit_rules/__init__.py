"""Unit rules: a rule gives each object, gap or panel of a grid an action, by features of the unit.

A *unit* is a part of a grid (`units`, by several segmentations). Features describe a unit by itself and beside the
other units of its grid, so conditions hold at any size and in any colour (`features`). Actions keep, remove,
recolour, move, copy or grow a unit (`actions`). Their arguments are constants or features of the unit, and only those
that some output of the pairs allows are tried (`examples`). Outputs of another size are one of the units (`picking`) or
several, laid in an order (`arrangement`). `materials` gathers units and right actions of a task, and a decision tree of
`search.rule_learning` gives every unit its action, exactly right for all pairs at once (`rule_search`).
"""
