"""What reports tell of a history beside its judgements."""

from suites.kernel.ledger import Ledger
from suites.kernel.model import Model
from suites.kernel.propagation import revocations
from suites.kernel.story import lifelines, samples
from suites.kernel.sweep import rows


def keep_records(ledger: Ledger, model: Model) -> None:
    """Keep what a history leaves for reports."""
    ledger.lifelines += lifelines(model)
    ledger.revocations += revocations(model)
    ledger.samples |= samples(model)
    ledger.swept += rows(model)
    ledger.floods += [e.extra.figures for e in model.events if e.kind == "flood"]
