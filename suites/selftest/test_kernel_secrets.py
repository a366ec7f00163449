"""Secrets as the engine holds them: never shown, never stored, equal when their values are."""

import contextlib
import copy
import json
import pickle
import threading

import pytest

from adapters.contract import Artefact, Kind, Place, User
from adapters.secrets import VAULT, Secret, Vault
from reports.redaction import Redactor

VALUE = "Qx7-hush-hush-92Lp"


def registered() -> set[str]:
    return {value for value, _ in VAULT}


@pytest.mark.parametrize("told", [repr, str, "{}".format, "{!r:>30}".format, "%s".__mod__])
def test_no_way_of_telling_shows_the_value(told: object) -> None:
    shown = told(Secret(VALUE, "session"))  # type: ignore[operator]
    assert VALUE not in shown
    assert shown.strip().startswith("<session#")


def test_a_format_string_applies_to_the_pseudonym() -> None:
    secret = Secret(VALUE, "session")
    assert f"{secret:>40}" == repr(secret).rjust(40)


def test_what_holds_a_secret_does_not_show_it_either() -> None:
    secret = Secret(VALUE, "session")
    held = (
        Artefact(Kind.SESSION, Place.COOKIE, "sid", secret),
        User("ann", secret),
        [secret],
        {"x": secret},
    )
    assert VALUE not in repr(held)


def test_equal_values_are_equal_and_hash_alike() -> None:
    assert Secret(VALUE) == Secret(VALUE, "another kind")
    assert hash(Secret(VALUE)) == hash(Secret(VALUE, "another kind"))
    assert Secret(VALUE) != Secret(VALUE + "x")
    assert len({Secret(VALUE), Secret(VALUE)}) == 1


def test_a_secret_is_no_string() -> None:
    assert Secret(VALUE) != VALUE
    assert not isinstance(Secret(VALUE), str)
    assert len(Secret(VALUE)) == len(VALUE)


def test_a_secret_of_odd_characters_can_be_compared() -> None:
    odd = "\xfcml\xe4ut \ud800"
    assert Secret(odd, made_up=True) == Secret(odd, made_up=True)
    assert repr(Secret(odd, made_up=True)).startswith("<secret#")


def test_a_value_that_is_no_proper_text_can_be_redacted() -> None:
    vault = Vault()
    vault.register("abcdefgh-\ud800-ijklmnop", "access")
    told = Redactor(vault).scrub("the token abcdefgh-\ud800-ijklmnop was accepted")
    assert "abcdefgh" not in told


@pytest.mark.parametrize("leave", [pickle.dumps, copy.deepcopy, copy.copy])
def test_a_secret_never_leaves_the_process(leave: object) -> None:
    with pytest.raises(TypeError, match="never pickled"):
        leave(Secret(VALUE))  # type: ignore[operator]


def test_a_secret_is_no_json() -> None:
    with pytest.raises(TypeError):
        json.dumps({"session": Secret(VALUE)})


def test_a_secret_is_registered_and_a_made_up_value_is_not() -> None:
    Secret("registered-5f1c")
    Secret("made-up-5f1c", made_up=True)
    assert "registered-5f1c" in registered()
    assert "made-up-5f1c" not in registered()


def test_an_altered_artefact_protects_nothing() -> None:
    artefact = Artefact(Kind.SESSION, Place.COOKIE, "sid", Secret(VALUE, "session"))
    assert artefact.holding("altered-5f1c").value.reveal() == "altered-5f1c"
    assert "altered-5f1c" not in registered()


def test_a_value_in_another_place_is_the_same_secret() -> None:
    artefact = Artefact(Kind.SESSION, Place.COOKIE, "sid", Secret(VALUE, "session"))
    moved = artefact.at(Place.QUERY, "id")
    assert (moved.value, moved.place, moved.name) == (artefact.value, Place.QUERY, "id")


def test_a_pseudonym_is_the_same_within_a_run_only() -> None:
    one, other = Vault(b"a" * 32), Vault(b"b" * 32)
    assert one.pseudonym(VALUE, "session") == one.pseudonym(VALUE, "session")
    assert one.pseudonym(VALUE, "session") != one.pseudonym(VALUE + "x", "session")
    assert one.pseudonym(VALUE, "session") != other.pseudonym(VALUE, "session")


def test_the_first_kind_of_a_value_names_it() -> None:
    vault = Vault()
    vault.register(VALUE, "session")
    vault.register(VALUE, "cookie")
    vault.register("", "nothing")
    assert vault.pseudonym(VALUE, "cookie").startswith("<session#")
    assert list(vault) == [(VALUE, "session")]


class Meeting(dict[str, str]):
    """A mapping in which two threads look for a key before either of them stores it."""

    def __init__(self) -> None:
        super().__init__()
        self._barrier = threading.Barrier(2)

    def __contains__(self, key: object) -> bool:
        found = super().__contains__(key)
        with contextlib.suppress(threading.BrokenBarrierError):
            self._barrier.wait(0.3)
        return found


def test_a_value_that_two_threads_learn_at_once_hides_no_later_one() -> None:
    vault = Vault(b"key")
    vault._kinds = Meeting()
    redactor = Redactor(vault)
    threads = [threading.Thread(target=vault.register, args=(VALUE, "session")) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert redactor.scrub(VALUE).startswith("<session#")
    assert [value for value, _ in vault] == [VALUE]
    vault._kinds = dict(vault._kinds)
    vault.register("another-7Kq2-secret", "session")
    assert redactor.scrub("another-7Kq2-secret").startswith("<session#")


class Slow(Vault):
    """A vault that tells two threads the same before either of them has learned it."""

    barrier = threading.Barrier(2)

    def since(self, known: int) -> list[tuple[str, str]]:
        """Tell what is new, once two have asked or nobody else does."""
        found = super().since(known)
        with contextlib.suppress(threading.BrokenBarrierError):
            self.barrier.wait(0.3)
        return found


def test_a_redactor_that_two_threads_use_at_once_learns_what_comes_later() -> None:
    vault = Slow(b"key")
    vault.register(VALUE, "session")
    redactor = Redactor(vault)
    threads = [threading.Thread(target=redactor.scrub, args=(VALUE,)) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    vault.register("another-7Kq2-secret", "session")
    assert redactor.scrub("another-7Kq2-secret").startswith("<session#")
