"""Where a webhook may lead: what is refused as it is written, and what at the moment of calling."""

import asyncio
import ssl
from typing import Any

import pytest

from service.settings import Secret
from service.webhooks.sending import LARGEST_ANSWER, SendConfig, Sender
from tests.webhooks.receiver import PEM, Receiver
from workflows.intake.addresses import refused, target_of

CONFIG = SendConfig(secret=Secret("s" * 32), base_url="http://termijn.test")
TRIAL = SendConfig(secret=Secret("s" * 32), base_url="http://termijn.test", insecure=True, timeout=2.0)

BAD_URLS = [
    "http://hooks.example.org/",
    "ftp://hooks.example.org/",
    "javascript:alert(1)",
    "hooks.example.org",
    "https:///path",
    "https://",
    "",
    "https://user:password@hooks.example.org/",
    "https://@hooks.example.org/",
    "https://hooks.example.org%2f@evil.example/",
    "https://hooks.example.org\\@evil.example/",
    "https://hooks.example.org/#there",
    "https://hooks.example.org:0/",
    "https://hooks.example.org:65536/",
    "https://hooks.example.org:x/",
    "https://hooks.example.org/a b",
    "https://hooks.example.org/\r\nX-Evil: 1",
    "https://hooks.example.org/\u202e",
    "https://hóóks.example.org/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://localhost/",
    "https://localhost:8443/",
    "https://sub.localhost/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://printer.local/",
    "https://intranet/",
    "https://hooks..example.org/",
    "https://-hooks.example.org/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.1./",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://168.63.129.16/",
    "https://192.0.2.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[::127.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:db8::1]/",
    "https://192.0.0.192/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[::ffff:0:8.8.8.8]/",
    "https://[4000::1]/",
    "https://hooks.example.org:444/",
    "https://hooks.example.org:22/",
    "https://8.8.8.8:6379/",
    "https://[::1/",
    "https://hooks.example.org/" + "x" * 2_000,
]


@pytest.mark.parametrize("url", BAD_URLS)
def test_refuses_what_leads_elsewhere_than_to_a_public_address(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        target_of(url, insecure=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org",
        "https://hooks.example.org:8443/termijn?token=a%20b",
        "https://xn--hks-hoa3c.example.org/",
        "https://8.8.8.8/",
        "https://[2001:4860:4860::8888]:443/",
    ],
)
def test_takes_public_addresses(url: str) -> None:
    assert target_of(url, insecure=False).scheme == "https"


