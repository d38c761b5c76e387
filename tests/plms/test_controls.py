from interplm.plms.controls import control_suffix


def test_a_control_is_part_of_the_name():
    assert control_suffix(None, 0) == ""
    assert control_suffix("shuffled", 3) == "_shuffled3"
