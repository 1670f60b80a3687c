"""One POST to a receiver as bad as it likes: nothing of it takes long, takes much, or leads elsewhere."""

import socket
import ssl
import threading

import pytest

from commerce_orders.services.webhooks import addresses, connections
from commerce_orders.services.webhooks.addresses import read_address
from commerce_orders.services.webhooks.connections import Connection
from tests.commerce_orders.webhooks.certificates import make_certificate
from tests.commerce_orders.webhooks.receivers import receiving


def post(url, body=b"{}"):
    connection = Connection(read_address(url))
    try:
        return connection.post(body, {"content-type": "application/json"})
    finally:
        connection.close()


def lead_to(monkeypatch, *answers):
    """What the name server says, one answer after the other, the last one for ever."""
    left, real = list(answers), socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        if host.replace(".", "").isdecimal():
            return real(host, port, *args, **kwargs)
        ip = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", getaddrinfo)


def test_a_message_arrives_as_it_is(receiver):
    answer = post(f"{receiver.address}?a=1", b'{"x":"\xc3\xa4"}')

    assert (answer.status, answer.error, answer.is_taken) == (200, "", True)
    (message,) = receiver.messages
    assert (message.path, message.body) == ("/hooks?a=1", b'{"x":"\xc3\xa4"}')
    assert message.headers["host"] == receiver.address.removeprefix("http://").removesuffix("/hooks")
    assert message.headers["content-type"] == "application/json"


def test_several_messages_take_one_connection(receiver):
    connection = Connection(read_address(receiver.address))
    ports = set()
    receiver.behave = lambda handler: (ports.add(handler.client_address[1]), receiver.answer(handler))

    answers = [connection.post(b"{}", {}) for _ in range(3)]
    connection.close()

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len(ports) == 1


@pytest.mark.parametrize("behaviour", ["hang", "drip"])
def test_a_receiver_that_never_ends_is_cut_off(receiver, monkeypatch, behaviour):
    monkeypatch.setattr(connections, "TOTAL_SECONDS", 0.2)
    receiver.behave = getattr(receiver, behaviour)

    answer = post(receiver.address)

    assert (answer.status, answer.error) == (None, "timeout")
    assert 0.2 <= answer.seconds < 2
    assert receiver.hung_up.wait(5)


def test_a_gigabyte_is_not_read(receiver):
    receiver.behave = receiver.pour

    answer = post(receiver.address)

    assert (answer.status, answer.error) == (200, "")
    assert receiver.hung_up.wait(5)


def test_a_redirect_is_not_followed():
    with receiving() as inside, receiving(status=302, headers={"Location": inside.address}) as receiver:
        answer = post(receiver.address)

        assert (answer.status, answer.is_taken) == (302, False)
        assert (len(receiver.messages), inside.messages) == (1, [])


def test_no_proxy_of_the_environment_is_asked(receiver, monkeypatch):
    with receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)

        assert post(receiver.address).status == 200
        assert proxy.messages == []


def test_what_is_no_http_is_a_failure():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk_nonsense():
            client, _address = server.accept()
            with client:
                while not client.recv(65536).endswith(b"{}"):
                    pass
                client.sendall(b"220 mail.example.com ESMTP\r\n")

        thread = threading.Thread(target=talk_nonsense)
        thread.start()
        answer = post(f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()

    assert (answer.status, answer.error) == (None, "no_http")


def test_where_nobody_listens_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert post(f"http://127.0.0.1:{port}/").error == "unreachable"


def test_a_name_that_nobody_knows_is_unreachable(settings, monkeypatch):
    settings.WEBHOOK_PRIVATE_HOSTS = ["erp.internal"]

    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(addresses.socket, "getaddrinfo", unknown)

    assert post("http://erp.internal/").error == "unreachable"


def test_a_name_that_leads_inside_since_it_was_saved_is_not_connected_to(receiver, monkeypatch):
    """DNS rebinding: public when the address was saved, loopback when it is used."""
    lead_to(monkeypatch, "8.8.8.8", "127.0.0.1")
    address = read_address("https://rebound.example.com/")
    assert addresses.look_up(address) == ["8.8.8.8"]

    answer = Connection(address).post(b"{}", {})

    assert (answer.status, answer.error, receiver.messages) == (None, "address_private", [])


def test_the_address_that_was_checked_is_the_one_connected_to(settings, monkeypatch, receiver):
    """The name is looked up once a connection: there is no second answer that could differ from the checked one."""
    port = int(receiver.address.split(":")[2].split("/")[0])
    settings.WEBHOOK_PRIVATE_HOSTS = ["erp.internal"]
    lead_to(monkeypatch, "127.0.0.1", "169.254.169.254")

    assert post(f"http://erp.internal:{port}/hooks").status == 200
    assert receiver.messages[0].headers["host"] == f"erp.internal:{port}"


@pytest.mark.parametrize(("certified", "error"), [("erp.internal", ""), ("other.internal", "tls")])
def test_the_certificate_must_be_that_of_the_name(settings, monkeypatch, tmp_path, certified, error):
    """Connected by number, greeted by name: SNI and certificate are the host's."""
    settings.WEBHOOK_PRIVATE_HOSTS = ["erp.internal"]
    chain, key = make_certificate(tmp_path, certified)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    connections._trusted.cache_clear()
    greeted = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    context.sni_callback = lambda _socket, name, _context: greeted.append(name)
    lead_to(monkeypatch, "127.0.0.1")
    with receiving(tls=context) as receiver:
        port = receiver.address.split(":")[2].split("/")[0]

        answer = post(f"https://erp.internal:{port}/hooks")

    connections._trusted.cache_clear()
    assert (answer.error, len(receiver.messages)) == (error, 0 if error else 1)
    assert greeted == ["erp.internal"]