def test_trials_reach_this_machine_and_nothing_else_of_the_network() -> None:
    for url in ("http://127.0.0.1:9/", "http://localhost:9/", "https://[::1]/"):
        assert target_of(url, insecure=True)
    for url in ("http://10.0.0.1/", "http://hooks.example.org/", "https://[::ffff:127.0.0.1]/", "https://127.1/"):
        with pytest.raises(ValueError, match=r".+"):
            target_of(url, insecure=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fe80::1", "words"])
def test_refuses_addresses_that_a_name_leads_to(address: str) -> None:
    assert refused(address, loopback=False)
    assert refused("64:ff9b::808:808", loopback=False) is None, "a network's own NAT64 for a public address"


def answering(*answers: list[str]) -> Any:
    """A resolver that says each list once, then the last one."""
    left = list(answers)

    async def resolve(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def test_a_name_that_turns_to_this_machine_is_not_called(receiver: Receiver) -> None:
    rebinding = Sender(CONFIG, resolver=answering(["93.184.215.14"], ["127.0.0.1"]))
    url = "https://hooks.example.test/"
    assert await rebinding.problem(url) is None, "at the time it was entered"
    reply = await rebinding.post(url, b"{}", {})
    assert (reply.status, reply.delivered) == (None, False)
    assert "public" in reply.words
    assert receiver.calls == []


async def test_one_bad_address_among_good_ones_is_enough(receiver: Receiver) -> None:
    sender = Sender(CONFIG, resolver=answering(["93.184.215.14", "::ffff:127.0.0.1"]))
    assert "IPv6 clothing" in str(await sender.problem("https://hooks.example.org/"))
    assert (await sender.post("https://hooks.example.org/", b"{}", {})).status is None


async def test_the_address_that_was_checked_is_the_one_that_is_called(receiver: Receiver) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async with Receiver(tls=True, always=(200, b"fine")) as secure:
        trust = ssl.create_default_context(cafile=str(PEM))
        sender = Sender(TRIAL, resolver=resolve, trust=trust)
        reply = await sender.post(f"https://hooks.example.test:{secure.port}/a?b=c", b'{"x":1}', {"webhook-id": "m"})
        assert (reply.status, reply.body) == (200, b"fine"), reply.words
        assert asked == ["hooks.example.test"], "resolved once"
        assert secure.names == ["hooks.example.test"], "the certificate is asked for by name"
        (call,) = secure.calls
        assert call.headers["host"] == f"hooks.example.test:{secure.port}"
        assert (call.path, call.body, call.id) == ("/a?b=c", b'{"x":1}', "m")


async def test_a_certificate_for_another_name_does_not_do() -> None:
    async with Receiver(tls=True) as secure:
        trust = ssl.create_default_context(cafile=str(PEM))
        for host, chain in (("other.example.test", trust), ("hooks.example.test", None)):
            sender = Sender(TRIAL, resolver=answering(["127.0.0.1"]), trust=chain)
            reply = await sender.post(f"https://{host}:{secure.port}/", b"{}", {})
            assert reply.status is None
            assert "certificate" in reply.words
        assert secure.calls == []


async def test_redirects_are_told_and_not_followed(receiver: Receiver) -> None:
    for place in (b"http://169.254.169.254/latest/meta-data/", receiver.url("/other").encode()):
        receiver.script = [b"HTTP/1.1 302 Found\r\nLocation: " + place + b"\r\nContent-Length: 0\r\n\r\n"]
        reply = await Sender(TRIAL).post(receiver.url(), b"{}", {})
        assert (reply.status, reply.delivered) == (302, False)
        assert "redirect" in reply.words
    assert {one.path for one in receiver.calls} == {"/hook"}


async def test_a_receiver_that_says_nothing_is_left(receiver: Receiver) -> None:
    receiver.always = None
    hurried = Sender(SendConfig(secret=Secret("s" * 32), base_url="", insecure=True, timeout=0.1))
    reply = await hurried.post(receiver.url(), b"{}", {})
    assert reply.status is None
    assert "no answer within 0.1 seconds" in reply.words


async def test_a_receiver_that_goes_on_and_on_is_left(receiver: Receiver) -> None:
    receiver.always = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * (3 * LARGEST_ANSWER)
    reply = await Sender(TRIAL).post(receiver.url(), b"{}", {})
    assert reply.delivered
    assert len(reply.body) == LARGEST_ANSWER
    assert "more than" in reply.words


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]
)
async def test_nonsense_is_an_attempt_that_failed(receiver: Receiver, answer: bytes) -> None:
    receiver.always = answer
    reply = await Sender(TRIAL).post(receiver.url(), b"{}", {})
    assert (reply.status, reply.delivered) == (None, False)


async def test_nobody_there(receiver: Receiver) -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    assert "no address" in (await Sender(CONFIG, resolver=nowhere).post("https://hooks.example.org/", b"", {})).words
    assert await Sender(CONFIG, resolver=nowhere).problem("https://hooks.example.org/") is None
    closed = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()
    assert "no connection" in (await Sender(TRIAL).post(f"http://127.0.0.1:{port}/", b"", {})).words


async def test_no_proxy_of_the_surroundings_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert (await Sender(TRIAL).post(receiver.url(), b"{}", {})).delivered
