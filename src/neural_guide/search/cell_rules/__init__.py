"""Cell rules: a decision-tree learner that predicts every output cell from features of that cell.

Features describe the cells of a state: colour, neighbours, object, position (`features`, and one module for each kind).
Greedy trees split the cells of all pairs by features until one action explains each class of cells: a constant colour,
or a copy of a colour feature (`cell_trees`, `search.rule_learning`). The cost of a tree is a description length in
nats: the sum of the costs of its features, actions and classes, so that the shortest explanation wins (minimum
description length).
A tree over features of states is an explanation; as features of programs it is a rule (`rule`, `rule_search`).

Line rules predict line by line, with features of the previous lines (`lines`, `line_rules`). When fitting, previous
lines come from the true output (teacher forcing); at test time, from the rule's own predictions.
"""
