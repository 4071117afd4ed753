"""The concepts by name: every public subclass of `Concept` that a module of `families` defines."""

import re
from importlib import import_module
from inspect import isabstract
from pkgutil import iter_modules

from neural_guide.data.generation.concepts import families
from neural_guide.data.generation.concepts.concept import Concept


def name_concept(concept: type[Concept]) -> str:
    """Name a concept after its class, e.g. `keep_middle` for KeepMiddle."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", concept.__name__).lower()


def name_family(concept: type[Concept]) -> str:
    """Name the family of a concept, the module that defines it."""
    return concept.__module__.rpartition(".")[2]


def _load_concepts() -> dict[str, type[Concept]]:
    """Import the families, and return their concepts by name, in the order of family and definition."""
    concepts: dict[str, type[Concept]] = {}
    for info in iter_modules(families.__path__):
        module = import_module(f"{families.__name__}.{info.name}")
        for value in vars(module).values():
            is_concept = isinstance(value, type) and issubclass(value, Concept) and not isabstract(value)
            if is_concept and value.__module__ == module.__name__:
                concepts[name_concept(value)] = value
    return concepts


CONCEPTS = _load_concepts()
"""Every concept by name. A task depends on the name of its concept alone, not on its place here."""
