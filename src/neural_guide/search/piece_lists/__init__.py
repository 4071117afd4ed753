"""Lists of pieces as search states: segment a grid, select or number the pieces, compose one grid again.

`segmentation` splits a grid into pieces. `properties` gives each piece a number, and `selection` chooses, sorts or
colours pieces by those numbers. `composition` makes one grid of the pieces. `values` interns grids and lists and
memoises every function; `prior` gives the probabilities of these steps beside those of the primitives.
"""
