"""NATS: streams, durables, pulling, publishing; the only package that imports nats."""

from crm_shared.events.jetstream.bus import Bus
from crm_shared.events.jetstream.following import Follower, Place
from crm_shared.events.jetstream.link import BusUnavailableError, Link, RefusedError
from crm_shared.events.jetstream.publishing import Publisher
from crm_shared.events.jetstream.pulling import Delivery, Puller, kept_in_hand

__all__ = [
    "Bus",
    "BusUnavailableError",
    "Delivery",
    "Follower",
    "Link",
    "Place",
    "Publisher",
    "Puller",
    "RefusedError",
    "kept_in_hand",
]
