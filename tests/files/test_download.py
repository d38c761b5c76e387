import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.files.misbehaving_server import Fault, Server, serve

from interplm.files.download import DownloadFailed, download
from interplm.files.retrying import TryAgain, retrying

CONTENT = bytes(range(256)) * 40_000  # 10 MB


@pytest.fixture
def server():
    with serve(Server(CONTENT)) as running:
        yield running


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def fetch(server, tmp_path, pauses):
    def run(**options):
        options = {"show_progress": False, "sleep": pauses.append} | options
        return download(server.url, tmp_path / "deep" / "file.pt", **options)

    return run


def left(tmp_path):
    return sorted(path.name for path in (tmp_path / "deep").iterdir())


def test_a_file_arrives_whole_with_nothing_beside_it(fetch, tmp_path):
    path = fetch(checksum=f"sha256:{hashlib.sha256(CONTENT).hexdigest()}")
    assert path.read_bytes() == CONTENT
    assert left(tmp_path) == ["file.pt"]


def test_a_file_that_is_there_is_not_fetched_again(fetch, server):
    fetch()
    fetch()
    assert len(server.requests) == 1


def test_of_several_that_want_a_file_one_fetches_it(fetch, server, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: fetch(), range(4)))
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert len(server.requests) == 1
    assert left(tmp_path) == ["file.pt"]


def test_a_cut_connection_is_noticed_and_resumed_from_where_it_broke(fetch, server):
    server.faults = [Fault(cut_after=3_000_000)]
    assert fetch().read_bytes() == CONTENT
    assert "Range" not in server.requests[0]
    start = int(server.requests[1]["Range"].removeprefix("bytes=").removesuffix("-"))
    assert 0 < start <= 3_000_000
    assert server.requests[1]["If-Range"] == '"one"'


def test_a_later_call_goes_on_with_what_an_earlier_one_left(fetch, server):
    server.faults = [Fault(cut_after=3_000_000)] + [Fault(status=503)] * 4
    with pytest.raises(DownloadFailed):
        fetch()
    n_requests = len(server.requests)
    assert fetch().read_bytes() == CONTENT
    assert "Range" in server.requests[n_requests]


def test_a_file_that_changed_meanwhile_is_fetched_from_the_start(fetch, server):
    server.faults = [Fault(cut_after=3_000_000)] + [Fault(status=500)] * 4
    with pytest.raises(DownloadFailed):
        fetch()
    server.content, server.etag = CONTENT[::-1], '"two"'
    assert fetch().read_bytes() == CONTENT[::-1]


def test_a_server_that_ignores_ranges_gives_a_whole_file_all_the_same(fetch, server):
    server.faults = [Fault(cut_after=3_000_000), Fault(ignore_range=True)]
    assert fetch().read_bytes() == CONTENT


def test_without_a_validator_nothing_is_glued_together(fetch, server):
    server.etag = None
    server.faults = [Fault(cut_after=3_000_000)]
    assert fetch().read_bytes() == CONTENT
    assert all("Range" not in request for request in server.requests)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_faults_are_tried_again_after_growing_pauses(fetch, server, pauses, status):
    server.faults = [Fault(status=status)] * 3
    assert fetch().read_bytes() == CONTENT
    assert len(pauses) == 3
    assert 1.0 <= pauses[0] <= 1.25
    assert 2.0 <= pauses[1] <= 2.5
    assert 4.0 <= pauses[2] <= 5.0


def test_the_pause_that_the_server_asks_for_is_kept(fetch, server, pauses):
    server.faults = [Fault(status=429, headers={"Retry-After": "7"})]
    fetch()
    assert pauses == [7.0]


def test_a_pause_given_as_a_past_date_is_none(fetch, server, pauses):
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    server.faults = [Fault(status=503, headers={"Retry-After": date})]
    fetch()
    assert pauses == [0.0]


def test_an_absurd_pause_is_cut_short(fetch, server, pauses):
    server.faults = [Fault(status=429, headers={"Retry-After": "86400"})]
    fetch()
    assert pauses == [120.0]


def test_a_silent_server_is_given_up_and_tried_again(fetch, server):
    server.faults = [Fault(silent_s=1.5)]
    assert fetch(timeout_s=0.3).read_bytes() == CONTENT
    assert len(server.requests) == 2


def test_a_server_that_stays_down_gives_one_sentence_with_the_mend(fetch, server, tmp_path):
    server.faults = [Fault(status=503)] * 9
    with pytest.raises(
        DownloadFailed, match=r"could not be downloaded \(the server answers 503\): run the same"
    ):
        fetch()
    assert len(server.requests) == 5


def test_an_attempt_that_brings_bytes_starts_the_count_again(fetch, server):
    server.faults = [Fault(cut_after=1_100_000) for _ in range(8)]
    assert fetch(n_attempts=2).read_bytes() == CONTENT


def test_a_missing_file_fails_at_once(fetch, server, pauses):
    server.faults = [Fault(status=404)]
    with pytest.raises(DownloadFailed, match=r"the server answers 404\): correct the address"):
        fetch()
    assert (len(server.requests), pauses) == (1, [])


def test_a_wrong_digest_is_refused_and_the_file_deleted(fetch, tmp_path):
    with pytest.raises(
        DownloadFailed, match=r"does not have the checksum sha256:00 and was deleted: "
    ):
        fetch(checksum="sha256:00")
    assert left(tmp_path) == []


def test_no_server_at_all_is_a_sentence(tmp_path, pauses):
    with pytest.raises(
        DownloadFailed, match=r"could not be downloaded .*Connection refused.*: run the same"
    ):
        download(
            "http://127.0.0.1:9/file.pt", tmp_path / "f", show_progress=False, sleep=pauses.append
        )


@pytest.mark.parametrize("host", ["127.0.0.1:9", "no-such-host.invalid"])
def test_a_server_that_cannot_be_reached_is_given_up_after_some_ten_seconds(tmp_path, pauses, host):
    with pytest.raises(DownloadFailed):
        download(
            f"http://{host}/f", tmp_path / "f", show_progress=False, sleep=pauses.append,
            n_attempts=50,
        )  # fmt: skip
    assert sum(pauses) <= 10


def test_a_connection_lost_on_the_way_gets_all_the_attempts(pauses):
    faults = [TryAgain("503"), *[TryAgain("no such host", unreachable=True)] * 7]

    def request():
        raise faults.pop(0)

    with pytest.raises(DownloadFailed, match="no such host"):
        retrying(
            request, failed=lambda fault: DownloadFailed(str(fault)), n_attempts=8,
            sleep=pauses.append,
        )  # fmt: skip
    assert len(pauses) == 7
