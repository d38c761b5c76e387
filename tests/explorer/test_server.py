import base64
import json
import re

import pytest
import requests
from tests.explorer.conftest import MAX_BYTES, SETTINGS, served

from interplm.errors import UserError
from interplm.explorer import api, build_app, serve

PAGES = ["", "features", "feature?feature=1", "concepts", "your-protein"]


def call(address, endpoint, *arguments, **settings):
    # What JSON does not allow, such as NaN, is sent as well.
    body = json.dumps({"data": list(arguments)})
    headers = {"Content-Type": "application/json"} | settings.pop("headers", {})
    url = f"{address}/gradio_api/run/{endpoint}"
    return requests.post(url, data=body, headers=headers, timeout=60, **settings)


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
    assert feature["feature"] == 0
    assert len(feature["pairs"]) == len(explorer.reader.pairs(feature=0))
    assert {"similar", "coactive", "enrichment", "histogram"} <= set(feature)


def test_examples_as_csv_and_json_agree(server):
    examples = answer(server, "examples", 0, "top")
    lines = answer(server, "examples_csv", 0, "top").splitlines()
    assert len(lines) == 1 + sum(len(example["positions"]) for example in examples)
    first = examples[0]
    residue = first["positions"][0]
    assert lines[1].startswith(
        f"{first['accession']},top,{first['rank']},{residue + 1},"
        f"{first['protein']['sequence'][residue]},"
    )


def test_features_as_csv_are_all_that_fit(server):
    every = answer(server, "features_csv", {"amino_acids": True})
    assert len(every.splitlines()) == 129


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
        ("find_features", ({"pattern": "spotty"},), "There is no pattern 'spotty'"),
        ("features_csv", ({"category": "Zink finger"},), "There is no category 'Zink finger'"),
        ("concept", ("Signal peptid",), "Did you mean Signal peptide"),
        ("verdicts", ("Signal peptid",), "Did you mean Signal peptide"),
        ("verdicts", ("Motif: DEAD box",), "too rare to be scored"),
        ("verdicts", ("Signal peptide", "found", 0), r"limit must be in 1\.\.1000, got 0"),
        ("encode", ("MKA 1V", 5), "is not a residue"),
        ("encode", (">a\nMKA\n>b\nMKA",), "2 proteins were given: give one"),
        ("encode", ("MKA", 0), r"n_features must be in 1\.\.1000, got 0"),
        ("counterparts", (1, "run", 1001), r"n must be in 1\.\.1000, got 1001"),
        ("table", ("strongest", {"protein": "MKA", "shwo": "all"}), "shwo is not an argument"),
        ("encode", ("M" * 501, 5), "has 501 residues, the limit is 500"),
        ("mutate", ("MKA", "L2P"), "residue 2 is K"),
        ("feature", ("x",), "feature should be a valid integer, got 'x'"),
        ("feature", (None,), "feature should be a valid integer, got None"),
        ("feature", (10**30,), "There is no feature 10"),
        ("feature", (-1,), "There is no feature -1"),
        ("feature", (), "feature is missing"),
        ("feature", (1, 2, 3), "3 values were given, the endpoint takes 2: feature, run"),
        ("examples", (0, ["top"]), "bucket should be a valid string"),
        ("find_features", ("x",), "query should be"),
        ("find_features", ({"min_density": float("nan")},), "min_density must be a number"),
        ("find_features", ({}, 5, -1), "offset must be in 0"),
        ("find_features", ({}, 5, 10**30), "offset must be in 0"),
        ("verdicts", ("x", "maybe"), "verdict should be 'found', 'missed' or 'extra'"),
        ("encode_many", (["MKA"], 5, "width"), "by must be one of maximum, mean, extent"),
        ("annotate", ("MK", "xml"), "form should be 'csv' or 'gff3'"),
        ("counterparts", (1, "other"), "There is no run 'other' here; there are run"),
        ("table", ("nothing",), "There is no table 'nothing'"),
        ("figure", ("logo", {"feature": 1}, "exe"), "There is no figure 'logo' as 'exe'"),
        ("structure_coloured", (1, "../../x"), "There is no structure of ../../x"),
        ("substitutions", ("MKA", 1, "1-3", "nowhere"), "There is no run 'nowhere'"),
        ("mutate", (">a\nMKA\n>b\nMKA", "M1A"), "2 proteins were given: give one"),
        ("encode", (5,), "sequence should be a valid string"),
        ("parts", ("nowhere", [], {}), "There is no page 'nowhere'"),
        ("parts", ("", ["x"], {"q": 5}), r"address\['q'\] should be a valid string"),
    ],
)
def test_what_an_endpoint_refuses_it_says_in_a_sentence(server, endpoint, arguments, sentence):
    response = call(server, endpoint, *arguments)
    assert response.status_code == 400
    assert re.search(sentence, response.json()["error"])
    assert "Traceback" not in response.text


