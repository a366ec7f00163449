"""What can be read from artefact values, and the values that only resemble them."""

import base64
import gzip
import hashlib
import json
import pickle
import secrets
import string
import uuid
import zlib
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from hypothesis import given

from suites.probes.decoding import find_canaries, jwt_claims, layers
from suites.probes.mutations import Mutant, mutant_of, mutants

NOON = 1_700_000_000


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


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


CANARIES = {
    "user name": "alice",
    "email": "kx7qz.canary@example.test",
    "password": "Zebra-93!Quilt",
    "pin": "4711",
    "initials": "abc",
}


def leaked(value: str) -> set[str]:
    return {leak.canary_name for leak in find_canaries(value, CANARIES)}


EMAIL = CANARIES["email"].encode()
LEAKING = {
    "base64(user:timestamp)": (b64(b"alice:1700000000"), {"user name"}),
    "user and timestamp": ("alice1700000000", {"user name"}),
    "upper case": ("ALICE", {"user name"}),
    "the value itself": ("4711", {"pin"}),
    "md5(email)": (hashlib.md5(EMAIL).hexdigest(), {"email"}),  # noqa: S324
    "cut sha256(email)": (hashlib.sha256(EMAIL).hexdigest()[:20].upper(), {"email"}),
    "base64(sha512(email))": (b64(hashlib.sha512(EMAIL).digest()), {"email"}),
    "digest in octets": (b64(b"\1\2" + hashlib.sha1(EMAIL).digest() + b"\xff"), {"email"}),  # noqa: S324
    "email claim": (jwt({"sub": "alice", "email": CANARIES["email"]}), {"email"}),
    "nested claim": (jwt({"ext": {"names": ["alice"]}}), {"user name"}),
    "number claim": (jwt({"code": 4711}), {"pin"}),
    "password in a Flask session": (flask({"typed": CANARIES["password"]}), {"password"}),
    "session in a session": (flask({"s": flask({"p": CANARIES["password"]})}), {"password"}),
    "pickle": (
        b64(pickle.dumps({"user": "alice", "p": CANARIES["password"]})),
        {"user name", "password"},
    ),
    "PHP": ('a:1:{s:4:"user";s:5:"alice";}', {"user name"}),
    "express": (express("alice"), {"user name"}),
    "Rails": (
        base64.b64encode(b'{"_rails":{"message":"' + base64.b64encode(EMAIL) + b'"}}').decode()
        + f"--{secrets.token_hex(20)}",
        {"email"},
    ),
    "part of a token": ("syt_YWxpY2U_abcdefghijklmnopqrst_1abcde", {"user name"}),
    "gzip": (base64.b64encode(gzip.compress(b"user=alice")).decode(), {"user name"}),
    "hex": (EMAIL.hex(), {"email"}),
    "percent": ("mail=kx7qz.canary%40example.test", {"email"}),
    "reversed": (CANARIES["password"][::-1], {"password"}),
    "UTF-16": (b64(CANARIES["email"].encode("utf-16-le")), {"email"}),
    "JSON escapes in quotes": (
        '"{\\"user\\": \\"al\\\\u0069ce\\"\\054 \\"n\\": 1}"',
        {"user name"},
    ),
    "JSON key": ('{"alice": 1}', {"user name"}),
    "JWT in a cookie": (f"t={jwt({'mail': CANARIES['email']})}", {"email"}),
}


@pytest.mark.parametrize("name", LEAKING)
def test_a_canary_is_found(name: str) -> None:
    value, names = LEAKING[name]
    assert leaked(value) == names


@pytest.mark.parametrize(
    "value",
    [
        "",
        "abc",
        "14711",
        "malicexx",
        "nErx8uXRwG6krrUXqOoFUXgAb76mAevaolBzXBAVhE0",
        jwt({"sub": "alice", "roles": ["alice"], "scope": "read alice"}),
        f"token={jwt({'sub': CANARIES['email']})}",
    ],
)
def test_nothing_is_found_where_nothing_leaks(value: str) -> None:
    assert leaked(value) == set()


def test_a_leak_says_where_and_how() -> None:
    value = jwt({"sub": "alice", "email": CANARIES["email"].upper()})
    (leak,) = find_canaries(value, CANARIES)
    assert (leak.path, leak.form) == ("value/jwt.payload.email", "case-insensitive")
    assert find_canaries(value, CANARIES, allowed_claims={"sub", "email"}) == ()
    assert {"user name"} <= {
        leak.canary_name for leak in find_canaries(value, CANARIES, allowed_claims=())
    }


def test_random_values_hold_no_canary() -> None:
    names = {**CANARIES, "short": "anna", "hex": "beefcafe", "name": "Smithy"}
    for _ in range(1500):
        for value in (secrets.token_urlsafe(32), secrets.token_hex(16)):
            assert find_canaries(value, names) == ()


def test_claims_are_read_from_a_jwt_only() -> None:
    assert jwt_claims(f"Bearer {jwt({'sub': 'a'})}") == {"sub": "a"}
    for value in ("", "a.b.c", "ey.ey.ey", secrets.token_urlsafe(32), flask({"a": 1})):
        assert jwt_claims(value) is None


def test_a_value_that_unfolds_for_ever_ends() -> None:
    bomb = b64(zlib.compress(b"0" * 50_000_000, 9))
    nested = "[" * 100_000
    deep = "alice"
    for _ in range(30):
        deep = b64(deep.encode())
    for value in (bomb, nested, deep, "%25" * 1000, "A-" * 5000):
        assert len(list(layers(value))) <= 1000


WRAPPINGS: list[Callable[[str], str]] = [
    lambda text: b64(text.encode()),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: text.encode().hex(),
    lambda text: b64(zlib.compress(text.encode())),
    lambda text: json.dumps({"held": text}),
    lambda text: itsdangerous(b64(text.encode())),
    lambda text: jwt({"held": text}),
]


