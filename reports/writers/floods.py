"""The figures of floods in words, for tables."""

from collections.abc import Mapping

from suites.kernel.load import CLASSES, FloodFigures, Latency


def flood_words(flood: FloodFigures) -> Mapping[str, str]:
    """Return one flood as the cells of a row."""
    by = f", by {flood.workers} workers" if flood.workers else ""
    answers = [f"{flood.classes[name]} {name}" for name in CLASSES if flood.classes.get(name)]
    counts = (flood.kept_before, flood.kept_after, flood.kept_later)
    kept = [str(count) for count in counts if count is not None]
    lost = f", {flood.lost} lost" if flood.lost else ""
    return {
        "what": f"{flood.kind} on {flood.channel}{by}",
        "sent": f"{flood.sent} of {flood.ordered}",
        "answers": ", ".join(answers) or "none",
        "rate": f"{flood.rate:.0f}/s",
        "before": waited(flood.before),
        "during": f"{waited(flood.during)} ({flood.during.count} looks)",
        "after": waited(flood.after),
        "bystanders": f"{flood.bystanders}{lost}",
        "kept": ", then ".join(kept) or "not counted",
        "trouble": flood.trouble,
    }


def waited(latency: Latency) -> str:
    """Return how long bystanders waited."""
    if not latency.count:
        return "not looked"
    return f"{latency.median * 1000:.0f} ms, {latency.p95 * 1000:.0f} ms"
