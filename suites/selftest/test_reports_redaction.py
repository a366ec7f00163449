"""Secrets do not get through in any encoding, and ordinary words are left alone."""

import base64
import json
import secrets
import string
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.secrets import Secret, Vault
from reports.redaction import WINDOW, Redactor, sweep

VALUE = 'Zk3+v9/Qw="7\\é&LrT2xYbN5mHs0pD'
TOKEN = "Zk3_v9Qw-7LrT2xYbN5mHs0pDcE8uJaVgFoKiRtWnXy"


def _redactor(*values: str, kind: str = "session") -> Redactor:
    vault = Vault(b"key")
    for value in values:
        vault.register(value, kind)
    return Redactor(vault)


def _tag(value: str, kind: str = "session") -> str:
    return Vault(b"key").pseudonym(value, kind)


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda v: v,
    "reversed": lambda v: v[::-1],
    "url": lambda v: quote(v, safe=""),
    "url, lower case": lambda v: quote(v, safe="").replace("%2B", "%2b").replace("%2F", "%2f"),
    "form": quote_plus,
    "json": json.dumps,
    "json, utf-8": lambda v: json.dumps(v, ensure_ascii=False),
    "repr": repr,
    "html": lambda v: v.replace("&", "&amp;").replace('"', "&quot;"),
    "html, numeric": lambda v: v.replace("&", "&amp;").replace('"', "&#34;"),
    "hex": lambda v: v.encode().hex(),
    "upper-case hex": lambda v: v.encode().hex().upper(),
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "base64url": lambda v: base64.urlsafe_b64encode(v.encode()).decode(),
    "base64 behind one byte": lambda v: base64.b64encode(b"a" + v.encode()).decode(),
    "base64 behind two bytes": lambda v: base64.b64encode(b"ab" + v.encode()).decode(),
    "basic credentials": lambda v: base64.b64encode(f"ann:{v}".encode()).decode(),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("value", [VALUE, TOKEN])
def test_a_secret_is_found_in_every_encoding(encoding: str, value: str) -> None:
    written = ENCODINGS[encoding](value)
    shown = _redactor(value).scrub(f"before={written};after")
    assert _tag(value) in shown
    left = shown.replace(_tag(value), "")
    windows = (written[at : at + WINDOW] for at in range(len(written) - WINDOW + 1))
    assert not [window for window in windows if window in left]
    assert left.startswith("before=")
    assert left.endswith("after")


@pytest.mark.parametrize("cut", [slice(0, WINDOW), slice(11, 11 + WINDOW), slice(-WINDOW, None)])
def test_eight_characters_are_enough(cut: slice) -> None:
    assert _redactor(TOKEN).scrub(f"'{TOKEN[cut]}...'") == f"'{_tag(TOKEN)}...'"


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_piece_of_eight_characters_is_left(data: st.DataObject) -> None:
    alphabet = string.ascii_letters + string.digits + "-_"
    values = data.draw(
        st.lists(st.text(alphabet, min_size=16, max_size=60), min_size=1, max_size=4)
    )
    values = [f"Q7{value}xZ9" for value in values]
    pieces = data.draw(st.lists(st.sampled_from(values), max_size=4))
    noise = data.draw(st.lists(st.text(" <>&;:{}\n", min_size=1, max_size=5), min_size=5))
    text = "".join(f"{space}{piece}" for space, piece in zip(noise, pieces, strict=False))
    shown = _redactor(*values).scrub(text)
    for piece in pieces:
        for at in range(len(piece) - WINDOW + 1):
            window = piece[at : at + WINDOW]
            # A piece of one letter repeated says nothing about the value.
            assert len(set(window)) < 4 or window not in shown


def test_the_scheme_before_a_credential_is_no_secret() -> None:
    key = "Bearer Authorised-9x_Kq-TT"
    redactor = _redactor(key, kind="credential")
    assert redactor.scrub("bearer Authorization; Bearer Authorization") == (
        "bearer Authorization; Bearer Authorization"
    )
    tag = _tag(key, "credential")
    assert redactor.scrub(f"Authorization: {key}") == f"Authorization: Bearer {tag}"


def test_the_name_of_the_product_around_a_second_factor_is_public() -> None:
    made = "otpauth://totp/Reference%20shop:ann?secret=GEZDGNBVGY3TQOJQ&issuer=Reference%20shop"
    redactor, tag = _redactor(made, kind="totp"), _tag(made, "totp")
    assert redactor.scrub("the reference of the Reference shop") == (
        "the reference of the Reference shop"
    )
    assert redactor.scrub("its codes: GEZDGNBVGY3TQOJQ") == f"its codes: {tag}"


