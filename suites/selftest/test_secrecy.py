"""Secrets in log lines are found in every encoding, and nothing else is; forgeries are genuine."""

import base64
import json
import secrets
import time
from urllib.parse import quote

import pytest

from adapters.journals.decoded import MOST, readings
from adapters.journals.leaks import Leaks
from adapters.secrets import Vault
from suites.kernel.log_forging import disguises, encoded

TOKEN = "Kv4pIgcnxsv3iD0w5tFbrgH_VjDg5F2VMbS1o5LlDbM"
SIGNED = f"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1In0.{TOKEN[::-1]}-eO0bpFV0rABmPd0dRvwl"


@pytest.fixture
def leaks() -> Leaks:
    """What looks for a few secrets."""
    vault = Vault()
    vault.register(TOKEN, "session")
    vault.register(SIGNED, "access")
    vault.register("pa ss/wo:rd-77", "password")
    vault.register("te5ter", "password")
    vault.register("theme-dark-and-large", "cookie")
    return Leaks(vault)


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        TOKEN[3:15],
        TOKEN[-12:],
        f"Cookie: a=b; sid={TOKEN}; c=d",
        base64.b64encode(f"sid={TOKEN}".encode()).decode(),
        base64.urlsafe_b64encode(b"x" + TOKEN.encode()).decode(),
        f"Authorization: Bearer {SIGNED}",
        SIGNED.rpartition(".")[2][10:30],
        "password=" + quote("pa ss/wo:rd-77", safe=""),
        json.dumps({"password": "pa ss/wo:rd-77"}),
        "login as te5ter failed",
    ],
)
def test_a_usable_secret_is_found_however_it_is_written(leaks: Leaks, text: str) -> None:
    (found, *_) = leaks.found_in(f'{{"event": "x", "detail": "{text}"}}')
    assert TOKEN not in found.words
    assert found.name.startswith("<")


@pytest.mark.parametrize(
    "text",
    [
        TOKEN[:8] + "...",
        TOKEN[4:15],
        SIGNED[:20],
        "eyJzdWIiOiJ1In0",
        "theme-dark-and-large",
        "k6sJtfNNz1uIWDnaGFvYGNMOlpSj9xmqAqXNPyQXVPg",
        "test",
        "",
    ],
)
def test_what_lets_nobody_in_is_left_alone(leaks: Leaks, text: str) -> None:
    assert list(leaks.found_in(f"line {text} end")) == []


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("password", '{"event":"password_change"}'),
        ("password", '{"event": "password", "detail": "wrong password"}'),
        ("password", "grant_type=password"),
        ("123456", '{"ts":1700123456.789}'),
        ("123456", '{"time":"2031-05-06T07:08:09.123456Z","took":123456}'),
        ("123456", "pid=123456 listening on 10.0.123456, 123456.5 s"),
        ("1234567890", '{"ns":11234567890}'),
        ("1234567890", "1700.1234567890 order_1234567890 1234567890_x"),
        ("Ab3xY9", "user=xAb3xY9 Ab3xY9z _Ab3xY9 Ab3xY9_"),
    ],
)
def test_what_stands_there_by_chance_is_no_leak(value: str, line: str) -> None:
    vault = Vault()
    vault.register(value, "password")
    assert list(Leaks(vault).found_in(line)) == []


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("password", '{"event":"password_change","password":"password"}'),
        ("password", "POST /login user=alice&password=password&x=1"),
        ("password", r'{"body":"{\"password\":\"password\"}"}'),
        ("123456", '{"ts":1700123456.789,"otp":123456}'),
        ("123456", '{"answer":"123456"}'),
        ("123456", r'{"body":"{\"answer\":\"123456\"}"}'),
        ("123456", "POST /mfa code=123456"),
        ("123456", "/mfa?next=%2Fmfa%3Fcode%3D123456"),
        ("1234567890", "sent 1234567890. done"),
        ("Ab3xY9", "login as Ab3xY9."),
        ("Ab3xY9", r'{"body":"a\nAb3xY9"}'),
        ("Ab3xY9", "q=p%3DAb3xY9%26"),
        ("correcthorse", "{'password': ['correcthorse']}"),
        ("correcthorse", "new_password1=correcthorse&new_password2=x"),
        ("correcthorse", '{"pass":"correcthorse"}'),
        ("correcthorse", "password=>correcthorse"),
        ("654321", "OTP for bob: 654321"),
        ("654321", "Your code is 654321."),
    ],
)
def test_a_short_secret_that_is_told_as_such_is_found(value: str, line: str) -> None:
    vault = Vault()
    vault.register(value, "password")
    (found,) = Leaks(vault).found_in(line)
    assert found.whole


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("12345678", "sid=12345678 ended"),
        ("12345678", "session=12345678"),
        ("12345678", "session 12345678 ended"),
        ("12345678", "Cookie: SESSID=12345678; x=1"),
        ("12345678", '{"session": 12345678}'),
        ("12345678", '{"id":12345678,"user":"u1"}'),
        ("kitomaresunodali", "ended kitomaresunodali for u1"),
        ("kitomare", "session=kitomare"),
    ],
)
def test_an_identifier_that_looks_like_a_number_or_a_word_is_found(value: str, line: str) -> None:
    vault = Vault()
    vault.register(value, "session")
    (found,) = Leaks(vault).found_in(line)
    assert found.whole


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("12345678", "pid=12345678 took=12345678 12345678 user_id=12345678"),
        ("deleted", '{"event": "deleted", "detail": "session deleted"}'),
    ],
)
def test_an_identifier_that_stands_there_by_chance_is_no_leak(value: str, line: str) -> None:
    vault = Vault()
    vault.register(value, "session")
    assert list(Leaks(vault).found_in(line)) == []


