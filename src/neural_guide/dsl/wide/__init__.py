"""Vocabulary `wide`: primitives beyond the seventeen of `dsl.primitives`, a module a family.

Every public function of the modules of this package is a primitive, under the rules of `dsl.primitives`:
`name(grid) -> Grid | None`, pure and total, a contiguous uint8 grid of its own, None where it does not apply.
"""
