import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from interplm.explorer.arguments import parameters_of
from interplm.explorer.guard import REFUSED, Guard, WrongLogins
from interplm.explorer.hosts import AllowedHosts

MOST = 1000


def answered(inner_status=200, inner_body=b"{}", kind=b"application/json"):
    """An app that keeps the body it was given."""

    async def app(scope, receive, send):
        message = await receive()
        assert not message["more_body"]
        app.body = message["body"]
        stated = dict(scope["headers"]).get(b"content-length")
        assert stated is None or int(stated) == len(app.body)
        await send(
            {
                "type": "http.response.start",
                "status": inner_status,
                "headers": [(b"content-type", kind)],
            }
        )
        await send({"type": "http.response.body", "body": inner_body})

    return app


def ask(app, path="/", *, chunks=(b"",), headers=(), logins=None, method="POST", guard=None):
    """Status and body of one request."""
    guard = guard or guarded(app, logins)
    parts = [{"type": "http.request", "body": c, "more_body": True} for c in chunks]
    parts.append({"type": "http.request", "body": b"", "more_body": False})
    sent = []

    async def receive():
        return parts.pop(0)

    async def send(message):
        sent.append(message)

    given = [(b"host", b"127.0.0.1"), *headers]
    scope = {"type": "http", "path": path, "method": method, "headers": given,
             "client": ("10.0.0.1", 5)}  # fmt: skip
    # In a thread: that of the tests may have the loop of a browser running.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, guard(scope, receive, send)).result()
    return sent[0]["status"], b"".join(m.get("body", b"") for m in sent[1:])


def feature(feature: int, bucket: str = "top") -> None:
    """An endpoint."""


def guarded(app, logins=None):
    return Guard(
        app, hosts=AllowedHosts(host="127.0.0.1", root_path=None, share=False, names=[]),
        endpoints={"meta": {}, "feature": parameters_of(feature)}, max_body_bytes=MOST,
        wrong_logins=logins or WrongLogins(most=2),
    )  # fmt: skip


def test_what_is_small_goes_through():
    assert ask(answered(), chunks=[b"x" * 400, b"x" * 600]) == (200, b"{}")


def test_a_body_is_counted_though_no_length_is_stated():
    status, body = ask(answered(), chunks=[b"x" * 600, b"x" * 600])
    assert status == 413
    assert "send less" in json.loads(body)["error"]


def test_a_stated_length_is_refused_before_anything_is_read():
    assert ask(answered(), headers=[(b"content-length", b"1001")])[0] == 413


def test_many_bodies_at_once_are_bounded_in_sum():
    guard = guarded(answered())
    guard._n_under_way = 7 * MOST + 500
    assert ask(None, guard=guard, headers=[(b"content-length", b"501")])[0] == 413
    assert ask(None, guard=guard, chunks=[b"x" * 501])[0] == 413
    assert ask(None, guard=guard, chunks=[b"x" * 500])[0] == 200
    assert guard._n_under_way == 7 * MOST + 500


@pytest.mark.parametrize(
    ("data", "passed"),
    [
        ([7], [7, "top"]), ([7, "0-0.2"], [7, "0-0.2"]), ({"feature": 7}, [7, "top"]),
        ({"bucket": "x", "feature": 7}, [7, "x"]),
    ],
)  # fmt: skip
def test_arguments_are_completed_in_order_or_by_name(data, passed):
    app, body = answered(), json.dumps({"data": data, "session_hash": "s"}).encode()
    length = [(b"content-length", str(len(body)).encode())]
    status, _ = ask(app, "/gradio_api/run/feature", chunks=[body[:9], body[9:]], headers=length)
    assert status == 200
    assert json.loads(app.body) == {"data": passed, "session_hash": "s"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"nonsense", "not JSON"), (b"[]", "holds no arguments"), (b"{}", "holds no arguments"),
        (b'{"data": null}', "holds no arguments"), (b'{"data": []}', "feature is missing"),
        (b'{"data": {"bucket": "top"}}', "feature is missing"), (b"[" * 900, "not JSON"),
        (b'{"data": [1, 2, 3]}', "3 values were given, the endpoint takes 2: feature, bucket"),
        (b'{"data": {"colour": 1}}', "colour is not a parameter; there are feature, bucket"),
        (b"\xff\xfe", "not JSON"), (b'{"data": [' + b"9" * 900 + b"]}", ""),
    ],
)  # fmt: skip
def test_what_is_no_call_of_an_endpoint_is_said(body, sentence):
    status, said = ask(answered(), "/gradio_api/run/feature", chunks=[body])
    assert status == (400 if sentence else 200)
    assert sentence in json.loads(said).get("error", "")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (json.dumps({"error": "no", "title": REFUSED}).encode(), 400),
        (json.dumps({"error": None}).encode(), 500),
        (b"Internal Server Error", 500),
        (b"[]", 500),
    ],
)
def test_a_refusal_of_the_api_is_the_callers_error_and_a_fault_is_ours(body, status):
    call = [b'{"data": []}']
    assert ask(answered(500, body), "/gradio_api/run/meta", chunks=call) == (status, body)


def test_an_endpoint_that_is_not_there_is_not_asked():
    assert ask(answered(), "/lab/gradio_api/run/meta", chunks=[b'{"data": []}'])[0] == 200
    assert ask(answered(), "/gradio_api/run/other")[0] == 404


def test_wrong_logins_are_forgotten_after_a_while(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("interplm.explorer.guard.time.monotonic", lambda: now[0])
    logins = WrongLogins(most=2, seconds=60)
    statuses = [ask(answered(400), "/login", logins=logins)[0] for _ in range(4)]
    assert statuses == [400, 400, 429, 429]
    now[0] += 61
    assert ask(answered(200), "/login", logins=logins)[0] == 200
    assert logins.wait("10.0.0.1") == 0


def test_clients_are_counted_apart_and_all_together(monkeypatch):
    logins = WrongLogins(most=2)
    for number in range(19):
        logins.add(f"10.0.0.{number}")
    assert logins.wait("10.0.0.3") == 0
    logins.add("10.0.0.3")
    assert logins.wait("10.0.0.3") > 0
    assert logins.wait("10.9.9.9") > 0


def test_every_address_in_a_page_follows_the_proxy():
    page = b'<link rel="manifest" href="/manifest.json"><a href="features">x</a>'
    _, body = ask(answered(200, page, b"text/html; charset=utf-8"), method="GET")
    assert body == page.replace(b"/manifest", b"manifest")
