"""Whether every node of a target answers; whether they agree with each other is for the suite."""

from collections.abc import Iterator

from adapters.checked import Checked
from adapters.contract import fresh_device
from adapters.exchange import Exchange

SERVER_ERROR = 500
TOO_MANY = 429


def failed(exchange: Exchange) -> bool:
    """True when there was no usable answer."""
    return exchange.status is None or exchange.status == TOO_MANY or exchange.status >= SERVER_ERROR


def silent_nodes(adapter: Checked) -> Iterator[str]:
    """Yield a sentence for each of several nodes that gives no answer, or only errors."""
    if len(adapter.nodes) == 1:
        return
    heard: list[Exchange] = []
    which, channel = adapter.probes_in(adapter.channels[0])[0], adapter.channels[0]
    adapter.transport.taps.append(heard.append)
    try:
        for node, url in enumerate(adapter.nodes):
            seen = adapter.probe((), fresh_device(), which=which, channel=channel, node=node)
            if not heard or failed(heard[-1]):
                yield (
                    f"node {node + 1} ({url}) does not answer: {seen.why}; "
                    "start it, or take it out of `target.nodes`"
                )
    finally:
        adapter.transport.taps.remove(heard.append)
