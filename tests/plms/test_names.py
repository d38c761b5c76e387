from interplm.plms.names import control_suffix, model_name


def test_a_control_is_part_of_the_name():
    assert control_suffix(None, 0) == ""
    assert control_suffix("shuffled", 3) == "_shuffled3"


def test_a_model_is_called_after_the_last_part_of_its_address(tmp_path):
    assert model_name("facebook/esm2_t6_8M_UR50D") == "esm2_t6_8M_UR50D"
    (tmp_path / "mine").mkdir()
    assert model_name(f"{tmp_path}/mine/") == "mine"
