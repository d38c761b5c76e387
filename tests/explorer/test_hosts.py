import pytest

from interplm.explorer.hosts import AllowedHosts, host_name


def hosts(host="127.0.0.1", *, root_path=None, share=False, names=()):
    return AllowedHosts(host=host, root_path=root_path, share=share, names=names)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("127.0.0.1:7860", "127.0.0.1"), ("[::1]:7860", "::1"),
        ("LAB.example.org", "lab.example.org"),
        ("a.example, b.example", "a.example"), ("user@evil.example", "evil.example"), ("", ""),
        ("[", ""),
    ],
)  # fmt: skip
def test_a_host_is_read_without_its_port(given, name):
    assert host_name(given) == name


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:1", "[::1]:7860"])
def test_this_machine_is_answered(host):
    assert hosts().answers(host)


@pytest.mark.parametrize("host", ["", "evil.example", "127.0.0.1.evil.example", "192.168.1.5:7860",
                                  "localhost.evil.example", "x.gradio.live"])  # fmt: skip
def test_a_server_of_this_machine_answers_to_nothing_else(host):
    assert not hosts().answers(host)


def test_a_server_of_a_network_answers_to_addresses_but_not_to_any_name():
    network = hosts("0.0.0.0")
    assert network.answers("192.168.1.5:7860")
    assert network.answers("[fe80::1]:7860")
    assert not network.answers("evil.example:7860")


def test_names_come_from_the_settings():
    assert hosts(names=["Lab.example.org"]).answers("lab.example.org")
    assert hosts(root_path="https://lab.example.org/interplm").answers("lab.example.org")
    assert hosts(share=True).answers("abc.gradio.live")


def test_an_origin_must_be_one_of_the_hosts():
    assert hosts().trusts("http://127.0.0.1:7860", forwarded_host=None)
    for origin in ("null", "https://evil.example", "file://", ""):
        assert not hosts().trusts(origin, forwarded_host=None)


def test_behind_a_proxy_the_name_that_it_forwards_is_trusted():
    proxied = hosts(root_path="/lab/interplm")
    assert proxied.trusts("https://lab.example.org", forwarded_host="lab.example.org")
    assert not proxied.trusts("https://evil.example", forwarded_host="lab.example.org")
    # Without a proxy in the settings nobody is expected to set that header.
    assert not hosts().trusts("https://evil.example", forwarded_host="evil.example")
