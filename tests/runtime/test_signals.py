import os
import signal
import threading

import pytest

from interplm.runtime.signals import Stopped, stopping_on_signals, stops_unhidden


def interrupted_by(number):
    with stopping_on_signals():
        os.kill(os.getpid(), number)
        signal.pause()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_stops_with_the_status_that_shells_expect(number, status):
    before = signal.getsignal(number)
    with pytest.raises(Stopped, match=f"Stopped by {number.name}") as stop:
        interrupted_by(number)
    assert stop.value.status == status
    assert signal.getsignal(number) == before


def test_no_handler_for_faults_takes_it():
    def careless():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
        except Exception:  # noqa: BLE001
            return

    with pytest.raises(Stopped), stopping_on_signals():
        careless()


def interrupted_in_native_code(error):
    """As safetensors does where a call to Python fails, whatever the reason."""
    try:
        os.kill(os.getpid(), signal.SIGINT)
        signal.pause()
    except BaseException:  # noqa: BLE001
        raise error from None


@pytest.mark.parametrize("error", [ValueError("no shape"), SystemExit("error: damaged")])
def test_an_error_that_native_code_puts_in_its_place_is_no_fault(error):
    with pytest.raises(Stopped, match="Stopped by SIGINT") as stop, stopping_on_signals():
        interrupted_in_native_code(error)
    assert stop.value.__cause__ is error
    for next_job in (stopping_on_signals, stops_unhidden):
        with pytest.raises(ValueError, match="of the next job"), next_job():
            raise ValueError("of the next job")


def test_outside_the_main_thread_nothing_is_installed():
    before = signal.getsignal(signal.SIGTERM)

    def work():
        with stopping_on_signals():
            seen.append(signal.getsignal(signal.SIGTERM))

    seen: list[object] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
