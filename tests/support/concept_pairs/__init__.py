"""A drawn pair for each concept, one module for each family: parameters, then the grids before and after; a dot is 0.

A new concept needs its class in data/generation/concepts/families and its pair here, nothing else.
"""

from importlib import import_module
from pkgutil import iter_modules

from neural_guide.data.generation.concepts.concept import Concept

PAIRS: dict[Concept, str] = {}
for _module in iter_modules(__path__):
    PAIRS |= import_module(f"{__name__}.{_module.name}").PAIRS