@pytest.mark.parametrize(
    ("value", "line", "undone"),
    [
        ("Summer&Rain<7", r'{"pw":"Summer\u0026Rain\u003c7"}', "JSON escapes"),
        ("Summer&Rain<7", r'{"b":"{\"pw\":\"Summer\\u0026Rain\\u003c7\"}"}', "JSON escapes"),
        ("Grüße&7x", r"pw=Gr\xC3\xBC\xC3\x9Fe\x267x", "JSON escapes"),
        ("Summer&Rain<7", "<b>Summer&amp;Rain&lt;7</b>", "HTML escapes"),
        ("Summer&Rain<7", "next=%2Fin%3Fpw%3DSummer%2526Rain%253C7", "URL encoding"),
        ("pa ss/word&7", "pw=pa+ss%2fword%267", "form encoding"),
        ("Summer&Rain<7", "body " + b"pw=Summer&Rain<7".hex(), "hexadecimal"),
        (TOKEN, b"Bearer ".hex().upper() + TOKEN.encode().hex().upper(), "hexadecimal"),
        (TOKEN, "t=" + TOKEN[:14].encode().hex() + "...", "hexadecimal"),
        (TOKEN, base64.b32encode(TOKEN.encode()).decode(), "base32"),
        ("Summer&Rain<7", base64.b32encode(b"Summer&Rain<7").decode().rstrip("="), "base32"),
    ],
)
def test_another_reading_of_a_line_shows_what_is_escaped(
    value: str, line: str, undone: str
) -> None:
    vault = Vault()
    vault.register(value, "password")
    (found,) = Leaks(vault).found_in(line)
    assert undone in found.form


@pytest.mark.parametrize(
    "line",
    [
        "trace 550e8400e29b41d4a716446655440000 at 202401011010 in ABCDEFGHIJKLMNOPQ",
        r"C:\users\x41\new &unknown; 100%25 %zz \ud800 \u12",
        "k=313233343536 %31%32%33456 " + b"password".hex(),
        "%25" * 40 + "&amp;" * 40 + "\\" * 40,
    ],
    ids=["numbers", "a path", "digits of digits", "escapes of escapes"],
)
def test_what_other_readings_show_by_chance_is_no_leak(line: str) -> None:
    vault = Vault()
    for value in ("123456", "password", "Ab3xY9"):
        vault.register(value, "password")
    assert list(Leaks(vault).found_in(line)) == []
    assert len(list(readings(line))) <= MOST


def test_what_several_values_share_is_not_random() -> None:
    vault = Vault()
    for _ in range(3):
        vault.register(f"syt_YWxpY2VAZXhhbXBsZQ_{secrets.token_urlsafe(16)}", "access")
    leaks = Leaks(vault)
    assert list(leaks.found_in("token syt_YWxpY2VAZXhhbXBsZQ_... used")) == []


def test_secrets_are_learned_as_they_come_and_many_lines_take_little_time() -> None:
    vault = Vault()
    leaks = Leaks(vault)
    assert list(leaks.found_in(TOKEN)) == []
    vault.register(TOKEN, "refresh")
    for _ in range(3000):
        vault.register(secrets.token_urlsafe(32), "session")
    began = time.process_time()
    line = json.dumps({"time": "2031-05-06T07:08:09.123456+00:00", "event": "login", "user": "u1"})
    assert not [leak for _ in range(2000) for leak in leaks.found_in(line)]
    assert time.process_time() - began < 5
    assert len(list(leaks.found_in(TOKEN))) == 1


def test_each_disguise_holds_the_whole_entry_and_the_mark() -> None:
    line = '{"event": "login", "user": "forged1"}'
    found = dict(disguises(line, "forged1"))
    assert len(found) == 5
    whole = [text for how, text in found.items() if how != "as fields of the same entry"]
    assert all(line in text.splitlines() or line in text for text in whole)
    assert json.loads(f'{{"name": "{found["as fields of the same entry"]}"}}')["user"] == "forged1"
    assert len(dict(disguises("user=forged1 event=login", "forged1"))) == 4


def test_what_a_header_cannot_carry_is_encoded() -> None:
    assert encoded('a"\n\x1b[2K%é') == 'a"%0A%1B[2K%25%E9'
    assert encoded('a;b" c', unlike=' ;"') == "a%3Bb%22%20c"
