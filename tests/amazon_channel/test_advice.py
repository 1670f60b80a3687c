import pytest

from amazon_channel.advice import advice_for
from amazon_channel.states import Problem


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_says_what_to_do(problem):
    assert advice_for(problem)
