import threading
import time

import pytest

from interplm.activations.ahead import one_ahead


def test_the_results_come_in_order():
    assert list(one_ahead(iter(range(50)))) == list(range(50))


def test_the_next_is_made_while_one_is_used_and_not_the_one_after():
    made = []

    def results():
        for number in range(5):
            made.append(number)
            yield number

    running = one_ahead(results())
    next(running)
    deadline = time.monotonic() + 5
    while len(made) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
    assert made == [0, 1, 2]  # one waits to be taken, one waits for its place
    running.close()


def test_an_error_is_raised_where_the_result_is_awaited():
    def results():
        yield 1
        raise KeyError("broken")

    running = one_ahead(results())
    assert next(running) == 1
    with pytest.raises(KeyError, match="broken"):
        next(running)


def test_closing_ends_the_thread():
    running = one_ahead(iter(range(1000)))
    next(running)
    running.close()
    assert not any(thread.name == "one_ahead" for thread in threading.enumerate())
