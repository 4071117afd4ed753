"""Vocabulary `wide`: primitives beyond the seventeen of `dsl.primitives`, one module per family.

Every public function in the modules of this package is a primitive, under the rules of `dsl.primitives`:
`name(grid) -> Grid | None`, pure and total. It returns a contiguous uint8 grid of its own, or None where it does not
apply.
"""
