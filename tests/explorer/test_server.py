import json
import re

import pytest
import requests
from tests.explorer.conftest import MAX_BYTES, served

from interplm.errors import UserError
from interplm.explorer import build_app, serve

PAGES = ["", "features", "feature?feature=1", "concepts", "your-protein"]


def call(address, endpoint, *arguments, **settings):
    return requests.post(
        f"{address}/gradio_api/run/{endpoint}", json={"data": list(arguments)}, timeout=60,
        **settings,
    )  # fmt: skip


def answer(address, endpoint, *arguments):
    response = call(address, endpoint, *arguments)
    assert response.status_code == 200, response.text
    return response.json()["data"][0]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_served_and_names_no_other_host(server, page):
    response = requests.get(f"{server}/{page}", timeout=30)
    assert response.status_code == 200
    for outside in ("fonts.googleapis", "fonts.gstatic", "cdnjs", "cdn.", "api.gradio.app"):
        assert outside not in response.text


def test_meta_and_map_are_those_of_the_database(server, explorer):
    assert answer(server, "meta")["n_features"] == 128
    assert answer(server, "feature_map") == explorer.map_points


def test_features_are_found_by_the_page_and_by_the_api_alike(server, explorer):
    found = answer(server, "find_features", {"text": "zinc", "sort": "f1"}, 3, 1)
    every = answer(server, "find_features", {"text": "zinc", "sort": "f1"}, 100, 0)
    assert found["features"] == every["features"][1:4]
    assert found["total"] == len(every["features"])


def test_one_feature_comes_with_its_pairs_and_relatives(server, explorer):
    feature = answer(server, "feature", 0)
    assert feature["summary"]["feature"] == 0
    assert len(feature["pairs"]) == len(explorer.reader.pairs(feature=0))
    assert {"similar", "coactive", "enrichment", "histogram"} <= set(feature)


def test_examples_as_csv_and_json_agree(server):
    examples = answer(server, "examples", 0, "top")
    lines = answer(server, "examples_csv", 0, "top").splitlines()
    assert len(lines) == 1 + sum(len(example["positions"]) for example in examples)
    first = examples[0]
    residue = first["positions"][0]
    assert lines[1].startswith(
        f"{first['accession']},{first['rank']},{residue + 1},"
        f"{first['protein']['sequence'][residue]},"
    )


def test_features_as_csv_are_all_that_fit(server):
    assert len(answer(server, "features_csv", {}).splitlines()) == 129


def test_a_sequence_is_encoded_and_mutated(server):
    ranked = answer(server, "encode", "MKAVAVVLAALAAFTAFALQMSS", 5)
    maxima = [feature["maximum"] for feature in ranked]
    assert maxima == sorted(maxima, reverse=True)
    assert len(ranked) == 5
    assert all(max(f["activations"]) == pytest.approx(f["maximum"], abs=1e-4) for f in ranked)
    changes = answer(server, "mutate", "MKAVAVVLAALAAFTAFALQMSS", "L8P")
    assert changes
    assert abs(changes[0]["change"]) >= abs(changes[-1]["change"])


@pytest.mark.parametrize(
    ("endpoint", "arguments", "sentence"),
    [
        ("find_features", ({"colour": "red"}, 5, 0), "colour is not a condition"),
        ("find_features", ({"sort": "x; DROP TABLE features"}, 5, 0), "sort must be one of"),
        ("find_features", ({}, 1_000_000, 0), r"limit must be in 1\.\.1000"),
        ("feature", (128,), "There is no feature 128"),
        ("examples", (0, "best"), "bucket must be one of"),
        ("encode", ("MK1", 5), "is not a residue"),
        ("encode", ("M" * 501, 5), "has 501 residues, the limit is 500"),
        ("mutate", ("MKA", "L2P"), "residue 2 is K"),
    ],
)
def test_what_an_endpoint_refuses_it_says_in_a_sentence(server, endpoint, arguments, sentence):
    response = call(server, endpoint, *arguments)
    assert response.status_code == 500
    assert re.search(sentence, response.json()["error"])
    assert "Traceback" not in response.text


