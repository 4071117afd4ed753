"""Rules of cells: what becomes of a cell follows from what is seen of it.

Views say something of every cell of a state: its colour, its neighbours, its object, where it lies (`views`, and a
module for each kind of them). A tree splits the cells of all pairs by views until each class of cells is explained by
one colour, or by a copy of one view (`tree`, `splits`). The views that it asks and the states that they are of make a
rule (`rule`, `rules`). Some rules decide line by line, and see what became of the lines before (`lines`, `line_rules`).
"""
