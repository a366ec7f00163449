"""Predictors: what weak generators give is computed, what good ones give is not."""

import base64
import hashlib
import hmac
import random
import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.contract import User
from adapters.secrets import Secret
from suites.kernel.sampling import Sampled
from suites.kernel.verify_prediction import Predictor
from suites.probes.entropy import estimate
from suites.probes.predict_generators import linear, mersenne_twister
from suites.probes.predict_hashes import recomputed
from suites.probes.predict_order import regular_steps, time_and_counters
from suites.probes.serial import dependent

Generator = Callable[[float], str]
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALL: tuple[Predictor, ...] = (
    recomputed,
    time_and_counters,
    regular_steps,
    linear,
    mersenne_twister,
)
ALICE = User("alice@example.test", Secret("pw"), identity="u-17", personal={"phone": "+4"})
NOON = 1_700_000_000.25
EVERY = 0.037


def issued(generator: Generator, size: int, *, dated: bool = True) -> list[Sampled]:
    """Let a target whose clock is ours issue so many values."""
    found = []
    for number in range(size):
        at = NOON + number * EVERY
        date = float(int(at)) if dated else None
        found.append(Sampled(generator(at), ALICE, "d", 0, "web", at - 0.004, at + 0.003, date))
    return found


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def uuid1(at: float, *, version: int = 1) -> str:
    ticks = int(at * 10**7) + 0x01B21DD213814000
    node, clock = 0x0242AC110002, 0x1234
    if version == 1:
        low, mid, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48
        fields = (low, mid, high | 0x1000, 0x80 | clock >> 8, clock & 0xFF, node)
        return str(uuid.UUID(fields=fields))
    number = (ticks >> 12) << 80 | 6 << 76 | (ticks & 0xFFF) << 64 | 2 << 62 | clock << 48 | node
    return str(uuid.UUID(int=number))


def uuid7(at: float) -> str:
    return str(
        uuid.UUID(
            int=int(at * 1000) << 80
            | 7 << 76
            | secrets.randbits(12) << 64
            | 2 << 62
            | secrets.randbits(62)
        )
    )


def ulid(at: float) -> str:
    number = int(at * 1000) << 80 | secrets.randbits(80)
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(26)))


def snowflake(at: float, *, worker: int = 5) -> str:
    return str((int(at * 1000) - 1_288_834_974_657) << 22 | worker << 12)


class Object:
    """ObjectIds of one process of a driver."""

    def __init__(self) -> None:
        self.process, self.count = secrets.token_bytes(5), secrets.randbelow(1 << 24)

    def __call__(self, at: float) -> str:
        self.count = (self.count + 1) % (1 << 24)
        return (int(at).to_bytes(4, "big") + self.process + self.count.to_bytes(3, "big")).hex()


class Congruential:
    """A generator x' = (a x + c) mod m that shows the bits from `cut` on."""

    def __init__(self, factor: int, plus: int, ring: int, cut: int = 0) -> None:
        self.factor, self.plus, self.ring, self.cut = factor, plus, ring, cut
        self.state = secrets.randbelow(ring)

    def __call__(self) -> int:
        self.state = (self.factor * self.state + self.plus) % self.ring
        return self.state >> self.cut


def java() -> Congruential:
    return Congruential(0x5DEECE66D, 0xB, 2**48, 16)


def words_of(generator: Callable[[], int], count: int, skipped: int = 0) -> Generator:
    """Join so many outputs to an identifier, and let some more pass unseen."""

    def value(_: float) -> str:
        seen = "".join(f"{generator():08x}" for _ in range(count))
        for _ in range(skipped):
            generator()
        return seen

    return value


def hexed(draw: Congruential) -> Generator:
    return lambda _: f"{draw():016x}"


def next_long() -> Generator:
    draw = java()

    def signed(word: int) -> int:
        return word - 2**32 if word >> 31 else word

    return lambda _: f"{((signed(draw()) << 32) + signed(draw())) % 2**64:016x}"


def glibc() -> Generator:
    state = [secrets.randbits(32) for _ in range(34)]

    def rand() -> int:
        state.append((state[-3] + state[-31]) % 2**32)
        return state[-1] >> 1

    return words_of(rand, 2)


def twister(shown: Callable[[random.Random], str], *, unseen: int = 0) -> Generator:
    generator = random.Random(secrets.randbits(64))  # noqa: S311  it is to be found out

    def value(_: float) -> str:
        text = shown(generator)
        generator.getrandbits(32 * unseen) if unseen else None
        return text

    return value