def test_the_second_that_a_signed_value_was_made_in_is_no_secret() -> None:
    now = int(time.time())
    value = f"2|1:0|10:{now}|5:login|44:MDVlZDIwNDUxMTI5NGE0NDljOGU1MzUzODRhYzU0NjM=|fe9ece3cc473"
    redactor = _redactor(value)
    assert redactor.scrub_data({"opened": now + 0.25, "at": now}) == {
        "opened": now + 0.25,
        "at": now,
    }
    assert str(now) not in redactor.scrub(f"with {value}.")


def test_a_number_that_is_a_secret_leaves_json_whole() -> None:
    redactor = _redactor("9034817265")
    said = json.dumps(redactor.scrub_data({"count": 9034817265, "of": 3}))
    assert "9034817265" not in said
    assert json.loads(redactor.scrub(said))["of"] == 3


def test_tokens_with_a_common_header_keep_their_own_pseudonyms() -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"ES256","typ":"JWT"}').decode()
    tokens = [
        f"{header}.{secrets.token_urlsafe(40)}.{secrets.token_urlsafe(64)}" for _ in range(50)
    ]
    shown = _redactor(*tokens).scrub(" ".join(tokens))
    assert shown == " ".join(_tag(token) for token in tokens)


def test_two_secrets_side_by_side_are_both_gone() -> None:
    one, two = secrets.token_hex(16), secrets.token_urlsafe(32)
    shown = _redactor(one, two).scrub(f"{one}{two}")
    assert one[:8] not in shown
    assert two[-8:] not in shown


@pytest.mark.parametrize(
    "prose",
    [
        "Changing the password ends the other sessions; a password-protected page",
        "The correct order: horse, then battery, then staple",
        "true dark session undefined null 1001 2026-11-21T08:00:00Z",
        "-" * 40 + "=" * 40,
    ],
)
def test_ordinary_prose_is_left_alone(prose: str) -> None:
    vault = Vault(b"key")
    vault.register("password-1", "password")
    for value in ("correct horse battery staple", "dark", "undefined", "1001", "en", "-=" * 8):
        vault.register(value, "cookie")
    assert Redactor(vault).scrub(prose) == prose


@pytest.mark.parametrize("password", ["password-1", "alice-password-1", "Correct-Horse-7"])
def test_a_password_of_words_is_gone_as_a_whole(password: str) -> None:
    redactor = _redactor(password, kind="password")
    assert redactor.scrub(f"p={password}&x") == f"p={_tag(password, 'password')}&x"
    encoded = base64.b64encode(f"ann:{password}".encode()).decode()
    assert password not in base64.b64decode(
        redactor.scrub(encoded).replace(_tag(password, "password"), "").encode() + b"=="
    ).decode("latin-1")


def test_a_piece_that_joins_words_of_a_password_is_gone() -> None:
    redactor = _redactor("alice-password-1", kind="password")
    assert redactor.scrub("'alice-pass...'") == f"'{_tag('alice-password-1', 'password')}...'"


@pytest.mark.parametrize("text", ["pin p@ss1x.", '"p@ss1x"', "pin=p@ss1x;", "(p@ss1x)"])
def test_a_short_secret_is_gone_where_it_stands_alone(text: str) -> None:
    assert "p@ss1x" not in _redactor("p@ss1x", kind="password").scrub(text)


def test_a_short_secret_inside_a_word_is_no_secret() -> None:
    assert _redactor("ab12", kind="password").scrub("cab123") == "cab123"


def test_words_declared_ordinary_are_no_secrets() -> None:
    redactor = _redactor("ann@example.test")
    redactor.ordinary(["ann@example.test"])
    assert redactor.scrub("seen as ann@example.test") == "seen as ann@example.test"


def test_pieces_of_ordinary_words_are_no_secrets_inside_one_either() -> None:
    value = "2|1:0|20:example-hub-login|44:NmEzZDVhN2YxODlkNDQ3ZWFj"
    redactor = _redactor(value)
    redactor.ordinary(["example-hub-login"])
    told = "example-hub-session at example-hub, cookie example-hub-login"
    assert redactor.scrub(told) == told
    assert "NmEzZDVh" not in redactor.scrub(f"example-hub-login={value}")
    assert "example-hub-login|44:NmEz" not in redactor.scrub("example-hub-login|44:NmEzZDVh")


@pytest.mark.parametrize("text", ["{&quot;a&quot;:", "%7B%22a%22%3A", '{\\"a\\":1'])
def test_an_escaped_character_counts_as_one(text: str) -> None:
    assert _redactor('{"a":1,"k":"Zk3_v9Qw"}').scrub(text) == text


