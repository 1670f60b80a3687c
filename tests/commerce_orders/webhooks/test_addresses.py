"""No webhook goes into our own network, however its address is written and wherever its name leads."""

import socket

import pytest

from commerce_orders.services.webhooks import addresses
from commerce_orders.services.webhooks.addresses import AddressRefused, is_allowed, look_up, read_address

# As an attacker would write them; what they are refused as. All of them without asking a name server.
REFUSED = {
    "address_private": [
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://172.16.3.4/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://168.63.129.16/",
        "https://100.64.0.1/",
        "https://100.100.100.200/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://198.18.0.1/",
        "https://[::]/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[0:0:0:0:0:ffff:a9fe:a9fe]/",
        "https://[::127.0.0.1]/",
        "https://[::ffff:0:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::169.254.169.254]/",
        "https://[64:ff9b:1::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[2001:0:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fc00::1]/",
        "https://[fd00::1]/",
        "https://[fd00:ec2::254]/",
        "https://[ff02::1]/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://api.localhost/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://router.lan/",
        "https://intranet/",
        "https://①②⑦.⓪.⓪.①/",
        "https://127。0。0。1/",
        "https://１２７.0.0.1/",
        "https://ⓛocalhost/",
    ],
    "address_malformed": [
        "",
        "erp.example.com/hooks",
        "//erp.example.com/",
        "https://",
        "https:///hooks",
        "https://127.1/",
        "https://0/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.01/",
        "https://1.1.1.1.1/",
        "https://example.0x7f/",
        "https://127.0.0.256/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://[::g]/",
        "https://erp..example.com/",
        "https://erp.example.com../",
        "https://.example.com/",
        "https://exa mple.com/",
        "https://erp.example.com/\r\nHost: x",
        "https://erp.example.com\\@127.0.0.1/",
        "https://erp.example.com:0/",
        "https://erp.example.com:99999/",
        "https://erp.example.com:443x/",
        "https://%31%32%37.0.0.1/",
        "https://" + "a" * 64 + ".example.com.\u0000/",
        "file:///etc/passwd",
        "ftp://erp.example.com/",
        "gopher://127.0.0.1:6379/_SET",
        "javascript:alert(1)",
        "https://erp.example.com/" + "x" * 2000,
    ],
    "address_not_https": ["http://erp.example.com/", "HTTP://8.8.8.8/"],
    "address_port": [
        "https://erp.example.com:22/",
        "https://erp.example.com:25/",
        "https://erp.example.com:6379/",
        "https://8.8.8.8:5432/",
    ],
    "address_with_extras": [
        "https://user@erp.example.com/",
        "https://user:secret@erp.example.com/",
        "https://erp.example.com@127.0.0.1/",
        "https://:@erp.example.com/",
        "https://erp.example.com/#fragment",
    ],
}
CORPUS = [(code, url) for code, urls in REFUSED.items() for url in urls]


@pytest.fixture(autouse=True)
def nothing_is_allowed(settings, monkeypatch):
    settings.WEBHOOK_PRIVATE_HOSTS = []


@pytest.mark.parametrize(("code", "url"), CORPUS, ids=[repr(url)[:60] for _code, url in CORPUS])
def test_an_address_of_the_corpus_is_refused_as_it_is_written(code, url):
    with pytest.raises(AddressRefused) as refusal:
        read_address(url)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("https://erp.example.com", "https://erp.example.com/"),
        (" HTTPS://ERP.Example.COM.:443/Hooks?a=1 ", "https://erp.example.com/Hooks?a=1"),
        ("https://erp.example.com:8443/a%20b", "https://erp.example.com:8443/a%20b"),
        ("https://bücher.example/größe?q=ä", "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe?q=%C3%A4"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:0:0::1111]/", "https://[2606:4700::1111]/"),
        ("https://[64:ff9b::8.8.8.8]/", "https://[64:ff9b::808:808]/"),
    ],
)
def test_a_public_address_is_stored_in_one_spelling(written, stored):
    assert read_address(written).url == stored
    assert read_address(stored).url == stored


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("localhost", "http://localhost:9000/hooks"),
        ("erp.internal", "http://erp.internal/"),
        ("wms_1", "http://wms_1:8080/"),
        ("10.0.0.5:8080", "http://10.0.0.5:8080/"),
        ("[fd00::5]:8080", "http://[fd00::5]:8080/"),
        ("[::1]", "https://[::1]/"),
    ],
)
def test_a_host_that_is_named_may_be_private_and_without_https(settings, named, url):
    settings.WEBHOOK_PRIVATE_HOSTS = [named]

    assert read_address(url).is_named
    assert read_address(url).url == url


def test_only_the_port_that_is_named_is_allowed(settings):
    settings.WEBHOOK_PRIVATE_HOSTS = ["10.0.0.5:8080"]

    for url in ("http://10.0.0.5:8081/", "https://10.0.0.5/", "http://10.0.0.6:8080/"):
        with pytest.raises(AddressRefused):
            read_address(url)


@pytest.mark.parametrize(
    "ip", ["169.254.169.254", "fe80::1", "0.0.0.0", "::", "fd00:ec2::254", "fd20:ce::254", "168.63.129.16"]
)
def test_what_is_named_never_leads_to_the_secrets_of_the_machine(ip):
    assert not is_allowed(ip, is_named=True)


def leading_to(*ips):
    return lambda host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ips]


@pytest.mark.parametrize("ips", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["8.8.8.8", "::1"], ["fe80::1%2"]])
def test_a_name_that_leads_inside_is_refused_whatever_else_it_leads_to(monkeypatch, ips):
    monkeypatch.setattr(addresses.socket, "getaddrinfo", leading_to(*ips))

    with pytest.raises(AddressRefused) as refusal:
        look_up(read_address("https://rebound.example.com/"))

    assert refusal.value.code == "address_private"


def test_a_name_that_leads_outside_is_looked_up_once(monkeypatch):
    monkeypatch.setattr(addresses.socket, "getaddrinfo", leading_to("8.8.8.8", "8.8.8.8", "2606:4700::1111"))

    assert look_up(read_address("https://erp.example.com/")) == ["8.8.8.8", "2606:4700::1111"]
