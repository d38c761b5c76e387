from omegaconf import OmegaConf

from interplm.runtime.plm_record import complete, plm_record


def test_paths_hold_from_any_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.pt").write_text("x")
    plm = OmegaConf.create(
        {"name": "w.pt", "weights": "w.pt", "model": {"weights": "${..weights}"}}
    )
    absolute = str(tmp_path / "w.pt")
    assert plm_record(plm) == {"name": "w.pt", "weights": absolute, "model": {"weights": absolute}}


def test_weights_that_were_given_once_are_known():
    plm = OmegaConf.create({"name": "esm2_8m", "weights": None, "control": None, "d_model": None})
    complete(plm, {"name": "esm2_8m", "weights": "/w.pt", "control": None}, d_model=320)
    assert plm == {"name": "esm2_8m", "weights": "/w.pt", "control": None, "d_model": 320}


def test_what_was_given_stays_and_what_is_no_plain_value_is_not_taken():
    plm = OmegaConf.create({"name": "a", "weights": "mine", "d_model": 8, "x": None, "y": None})
    record = {
        "name": "a",
        "weights": "theirs",
        "x": {"_target_": "os.system"},
        "y": "${oc.env:HOME}",
    }
    complete(plm, record, d_model=320)
    assert plm == {"name": "a", "weights": "mine", "d_model": 8, "x": None, "y": None}


def test_another_plms_record_is_not_taken():
    plm = OmegaConf.create({"name": "a", "weights": None, "d_model": None})
    complete(plm, {"name": "b", "weights": "theirs"}, d_model=4)
    assert plm == {"name": "a", "weights": None, "d_model": 4}