def digest(name: str, text: Callable[[float], str]) -> Generator:
    return lambda at: hashlib.new(name, text(at).encode(), usedforsecurity=False).hexdigest()


def counted(text: Callable[[int], str]) -> Generator:
    numbers = iter(range(100, 10**6))
    return lambda _: text(next(numbers))


WEAK: dict[str, tuple[Predictor, str, Callable[[], Generator]]] = {
    "md5(user + seconds)": (
        recomputed,
        "md5(login name + second)",
        lambda: digest("md5", lambda at: f"{ALICE.name}{int(at)}"),
    ),
    "sha256(ms:local part)": (
        recomputed,
        "sha256(millisecond + name before the @ joined by ':')",
        lambda: digest("sha256", lambda at: f"{int(at * 1000)}:alice"),
    ),
    "sha1(counter)": (
        recomputed,
        "sha1(count alone)",
        lambda: counted(lambda n: hashlib.sha1(b"%d" % n, usedforsecurity=False).hexdigest()),
    ),
    "md5(address-id-seconds)": (
        recomputed,
        "md5(identity + address + second",
        lambda: digest("md5", lambda at: f"u-17-127.0.0.1-{int(at)}"),
    ),
    "hmac(secret, user|seconds), cut": (
        recomputed,
        "hmac-sha256 with the key 'secret'",
        lambda: (
            lambda at: b64(
                hmac.digest(b"secret", f"{ALICE.name}|{int(at)}".encode(), "sha256")[:16]
            )
        ),
    ),
    "uuid1": (time_and_counters, "", lambda: uuid1),
    "uuid6": (time_and_counters, "", lambda: lambda at: uuid1(at, version=6)),
    "objectid": (time_and_counters, "rise or fall", Object),
    "snowflake": (time_and_counters, "rise or fall", lambda: snowflake),
    "uniqid": (
        time_and_counters,
        "time since 1970",
        lambda: lambda at: f"{int(at):08x}{int(at % 1 * 10**6):05x}",
    ),
    "time in the middle, and 32 random bits": (
        time_and_counters,
        "are the time of issue in milliseconds",
        lambda: (
            lambda at: (
                b"\7" * 5 + int(at * 1000).to_bytes(8, "little") + secrets.token_bytes(4)
            ).hex()
        ),
    ),
    "a counter and 40 random bits": (
        time_and_counters,
        "rise or fall",
        lambda: counted(lambda n: f"{n:022x}{secrets.token_hex(5)}"),
    ),
    "steps of one size": (
        regular_steps,
        "one fixed step",
        lambda: counted(lambda n: f"{n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"),
    ),
    "glibc TYPE_0": (
        linear,
        "modulo 2147483648",
        lambda: words_of(Congruential(1103515245, 12345, 2**31), 2),
    ),
    "minstd": (linear, "modulo 2147483647", lambda: words_of(Congruential(48271, 0, 2**31 - 1), 2)),
    "64-bit generator of Knuth": (
        linear,
        "modulo 18446744073709551616",
        lambda: hexed(Congruential(6364136223846793005, 1442695040888963407, 2**64)),
    ),
    "java nextInt": (linear, "java.util.Random", lambda: words_of(java(), 2)),
    "java nextInt with unseen outputs": (
        linear,
        "java.util.Random",
        lambda: words_of(java(), 3, 2),
    ),
    "java nextLong": (linear, "java.util.Random", next_long),
    "glibc rand()": (linear, "rand() of glibc", glibc),
    "getrandbits(128) in hex": (
        mersenne_twister,
        "MT19937 over words of big end",
        lambda: twister(lambda r: f"{r.getrandbits(128):032x}"),
    ),
    "getrandbits(128), one other in between": (
        mersenne_twister,
        "4 outputs between two identifiers",
        lambda: twister(lambda r: f"{r.getrandbits(128):032x}", unseen=4),
    ),
    "getrandbits(128), 8 words unseen": (
        mersenne_twister,
        "8 outputs between two identifiers",
        lambda: twister(lambda r: f"{r.getrandbits(128):032x}", unseen=8),
    ),
    "randbytes(32) in base64url": (
        mersenne_twister,
        "MT19937",
        lambda: twister(lambda r: b64(r.randbytes(32))),
    ),
    "UUID version 4 of getrandbits(128)": (
        mersenne_twister,
        "MT19937",
        lambda: twister(lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4))),
    ),
}


