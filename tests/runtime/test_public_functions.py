"""Public functions of a module: which names they are, and in which order."""

from types import ModuleType

from neural_guide.runtime.public_functions import list_public_functions

SOURCE = """
from functools import lru_cache
from os.path import join

LIMIT = 3

class Pair: ...

def second(): ...

@lru_cache
def first(): ...

def _hidden(): ...
"""


def test_the_functions_that_a_module_defines_are_listed_in_order():
    module = ModuleType("made_up")
    exec(SOURCE, vars(module))
    assert list_public_functions(module) == {"second": vars(module)["second"], "first": vars(module)["first"]}
    assert list(list_public_functions(module)) == ["second", "first"]