def test_every_endpoint_is_documented_and_no_event_of_a_page_is(server):
    info = requests.get(f"{server}/gradio_api/info", timeout=30).json()["named_endpoints"]
    assert {name.strip("/") for name in info} == {
        "runs", "meta", "feature_map", "find_features", "features_csv", "feature", "examples",
        "examples_csv", "concepts", "concept", "verdicts", "encode", "encode_many", "mutate",
        "substitutions", "annotate", "counterparts", "table", "figure", "structure_coloured",
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


def test_residues_that_cannot_be_read_are_refused(server, monkeypatch):
    def refuse(text, length):
        raise UserError(f"{text} is no region.")

    monkeypatch.setattr(api, "region", refuse)
    response = call(server, "substitutions", "MKAVAVV", 1, "abc")
    assert (response.status_code, response.json()["error"]) == (400, "abc is no region.")


def test_proteins_of_an_alias_are_those_of_its_concept(server, explorer):
    concepts = [explorer.concept(pair.concept) for pair in explorer.reader.best_pairs()]
    row, alias = next((row, a) for row in concepts for a in row.aliases
                      if explorer.concept(a) == row)  # fmt: skip
    assert answer(server, "verdicts", alias) == answer(server, "verdicts", row.concept)
    assert answer(server, "concept", alias) == answer(server, "concept", row.concept)


def test_proteins_of_a_concept_of_which_none_are_kept_are_refused(server, explorer, monkeypatch):
    monkeypatch.setattr(type(explorer.reader), "n_verdicts", lambda self, concept: {})
    response = call(server, "verdicts", "Signal peptide")
    assert response.status_code == 400
    assert "not of Signal peptide" in response.json()["error"]


def test_found_missed_and_extra_proteins_are_listed(server, explorer):
    concept = explorer.reader.best_pairs()[0].concept
    for verdict, n in explorer.reader.n_verdicts(concept).items():
        found = answer(server, "verdicts", concept, verdict)
        assert found["total"] == n
        assert {row["verdict"] for row in found["proteins"]} <= {verdict}


def test_several_sequences_are_encoded_as_each_is_alone(server):
    texts = ["MKAVAVVLAALAAFTAFALQMSS", ">b\nMKAVLWDERTYQQQAAG", "DEMO00001"]
    together = answer(server, "encode_many", texts, 3)
    assert [one["accession"] for one in together] == ["pasted sequence", "b", "DEMO00001"]
    alone = answer(server, "encode", texts[0], 3)
    assert [f["feature"] for f in together[0]["features"]] == [f["feature"] for f in alone]


def test_substitutions_annotations_and_counterparts_are_answered(server):
    sequence = "MKAVAVVLAALAAFTAFALQMSS"
    found = answer(server, "substitutions", sequence, 5, "3-4")
    assert (len(found["changes"]), len(found["changes"][0])) == (20, 2)
    assert answer(server, "annotate", f">a\n{sequence}").startswith("accession,start,stop,feature")
    assert answer(server, "annotate", sequence, "gff3").startswith("##gff-version 3")
    found = answer(server, "counterparts", 5, "mirrored")[0]
    assert (found["feature"], found["jaccard"]) == (122, 1.0)
    assert found["n_proteins"] >= 5
    assert [run["run"] for run in answer(server, "runs")] == ["run", "mirrored"]


def test_figures_and_tables_are_given_as_files(server):
    assert base64.b64decode(answer(server, "figure", "logo", {"feature": 1}, "pdf"))[:4] == b"%PDF"
    assert answer(server, "table", "histogram", {"feature": 1}).startswith("from,to,residues")


def test_a_structure_carries_activations_as_b_factors(server, explorer):
    accession = explorer.reader.examples(1, "top")[0].accession
    text = answer(server, "structure_coloured", 1, accession)
    values = [float(line[60:66]) for line in text.splitlines() if line.startswith("ATOM")]
    sequence = explorer.reader.proteins([accession])[accession].sequence
    assert max(values) == pytest.approx(
        100 * explorer.encoder.encode(sequence).of(1).max(), abs=0.006
    )


def test_parameters_have_defaults(server):
    assert len(answer(server, "find_features")["features"]) == 100
    assert answer(server, "examples", 0) == answer(server, "examples", 0, "top")
    assert len(answer(server, "encode", "MKAVAVVLAALAAFTAFALQMSS")) == 25


def test_an_endpoint_that_is_not_there_is_named_with_those_that_are(server):
    response = call(server, "nothing")
    assert response.status_code == 404
    assert "find_features" in response.json()["error"]


def test_no_file_is_taken_and_no_large_body(server):
    file = {"files": ("big.fasta", b"M")}
    response = requests.post(f"{server}/gradio_api/upload", files=file, timeout=30)
    assert response.status_code == 404
    most = 2 * MAX_BYTES
    for body in (b"x" * most, (b"x" * 100_000 for _ in range(most // 100_000))):
        response = requests.post(f"{server}/gradio_api/run/encode", data=body, timeout=30)
        assert response.status_code == 413
        assert "send less" in response.json()["error"]


@pytest.mark.parametrize("route", ["", "features", "gradio_api/run/meta", "login", "config"])
def test_a_page_under_another_name_reads_nothing(server, route):
    for method in (requests.get, requests.post):
        response = method(f"{server}/{route}", headers={"Host": "evil.example"}, timeout=30)
        assert response.status_code == 403
        assert "explorer.server.names" in response.json()["error"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"]
)
def test_a_page_of_another_site_may_not_ask(server, origin):
    response = call(server, "meta", headers={"Origin": origin})
    assert response.status_code == 403
    assert call(server, "meta", headers={"Origin": server}).status_code == 200


def test_wrong_logins_are_limited(explorer):
    app, address = served(explorer, username="ana", password="secret", max_wrong_logins=3)
    try:
        wrong = {"username": "ana", "password": "x"}
        tried = [requests.post(f"{address}/login", data=wrong, timeout=30) for _ in range(5)]
        assert [one.status_code for one in tried] == [400, 400, 400, 429, 429]
        right = wrong | {"password": "secret"}
        response = requests.post(f"{address}/login", data=right, timeout=30)
        assert response.status_code == 429
        assert re.search(r"try again in \d+ s", response.json()["error"])
    finally:
        app.close(verbose=False)


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


@pytest.mark.parametrize(
    ("endpoint", "arguments"),
    [("meta", []), ("feature_map", []), ("features_csv", [{}]), ("encode", ["MKA"])],
)
def test_with_authentication_no_endpoint_answers(locked, endpoint, arguments):
    assert call(locked, endpoint, *arguments).status_code == 401
    response = requests.post(
        f"{locked}/gradio_api/call/{endpoint}", json={"data": arguments}, timeout=30
    )
    assert response.status_code == 401


def test_with_authentication_no_event_of_a_page_no_file_and_no_upload_is_open(locked):
    for index in range(30):
        body = {"data": [], "fn_index": index, "session_hash": "x"}
        for route in ("run/predict", "queue/join"):
            response = requests.post(f"{locked}/gradio_api/{route}", json=body, timeout=30)
            assert response.status_code in (401, 404)
    assert requests.get(f"{locked}/gradio_api/file=x", timeout=30).status_code == 401
    file = {"files": ("a.fasta", b"x")}
    assert requests.post(f"{locked}/gradio_api/upload", files=file, timeout=30).status_code == 404


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


@pytest.fixture(scope="module")
def behind_a_proxy(explorer):
    """One that a proxy shows under a path, which it takes away; and what the proxy adds."""
    app, address = served(explorer, root_path="/lab/interplm", username="ana", password="secret")
    with requests.Session() as session:
        proxied = {"X-Forwarded-Host": "lab.example.org", "X-Forwarded-Proto": "https"}
        session.headers.update(proxied)
        login = {"username": "ana", "password": "secret"}
        assert session.post(f"{address}/login", data=login, timeout=30).status_code == 200
        yield address, session
    app.close(verbose=False)


@pytest.mark.parametrize("page", PAGES)
def test_behind_a_proxy_every_address_lies_under_its_path(behind_a_proxy, page):
    address, session = behind_a_proxy
    response = session.get(f"{address}/{page}", timeout=30)
    assert response.status_code == 200
    roots = set(re.findall(r'"root":\s*"([^"]*)"', response.text))
    assert roots == {"https://lab.example.org/lab/interplm"}
    for found in re.findall(r'(?:href|src)="(/[^"]*|https?://[^"]*)"', response.text):
        assert found.startswith(("/lab/interplm/", "https://lab.example.org/lab/interplm/"))


def test_behind_a_proxy_endpoints_answer(behind_a_proxy):
    address, session = behind_a_proxy
    response = session.post(
        f"{address}/gradio_api/run/meta", json={"data": []}, timeout=60,
        headers={"Origin": "https://lab.example.org"},
    )  # fmt: skip
    assert response.json()["data"][0]["n_features"] == 128


def test_half_of_an_authentication_is_refused(explorer):
    with pytest.raises(UserError, match="both a user name and a password"):
        serve(build_app([explorer]), port=1, **(SETTINGS | {"username": "ana"}))


def test_a_port_in_use_is_named(explorer, server):
    port = int(server.rsplit(":", 1)[1])
    with pytest.raises(UserError, match=rf"Port {port} of 127\.0\.0\.1 cannot be used"):
        serve(build_app([explorer]), port=port, **SETTINGS)
