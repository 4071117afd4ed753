"""Actions on units: every public function of these modules is a verb, `verb(scene, unit, *arguments)`.

It returns what it paints, uint8 of the grid's shape with `UNTOUCHED` elsewhere, or None if it does not apply to the
unit. The verbs of `ERASING` take the unit's own cells away first.
"""
