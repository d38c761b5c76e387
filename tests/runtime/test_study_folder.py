from interplm.runtime.study_folder import StudyFolder


def test_a_folder_owns_its_trials_wherever_it_is_moved_until_it_is_made_afresh(tmp_path):
    folder = StudyFolder(tmp_path / "here")
    with folder.claimed({}, fresh=False):
        owner = folder.owner()
        assert owner == folder.owner()
    (tmp_path / "here").rename(tmp_path / "there")
    moved, other = StudyFolder(tmp_path / "there"), StudyFolder(tmp_path / "here")
    with moved.claimed({}, fresh=False), other.claimed({}, fresh=False):
        assert moved.owner() == owner != other.owner()
    with moved.claimed({}, fresh=True):
        assert moved.owner() != owner