def test_every_endpoint_is_documented_and_no_event_of_a_page_is(server):
    info = requests.get(f"{server}/gradio_api/info", timeout=30).json()["named_endpoints"]
    assert {name.strip("/") for name in info} == {
        "meta", "feature_map", "find_features", "features_csv", "feature", "examples",
        "examples_csv", "concepts", "concept", "encode", "mutate",
    }  # fmt: skip
    assert all(endpoint["description"] for endpoint in info.values())


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../../../../etc/passwd", "score/features.duckdb",
     "{run}/score/features.duckdb",
     "{run}/inputs.yaml", "{run}/structures/../inputs.yaml", "C:\\Windows\\win.ini"],
)  # fmt: skip
def test_no_file_of_the_run_or_the_machine_is_served(server, run_folder, path):
    path = path.format(run=run_folder)
    response = requests.get(f"{server}/gradio_api/file={path}", timeout=30)
    assert response.status_code in (403, 404)
    assert "root:" not in response.text


def test_an_upload_beyond_the_limit_is_refused(server):
    file = {"files": ("big.fasta", b"M" * (MAX_BYTES + 1))}
    response = requests.post(f"{server}/gradio_api/upload", files=file, timeout=30)
    assert response.status_code == 413


def test_a_name_of_an_upload_leads_nowhere_else(server, tmp_path):
    file = {"files": ("../../../../tmp/<script>x.fasta", b">a\nMK")}
    response = requests.post(f"{server}/gradio_api/upload", files=file, timeout=30)
    (path,) = json.loads(response.text)
    assert ".." not in path
    assert "<" not in path


@pytest.fixture(scope="module")
def locked(explorer):
    app, address = served(explorer, username="ana", password="secret")
    yield address
    app.close(verbose=False)


@pytest.mark.parametrize("page", [*PAGES, "config", "gradio_api/info", "gradio_api/openapi.json"])
def test_with_authentication_no_page_says_anything_of_the_database(locked, page):
    response = requests.get(f"{locked}/{page}", timeout=30)
    assert "esm2_demo" not in response.text
    assert "Zinc finger" not in response.text
    if response.ok:
        # Gradio writes the API's documentation, which is that of the code, beside the login form.
        start = response.text.index("{", response.text.index("window.gradio_config = "))
        config, _ = json.JSONDecoder().raw_decode(response.text, start)
        assert config["components"] == []


@pytest.mark.parametrize("endpoint", ["meta", "feature_map", "features_csv", "encode"])
def test_with_authentication_no_endpoint_answers(locked, endpoint):
    assert call(locked, endpoint, {}).status_code == 401
    response = requests.post(
        f"{locked}/gradio_api/call/{endpoint}", json={"data": [{}]}, timeout=30
    )
    assert response.status_code == 401


def test_with_authentication_no_event_of_a_page_no_file_and_no_upload_is_open(locked):
    for index in range(30):
        body = {"data": [], "fn_index": index, "session_hash": "x"}
        for route in ("run/predict", "queue/join"):
            response = requests.post(f"{locked}/gradio_api/{route}", json=body, timeout=30)
            assert response.status_code == 401
    assert requests.get(f"{locked}/gradio_api/file=x", timeout=30).status_code == 401
    file = {"files": ("a.fasta", b"x")}
    assert requests.post(f"{locked}/gradio_api/upload", files=file, timeout=30).status_code == 401


def test_with_the_password_everything_is_readable_and_with_another_one_nothing(locked):
    with requests.Session() as session:
        wrong = session.post(
            f"{locked}/login", data={"username": "ana", "password": "x"}, timeout=30
        )
        assert wrong.status_code == 400
        assert call(locked, "meta", cookies=session.cookies).status_code == 401
        right = session.post(
            f"{locked}/login", data={"username": "ana", "password": "secret"}, timeout=30
        )
        assert right.status_code == 200
        assert call(locked, "meta", cookies=session.cookies).status_code == 200


def test_half_of_an_authentication_is_refused(explorer):
    with pytest.raises(UserError, match="both a user name and a password"):
        serve(
            build_app(explorer), host="127.0.0.1", port=1, root_path=None, share=False,
            username="ana", password=None, max_upload_bytes=1,
        )  # fmt: skip


def test_a_port_in_use_is_named(explorer, server):
    port = int(server.rsplit(":", 1)[1])
    with pytest.raises(UserError, match=rf"Port {port} of 127\.0\.0\.1 cannot be used"):
        serve(
            build_app(explorer), host="127.0.0.1", port=port, root_path=None, share=False,
            username=None, password=None, max_upload_bytes=1,
        )  # fmt: skip
