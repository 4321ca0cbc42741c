"""numba finds the same types where it remembers those that it has found."""

import numba
import numpy as np
from numba.core.registry import cpu_target

from loihi_sleep.engine.remembered_types import remembered_types


def is_even(number):
    if number == 0:
        return True
    return odd(number - 1)


def is_odd(number):
    if number == 0:
        return False
    return even(number - 1)


even, odd = numba.njit(is_even), numba.njit(is_odd)


def counted(values):
    total = 0
    for value in values:
        total += value + 1
    pair = total, total + 0.5
    return pair[0], values[0] + values[1], pair[1]


def test_functions_that_call_each_other_in_a_circle_find_their_types():
    with remembered_types():
        assert even(10) is True
        assert odd(10) is False


def test_one_function_has_the_types_of_its_arguments_each_time():
    function = numba.njit(counted)
    with remembered_types():
        for kind in (np.int32, np.float64, np.int64):
            assert function(np.array([1, 2], kind)) == (5, 3, 5.5)
    kinds = [signature.return_type[0] for signature in function.nopython_signatures]
    assert kinds == [numba.int64, numba.float64, numba.int64]


def test_numba_is_as_before_when_it_is_over():
    with remembered_types():
        with remembered_types():
            pass
        assert "resolve_function_type" in vars(cpu_target.typing_context)
    assert "resolve_function_type" not in vars(cpu_target.typing_context)
