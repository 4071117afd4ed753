"""The guide of a search where none is named: the shipped one, if it predicts the vocabulary of the search."""

import pytest

from neural_guide.dsl.vocabulary import V2
from neural_guide.guide import default_guide
from neural_guide.guide.default_guide import GUIDE_FILE, choose_dsl, choose_prior
from support.guides import build_untrained_guide


@pytest.fixture
def shipped(monkeypatch, tmp_path) -> str:
    """The folder of a shipped guide that predicts the 17 primitives of v2."""
    monkeypatch.setattr(default_guide, "SHIPPED_FOLDER", tmp_path)
    (tmp_path / "v2").mkdir()
    build_untrained_guide(V2).save(tmp_path / "v2" / GUIDE_FILE)
    return str(tmp_path / "v2")


@pytest.mark.parametrize("prior", ["guide", "frequency"])
def test_a_prior_of_a_guide_takes_the_shipped_one(shipped, prior, capsys):
    assert choose_prior(prior, None, "v2") == (prior, shipped)
    assert shipped in capsys.readouterr().out.replace("\n", "")


@pytest.mark.parametrize("prior", ["guide", "frequency", "uniform"])
def test_a_guide_that_is_named_is_taken(shipped, prior):
    for dsl in ("v2", "wide"):
        assert choose_prior(prior, "outputs/latest", dsl) == (prior, "outputs/latest")


@pytest.mark.parametrize("prior", ["uniform", "oracle"])
def test_other_priors_need_no_guide(shipped, prior, capsys):
    assert choose_prior(prior, None, "v2") == (prior, None)
    assert not capsys.readouterr().out


def test_without_a_guide_of_its_vocabulary_a_search_is_unguided(shipped, capsys):
    assert choose_prior("guide", None, "wide") == ("uniform", None)
    assert "prior=uniform" in capsys.readouterr().out.replace("\n", " ")
    assert choose_prior("frequency", None, "wide") == ("frequency", None)  # refused later, with the remedy


def test_without_any_guide_v2_is_refused_later(monkeypatch, tmp_path):
    monkeypatch.setattr(default_guide, "SHIPPED_FOLDER", tmp_path)
    assert choose_prior("guide", None, "v2") == ("guide", None)
    assert choose_prior("guide", None, "wide") == ("uniform", None)


def test_a_search_takes_the_named_vocabulary_else_that_of_the_named_guide_else_wide(shipped):
    assert choose_dsl("v2", None) == "v2"
    assert choose_dsl(None, shipped) == "v2"
    assert choose_dsl("wide", shipped) == "wide"  # refused later: the guide predicts another one
    assert choose_dsl(None, None) == "wide"
    assert choose_dsl(None, None, "v2") == "v2"