def test_a_value_registered_later_is_found() -> None:
    vault = Vault(b"key")
    redactor = Redactor(vault)
    assert redactor.scrub(TOKEN) == TOKEN
    vault.register(TOKEN, "session")
    assert redactor.scrub(TOKEN) == _tag(TOKEN)


def test_bytes_that_are_no_text_are_scrubbed() -> None:
    assert _redactor(TOKEN).scrub_bytes(b"\xff\xfe" + TOKEN.encode()).endswith(_tag(TOKEN).encode())


def test_plain_data_is_scrubbed_in_keys_and_values() -> None:
    data = {TOKEN: [TOKEN, 1, None, {"x": Secret("other-value-99Zz", "csrf")}]}
    shown = json.dumps(_redactor(TOKEN).scrub_data(data))
    assert TOKEN not in shown
    assert "other-value" not in shown


def test_the_sweep_finds_what_was_left(tmp_path: Path) -> None:
    (tmp_path / "clean.txt").write_text("nothing here")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "leak.bin").write_bytes(b"\xff" + TOKEN[5:20].encode())
    (tmp_path / f"{TOKEN}.txt").write_text("")
    assert sweep(tmp_path, _redactor(TOKEN)) == sorted(
        [tmp_path / "sub" / "leak.bin", tmp_path / f"{TOKEN}.txt"]
    )


def test_a_file_that_cannot_be_read_counts_as_a_leak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: Path) -> bytes:
        raise PermissionError("closed")

    (tmp_path / "closed").write_text("")
    monkeypatch.setattr(Path, "read_bytes", closed)
    assert sweep(tmp_path, _redactor(TOKEN)) == [tmp_path / "closed"]


def test_thousands_of_secrets_leave_other_values_alone() -> None:
    redactor = _redactor(*(secrets.token_urlsafe(32) for _ in range(2_000)))
    others = " ".join(secrets.token_urlsafe(32) for _ in range(500))
    assert redactor.scrub(others) == others


HEXADECIMAL = "3fb09c61d7e2458a0b6cf7d913e08a4251c6b77d"


@pytest.mark.parametrize("least", [WINDOW, 11])
@pytest.mark.parametrize("around", ["{}", "sid={}...", "'{}'", "sid-{}", "%3D{}%20", "x{}y"])
def test_what_is_left_of_a_hexadecimal_value_is_gone(around: str, least: int) -> None:
    text = around.format(HEXADECIMAL[5 : 5 + least])
    assert _redactor(HEXADECIMAL).scrub(text) == around.format(_tag(HEXADECIMAL))


@pytest.mark.parametrize(
    "around",
    [
        "{}-1d2c-4af1-9c1e-0a1b2c3d4e5f",
        "0a1b2c3d-1d2c-4af1-9c1e-{}1234-result.json",
        "0a1b2c3d{}0a1b2c3d4e5f6071",
        "sha256: 0a1b2c3d{}0a1b2c3d4e5f60710a1b2c3d4e5f60710a1b2c3d4e5f6071",
    ],
)
def test_eight_digits_of_it_in_a_number_of_the_report_are_a_coincidence(around: str) -> None:
    text = around.format(HEXADECIMAL[5 : 5 + WINDOW])
    assert _redactor(HEXADECIMAL).scrub(text) == text


@pytest.mark.parametrize("around", ["1{}", "{}0", "ab{}", "{}-1d2c", "0a1b2c3d{}0a1b2c3d4e5f607"])
def test_eight_digits_of_it_among_any_others_are_gone(around: str) -> None:
    piece = HEXADECIMAL[5 : 5 + WINDOW]
    assert piece not in _redactor(HEXADECIMAL).scrub(around.format(piece))


@pytest.mark.parametrize("around", ["1{}", "{}0", "0a1b2c3d-1d2c-4af1-9c1e-{}"])
def test_twelve_digits_of_it_count_anywhere(around: str) -> None:
    text = around.format(HEXADECIMAL[5:17])
    assert HEXADECIMAL[5:17] not in _redactor(HEXADECIMAL).scrub(text)


def test_the_digests_and_names_of_a_report_hold_no_secret() -> None:
    redactor = _redactor(*(secrets.token_hex(20) for _ in range(2_000)))
    names = " ".join(str(uuid.uuid4()) for _ in range(5_000))
    digests = " ".join(secrets.token_hex(32) for _ in range(1_000))
    times = json.dumps([1_795_283_836_774 + n for n in range(0, 100_000, 7)])
    text = f"{names} {digests} {times}"
    assert redactor.scrub(text) == text
