"""The entropy of identifiers: weak generators are refuted, good ones never."""

import base64
import hashlib
import json
import random
import secrets
import string
import uuid
import zlib
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from hypothesis import given

from suites.probes.entropy import Estimate, estimate

Generator = Callable[[int], str]

RANDOM = random.Random(20)  # noqa: S311 - the weak generators under test need no secret
BASE62 = string.digits + string.ascii_lowercase + string.ascii_uppercase
NOON = 1_700_000_000


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def drawn(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def jwt(claims: dict[str, object]) -> str:
    header = b64(b'{"alg":"HS256","typ":"JWT"}')
    return f"{header}.{b64(json.dumps(claims).encode())}.{secrets.token_urlsafe(32)}"


def itsdangerous(payload: str) -> str:
    return f"{payload}.{b64(NOON.to_bytes(4, 'big'))}.{secrets.token_urlsafe(20)}"


def flask(session: dict[str, object]) -> str:
    return itsdangerous("." + b64(zlib.compress(json.dumps(session).encode())))


def express(identifier: str) -> str:
    signature = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return f"s%3A{identifier}.{signature.replace('+', '%2B').replace('/', '%2F')}"


def synapse(_: int) -> str:
    token = f"syt_{b64(b'alice')}_{drawn(string.ascii_letters, 20)}"
    check, digits = zlib.crc32(token.encode()), ""
    while check:
        check, digit = divmod(check, 62)
        digits = BASE62[digit] + digits
    return f"{token}_{digits.rjust(6, '0')}"


def uuid7(number: int) -> str:
    return str(
        uuid.UUID(int=(NOON * 1000 + number * 7) << 80 | 7 << 76 | 2 << 62 | secrets.randbits(62))
    )


def sample(generator: Generator, size: int = 500) -> list[str]:
    return [generator(number) for number in range(size)]


def bits(found: Estimate) -> float:
    assert found.bits is not None, found
    return found.bits


STRONG: dict[str, tuple[float, Generator]] = {
    "token_urlsafe(16)": (128, lambda _: secrets.token_urlsafe(16)),
    "token_urlsafe(24)": (192, lambda _: secrets.token_urlsafe(24)),
    "token_urlsafe(32)": (256, lambda _: secrets.token_urlsafe(32)),
    "token_hex(16)": (128, lambda _: secrets.token_hex(16)),
    "uuid4": (122, lambda _: str(uuid.uuid4())),
    "express": (192, lambda _: express(secrets.token_urlsafe(24))),
    "django": (165.4, lambda _: drawn(string.ascii_lowercase + string.digits, 32)),
    "php": (130, lambda _: drawn(string.digits + string.ascii_lowercase[:22], 26)),
    "cherrypy": (160, lambda _: hashlib.sha1(secrets.token_bytes(60)).hexdigest()),  # noqa: S324
    "synapse": (114, synapse),
    "base64": (160, lambda _: base64.b64encode(secrets.token_bytes(20)).decode()),
    "decimal": (128, lambda _: str(secrets.randbits(128))),
    "clock and 80 random bits": (80, lambda n: f"{NOON * 1000 + n:012x}{secrets.token_hex(10)}"),
    "itsdangerous": (128, lambda _: itsdangerous(secrets.token_hex(16))),
    "jti": (128, lambda _: jwt({"sub": "alice", "jti": secrets.token_hex(16)})),
}


@pytest.mark.parametrize("size", [200, 320, 500])
@pytest.mark.parametrize("name", STRONG)
def test_a_good_generator_is_never_refuted(name: str, size: int) -> None:
    least, generator = STRONG[name]
    for _ in range(3):
        found = estimate(sample(generator, size), dictionary=False)
        assert bits(found) >= least, found
        assert bits(found) <= least + 8, found


def test_a_good_generator_is_in_no_dictionary() -> None:
    assert bits(estimate(sample(lambda _: secrets.token_hex(16)))) == 128


def test_uuid_version_7_keeps_its_random_bits() -> None:
    assert 60 <= bits(estimate(sample(uuid7), dictionary=False)) <= 64


def small_digest(
    name: str, size: int, form: Callable[[int], bytes], text: Callable[[bytes], str]
) -> Generator:
    def generator(_: int) -> str:
        octets = form(RANDOM.randrange(1 << 20))
        return text(hashlib.new(name, octets, usedforsecurity=False).digest()[:size])

    return generator


WEAK: dict[str, tuple[float, str, Generator]] = {
    "32 random bits in hex": (32, "", lambda _: secrets.token_hex(4)),
    "24 of 32 characters constant": (
        32,
        "24 of 32 positions never change",
        lambda _: "0123456789abcdef01234567" + secrets.token_hex(4),
    ),
    "sha256 of 20 bits": (
        20,
        "sha256 of a small number",
        small_digest("sha256", 32, lambda number: b"%d" % number, bytes.hex),
    ),
    "md5 of 20 bits, cut, base64url": (
        20,
        "of a small number",
        small_digest("md5", 12, lambda number: number.to_bytes(4, "little"), b64),
    ),
    "16 bits from the 300th on": (
        17,
        "(identifiers 301 to 500)",
        lambda n: secrets.token_hex(16) if n < 300 else "5ea1" * 7 + secrets.token_hex(2),
    ),
    "counter": (1, "a counter or a clock", lambda n: str(1000 + n)),
    "falling counter": (1, "a counter or a clock", lambda n: f"{9000 - n:032x}"),
    "counter in base64": (1, "a counter or a clock", lambda n: b64(n.to_bytes(16, "big"))),
    "time in microseconds": (1, "time since 1970", lambda n: str(NOON * 10**6 + n * 4321)),
    "base64(user:timestamp)": (1, "time since 1970", lambda n: b64(f"alice:{NOON + n}".encode())),
    "one part four times": (32, "depend on each other", lambda _: secrets.token_hex(4) * 4),
    "steps of one size": (
        1,
        "neighbours differ too regularly",
        lambda n: f"{n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}",
    ),
    "one of 2000": (
        21,
        "repeat",
        lambda _: hashlib.sha256(b"k%d" % RANDOM.randrange(2000)).hexdigest(),
    ),
    "weak identifier under a signature": (32, "", lambda _: express(secrets.token_hex(4))),
    "uuid1": (
        24,
        "UUID of time and node",
        lambda n: str(uuid.UUID(fields=(n * 977, 2, 0x11EE, 0x80, 1, 5))),
    ),
    "half of the alphabet": (
        100,
        "positions vary too little",
        lambda _: drawn("01234567", 32) + drawn("89abcdef", 1),
    ),
}


@pytest.mark.parametrize("name", WEAK)
def test_a_weak_generator_is_refuted(name: str) -> None:
    most, reason, generator = WEAK[name]
    found = estimate(sample(generator), dictionary="small number" in reason)
    assert bits(found) <= most, found
    assert reason in " | ".join((found.how, *found.findings))


def test_a_small_sample_is_judged_by_length_and_alphabet() -> None:
    found = estimate([secrets.token_hex(16)])
    assert (found.bits, found.alphabet, found.length, found.n) == (128, "hex", 32, 1)
    assert "length and alphabet only" in found.how
    assert estimate([str(uuid.uuid4())]).bits == 122
    assert bits(estimate([secrets.token_urlsafe(16)])) >= 128
    assert bits(estimate(sample(str, 100))) < 8
    assert not estimate(sample(str, 200)).few


@pytest.mark.parametrize(
    ("most", "generator"),
    [
        (32, lambda _: "0123456789abcdef01234567" + secrets.token_hex(4)),
        (20, lambda _: f"{secrets.randbits(20):032x}"),
        (1, lambda n: f"{9000 - n:032x}"),
        (60, lambda _: secrets.token_hex(4) * 4),
    ],
)
def test_what_never_changes_counts_for_nothing_in_small_samples(
    most: float, generator: Generator
) -> None:
    found = estimate(sample(generator, 60))
    assert found.few
    assert bits(found) <= most, found


@pytest.mark.parametrize("size", [2, 27, 28, 60, 199])
def test_a_good_generator_is_not_refuted_by_a_small_sample(size: int) -> None:
    found = estimate(sample(lambda _: secrets.token_hex(16), size))
    assert (found.bits, found.few) == (128, True)
    assert f"length and alphabet only: {size} of at least 200" in found.how
    assert bits(estimate(sample(lambda _: str(uuid.uuid4()), size))) == 122


def test_what_two_identifiers_share_may_be_chance() -> None:
    assert bits(estimate(["0f" * 16, "0f" * 15 + "e1"])) == 128


def test_values_without_an_identifier_are_not_judged() -> None:
    sealed = "eyJlbmMiOiJBMjU2R0NNIn0.{0}.{0}.{0}.{0}"
    for value in (jwt({"sub": "alice"}), flask({"user": "alice"}), sealed.format("QUJD")):
        assert estimate([value]).bits is None
    assert estimate([]).bits is None
    twice = estimate([jwt({"sub": "alice"})] * 2)
    assert twice.bits is None
    assert twice.findings[-1] == "1 of 2 identifiers repeat an earlier one"
    found = estimate(["d29yZA==--d29yZA==--d29yZA=="])
    assert (found.bits, found.findings) == (
        None,
        ("the cookie is sealed: only its uniqueness was looked at",),
    )


def test_a_last_part_that_only_looks_like_a_signature_decides_nothing() -> None:
    unclear = estimate(sample(lambda n: f"{n}.{secrets.token_urlsafe(32)}"), dictionary=False)
    assert unclear.bits is None
    assert "secret of its own" in unclear.findings[-1]
    repeated = estimate(sample(lambda n: f"{n % 5}.{secrets.token_urlsafe(32)}"), dictionary=False)
    assert bits(repeated) >= 256


@pytest.mark.parametrize(
    ("wrap", "step"),
    [
        (lambda value: f"{value}:1abcDE:{secrets.token_urlsafe(32)}", "Django"),
        (lambda value: f"{base64.b64encode(value.encode()).decode()}--{'0a' * 20}", "Rails"),
        (lambda value: json.dumps({"sid": value}), "sid in JSON"),
        (lambda value: value.encode().hex(), "text in hexadecimal"),
    ],
)
def test_the_identifier_is_found_in_its_wrapping(wrap: Callable[[str], str], step: str) -> None:
    found = estimate([wrap(secrets.token_hex(16)) for _ in range(200)], dictionary=False)
    assert found.bits == 128
    assert step in found.how


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6), st.sampled_from([1, 250]))
def test_any_sample_can_be_judged(values: list[str], repeats: int) -> None:
    found = estimate(values * repeats, dictionary=False)
    assert found.n == len(values) * repeats
    assert found.bits is None or found.bits >= 0