@given(st.lists(st.sampled_from(WRAPPINGS), max_size=4), st.text(max_size=5))
def test_a_canary_is_found_under_any_wrapping(
    wrappings: list[Callable[[str], str]], before: str
) -> None:
    value = f"{before} {CANARIES['password']}"
    for wrap in wrappings:
        value = wrap(value)
    assert "password" in leaked(value)


@given(st.text())
def test_any_text_can_be_unfolded(value: str) -> None:
    assert [layer.text for layer in layers(value)][:1] == ([value] if value else [])


GENUINE = {
    "base64url": (secrets.token_urlsafe(16), secrets.token_urlsafe(16)),
    "hex": (secrets.token_hex(16), secrets.token_hex(16)),
    "UUID": (str(uuid.uuid4()), str(uuid.uuid4())),
    "decimal": ("8731649023", "1234567890"),
    "express": (express("3fQ_x-9k"), express("kk29Ab-1")),
    "itsdangerous": (flask({"a": 1}), flask({"a": 2})),
    "JWT": (jwt({"sub": "a", "exp": NOON}), jwt({"sub": "b", "exp": NOON})),
    "short": ("a", "b"),
}


@pytest.mark.parametrize("name", GENUINE)
def test_every_position_is_flipped_and_no_mutant_is_genuine(name: str) -> None:
    value, other = GENUINE[name]
    made = mutants(value, other=other)
    values = [mutant.value for mutant in made]
    assert len(set(values)) == len(values)
    assert not {value, other, f'"{value}"', f"{value} "} & set(values)
    for place in range(len(value)):
        before, after = value[:place], value[place + 1 :]
        assert any(
            len(text) == len(value) and text.startswith(before) and text.endswith(after)
            for text in values
        )
    assert len([mutant for mutant in made if not mutant.name.startswith("flip")]) >= 30


def test_flips_stay_in_the_alphabet() -> None:
    for value, alphabet in (
        (secrets.token_hex(16), set(string.hexdigits.lower())),
        ("8731649023", set(string.digits)),
        (secrets.token_urlsafe(24), set(string.ascii_letters + string.digits + "-_")),
    ):
        flips = [mutant for mutant in mutants(value) if mutant.name.startswith("flip")]
        assert set("".join(mutant.value for mutant in flips)) <= alphabet


def accepted(accepts: Callable[[str], bool], value: str, other: str | None = None) -> list[str]:
    return [mutant.name for mutant in mutants(value, other=other) if accepts(mutant.value)]


def test_each_lax_comparison_accepts_a_mutant() -> None:
    value, other = "3f9ab2c44d5e6f708192a3b4c5d6e7f8", "00112233445566778899aabbccddeeff"
    lax: list[Callable[[str], bool]] = [
        lambda sent: sent in ("", "null"),
        lambda sent: sent[:16] == value[:16],
        lambda sent: sent.lower() == value,
        lambda sent: sent.startswith("{") and "$gt" in sent,
        lambda sent: sent.startswith(value),
        lambda sent: sent.partition("%00")[0] == value,
        lambda sent: sent == "%",
        lambda sent: sent[16:] == other[16:],
    ]
    for accepts in lax:
        assert accepted(accepts, value, other)
    assert accepted(value.__eq__, value, other) == []


def test_a_target_that_decodes_before_it_compares_accepts_no_mutant() -> None:
    token = secrets.token_urlsafe(16)

    def decoded(text: str) -> bytes | None:
        try:
            return base64.b64decode(text.strip('" ') + "=" * (-len(text) % 4), b"-_", validate=True)
        except ValueError:
            return None

    assert accepted(lambda sent: decoded(sent) == decoded(token), token) == []


def test_a_lenient_signature_check_accepts_no_mutant() -> None:
    token = jwt({"sub": "a"})

    def parts(text: str) -> tuple[str, bytes]:
        signed, _, signature = text.rpartition(".")
        try:
            return signed, base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        except ValueError:
            return signed, b""

    assert accepted(lambda sent: parts(sent) == parts(token), token) == []


def test_mutants_say_what_can_carry_them() -> None:
    for value in ("a;b", "a,b", "a b", "\0", "é"):
        assert not Mutant("", value).cookie_safe
    for value in ("", "%00", '{"$gt":""}', "*)(&"):
        assert Mutant("", value).cookie_safe
    for value, literal in (("null", True), ('{"$gt":""}', True), ("NaN", False), ('"a"', False)):
        assert Mutant("", value).json_literal is literal


def test_all_kinds_of_mutants_are_there() -> None:
    value, other = GENUINE["JWT"]
    made = {mutant.name: mutant.value for mutant in mutants(value, other=other)}
    assert {len(made[name]) for name in ("8 KiB", "64 KiB")} == {8192, 65536}
    assert jwt_claims(made["JWT: exp raised"]) == {"sub": "a", "exp": NOON + 3600}
    assert made["JWT: payload of another"].split(".")[1] == other.split(".")[1]
    values = set(made.values())
    assert {"", "null", "undefined", "0", "true", "[]", "{}", "*", "%"} <= values
    assert {'{"$gt":""}', '{"$ne":null}'} <= values


@given(st.data())
def test_random_mutants_differ_from_the_genuine_value(data: st.DataObject) -> None:
    value = data.draw(st.sampled_from([value for value, _ in GENUINE.values()]))
    mutant = data.draw(mutant_of(value))
    assert mutant.value != value
    assert mutant.name.startswith("edits: ")
    assert mutant.cookie_safe


@given(st.text())
def test_any_text_has_mutants(value: str) -> None:
    assert value not in {mutant.value for mutant in mutants(value)}
