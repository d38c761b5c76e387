import csv

from interplm.training import MetricsCSV


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_rows_are_on_disk_at_once_and_new_metrics_add_columns(tmp_path):
    path = tmp_path / "run" / "metrics.csv"
    log = MetricsCSV(path=path)
    log.log_metrics({"epoch": 0, "loss": 2.0}, step=0)
    assert rows(path) == [{"step": "0", "epoch": "0", "loss": "2.0"}]
    log.log_metrics({"epoch": 0, "l0": 5.0}, step=1)
    assert rows(path) == [
        {"step": "0", "epoch": "0", "loss": "2.0", "l0": ""},
        {"step": "1", "epoch": "0", "loss": "", "l0": "5.0"},
    ]


def test_resuming_drops_what_will_be_logged_again_and_goes_on_with_the_file(tmp_path):
    path = tmp_path / "metrics.csv"
    first = MetricsCSV(path=path)
    for step in range(5):
        first.log_metrics({"loss": float(step)}, step=step)
    second = MetricsCSV(path=path)
    second.resume(3)
    second.log_metrics({"loss": 33.0}, step=3)
    assert [(row["step"], row["loss"]) for row in rows(path)] == [
        ("0", "0.0"), ("1", "1.0"), ("2", "2.0"), ("3", "33.0"),
    ]  # fmt: skip


def test_a_last_row_torn_by_a_kill_is_dropped(tmp_path):
    path = tmp_path / "metrics.csv"
    MetricsCSV(path=path).log_metrics({"epoch": 0, "loss": 1.0}, step=0)
    with path.open("a") as file:
        file.write("1,0")
    resumed = MetricsCSV(path=path)
    resumed.resume(5)
    assert [row["step"] for row in rows(path)] == ["0"]


def test_resuming_without_a_file_is_harmless(tmp_path):
    MetricsCSV(path=tmp_path / "metrics.csv").resume(3)
    assert list(tmp_path.iterdir()) == []
