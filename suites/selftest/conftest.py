"""What every self-test starts from: a vault in which no other test left its secrets."""

from collections.abc import Iterator

import pytest

from adapters.secrets import VAULT
from reports.redaction import REDACTOR


@pytest.fixture(autouse=True)
def a_vault_without_the_secrets_of_other_tests() -> Iterator[None]:
    """Values that one test registered black out words that the next one reads."""
    before = dict(VAULT)
    yield
    VAULT._kinds, VAULT._order = before, list(before)
    REDACTOR.ordinary(())