@pytest.mark.parametrize("name", WEAK)
def test_a_weak_generator_is_predicted(name: str) -> None:
    predict, words, generator = WEAK[name]
    size = 320 if predict is mersenne_twister else 60
    found = predict(issued(generator(), size))
    assert found.formula, found
    assert words in found.formula
    assert found.hits >= 2
    assert not found.sealed


GOOD: dict[str, Generator] = {
    "token_urlsafe(32)": lambda _: secrets.token_urlsafe(32),
    "token_urlsafe(16)": lambda _: secrets.token_urlsafe(16),
    "token_hex(16)": lambda _: secrets.token_hex(16),
    "uuid4": lambda _: str(uuid.uuid4()),
    "uuid7": uuid7,
    "ulid": ulid,
    "base36": lambda _: "".join(
        secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(32)
    ),
    "padded": lambda _: "0" * 16 + secrets.token_hex(8),
    "decimal": lambda _: f"{secrets.randbelow(10**39):039d}",
    "time and 72 random bits": lambda at: f"{int(at * 10**6):x}{secrets.token_hex(9)}",
    "prefix of a worker": lambda at: f"w{int(at / EVERY) % 2}-{secrets.token_hex(16)}",
}


@pytest.mark.parametrize("size", [50, 200])
@pytest.mark.parametrize("name", GOOD)
def test_a_good_generator_is_never_predicted(name: str, size: int) -> None:
    times = TIMES if size == 50 and name in OFTEN else 3
    for _ in range(times):
        sample = issued(GOOD[name], size)
        for predict in ALL[1:]:
            assert predict(sample).formula == ""
    assert recomputed(sample).formula == ""


TIMES = 200
OFTEN = ("token_urlsafe(32)", "token_hex(16)", "uuid4", "uuid7", "ulid", "base36")


def test_the_mersenne_twister_needs_identifiers_enough() -> None:
    few = mersenne_twister(issued(GOOD["token_hex(16)"], 159))
    assert "it needs 160 identifiers of 128 bits" in few.missing
    assert mersenne_twister(issued(GOOD["token_urlsafe(32)"], 80)).missing == ""
    assert "whole words" in mersenne_twister(issued(GOOD["decimal"], 200)).missing


def test_what_is_predicted_under_a_signature_is_marked() -> None:
    def signed(at: float) -> str:
        return f"s:{int(at * 10**6)}.{base64.b64encode(secrets.token_bytes(32)).decode()[:43]}"

    found = time_and_counters(issued(signed, 60))
    assert found.formula
    assert found.sealed


def test_a_clock_that_is_not_ours_is_read_from_the_dates() -> None:
    ahead = 7200.4
    moved = [
        replace(one, sent=one.sent - ahead, answered=one.answered - ahead)
        for one in issued(digest("md5", lambda at: f"{ALICE.name}{int(at * 1000)}"), 60)
    ]
    assert "millisecond" in recomputed(moved).formula
    assert recomputed([replace(one, dated=None) for one in moved]).formula == ""


@pytest.mark.parametrize(
    ("generator", "bits", "said"),
    [
        (ulid, 80, "ULID"),
        (Object(), 24, "ObjectId"),
        (snowflake, 22, "Snowflake"),
        (uuid7, 74, "UUID"),
    ],
)
def test_a_layout_with_the_time_keeps_only_its_random_bits(
    generator: Generator, bits: float, said: str
) -> None:
    few = estimate([generator(NOON + number * EVERY) for number in range(60)], dictionary=False)
    assert few.bits is not None
    assert few.bits <= bits
    assert said in few.how + "".join(few.findings)


def test_a_layout_is_not_seen_in_what_only_looks_like_it() -> None:
    plain = [secrets.token_hex(12) for _ in range(60)]
    assert "ObjectId" not in estimate(plain, dictionary=False).how
    assert estimate(plain, dictionary=False).bits == 96
    numbers = [str(secrets.randbelow(9 * 10**17) + 10**17) for _ in range(60)]
    assert "Snowflake" not in estimate(numbers, dictionary=False).how


def test_neighbours_that_depend_on_each_other_are_found() -> None:
    generator = random.Random(4)  # noqa: S311  the test wants the same rows every time
    walk, level = [], 8
    for _ in range(200):
        level = min(15, max(0, level + generator.choice((-1, 0, 1))))
        walk.append(level)
    noise = [generator.randrange(16) for _ in walk]
    assert dependent([walk, noise]) == {0}
    assert dependent([walk[:49]]) == set()
    assert dependent([]) == set()
