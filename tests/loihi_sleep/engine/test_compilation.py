"""Code comes out the same where numba compiles without a look for garbage and remembers types."""

import gc

import numba
import numpy as np
from numba.core.registry import cpu_target

from loihi_sleep.engine.compilation import quick_compilation


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
    with quick_compilation():
        assert even(10) is True
        assert odd(10) is False


def test_one_function_has_the_types_of_its_arguments_each_time():
    function = numba.njit(counted)
    with quick_compilation():
        for kind in (np.int32, np.float64, np.int64):
            assert function(np.array([1, 2], kind)) == (5, 3, 5.5)
    kinds = [signature.return_type[0] for signature in function.nopython_signatures]
    assert kinds == [numba.int64, numba.float64, numba.int64]


def test_all_is_as_before_when_it_is_over():
    assert gc.isenabled()
    with quick_compilation():
        with quick_compilation():
            pass
        assert not gc.isenabled()
        assert "resolve_function_type" in vars(cpu_target.typing_context)
    assert gc.isenabled()
    assert "resolve_function_type" not in vars(cpu_target.typing_context)
