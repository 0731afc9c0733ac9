"""The `kit` transport: what a script that the agency ran itself brought, as if the machine were asked now.

The marks, limits and redaction are those of any machine. In a scan there is nothing to hand on: the server is left as
it stands.
"""

from __future__ import annotations

from pepperbird.collect import words
from pepperbird.collect.answer import Answer
from pepperbird.collect.interface import Lifeline, Order, Refused, Sink


class KitTransport:
    """Hands on what the bundle of the endpoint holds. Contacts nobody."""

    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        lifeline.enter(words.PROBES)
        brought = (order.options.bundles or {}).get(order.endpoint.id)
        if brought is None:
            by_kit = order.endpoint.access.via == "kit"
            raise Refused(words.kit_wanted() if by_kit else words.not_of_a_kit())
        if not isinstance(sink, Answer):
            raise TypeError("a bundle is answered whole")
        sink.listen(brought.nonce)
        sink.out(brought.out)
        sink.err(brought.err)
        # How far the machine's clock was off cannot be told: when its script ran, by ours, nobody knows.
        sink.connection.clear()
        for name, value in brought.told.items():
            sink.told(name, value)
