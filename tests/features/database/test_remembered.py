"""What is remembered is read once, and the oldest is forgotten."""

from concurrent.futures import ThreadPoolExecutor

from interplm.features.database.remembered import Remembered

LENGTHS = {"a": 1, "bb": 2, "ccc": 3, "dddd": 4}


def remembered(most=10):
    """Lengths of the words there are, and every list of keys that was read."""
    read = []

    def lengths(keys):
        read.append(keys)
        return {key: LENGTHS[key] for key in reversed(keys) if key in LENGTHS}

    return Remembered(lengths, most=most), read


def test_only_what_is_not_at_hand_is_read_and_the_order_is_that_of_the_keys():
    words, read = remembered()
    assert list(words.get(["bb", "a", "bb"]).items()) == [("bb", 2), ("a", 1)]
    assert list(words.get(["ccc", "a", "bb"]).items()) == [("ccc", 3), ("a", 1), ("bb", 2)]
    assert words.get(["a"]) == {"a": 1}
    assert read == [["bb", "a"], ["ccc"]]


def test_a_key_without_a_value_is_left_out_and_asked_for_again():
    words, read = remembered()
    assert words.get(["x", "a"]) == {"a": 1}
    assert words.get(["x"]) == {}
    assert read == [["x", "a"], ["x"]]


def test_what_was_asked_for_least_recently_is_forgotten():
    words, read = remembered(most=2)
    words.get(["a", "bb"])
    words.get(["a"])
    words.get(["ccc"])
    words.get(["a", "bb"])
    assert read == [["a", "bb"], ["ccc"], ["bb"]]


def test_more_than_is_kept_can_be_asked_for_at_once():
    words, _ = remembered(most=1)
    assert words.get(LENGTHS) == LENGTHS


def test_threads_may_ask_at_once():
    words, _ = remembered(most=2)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: words.get(list(LENGTHS)[n % 4 :]), range(400)))
    assert all(
        one == {k: LENGTHS[k] for k in list(LENGTHS)[n % 4 :]} for n, one in enumerate(found)
    )
