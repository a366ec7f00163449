"""Where records of known schemas have their time, user, session, source, outcome and action.

ECS (Elastic Common Schema), OCSF (Open Cybersecurity Schema Framework), CEF, and the names that
programs without a schema use most.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adapters.journals.formats import value_at

ECS, OCSF, CEF = SCHEMAS = ("ecs", "ocsf", "cef")
TIME, USER, SESSION, SOURCE, OUTCOME, ACTION = TOLD = (
    *("time", "user", "session", "source", "outcome", "action"),
)
"""What a record tells, under our own names."""

Places = Mapping[str, Sequence[str]]

_PLACES: Mapping[str, Places] = {
    ECS: {
        TIME: ("@timestamp", "event.created"),
        USER: ("user.name", "user.email", "user.id", "client.user.name", "source.user.name"),
        SESSION: ("session.id", "labels.session_id", "labels.session", "user.session.id"),
        SOURCE: ("source.ip", "client.ip", "source.address", "client.address"),
        OUTCOME: ("event.outcome",),
        ACTION: ("event.action", "event.code", "event.type"),
    },
    OCSF: {
        TIME: ("time_dt", "time", "metadata.logged_time"),
        USER: (
            *("user.name", "user.email_addr", "user.uid"),
            *("actor.user.name", "actor.user.email_addr", "actor.user.uid"),
        ),
        SESSION: ("session.uid", "actor.session.uid", "session.uid_alt"),
        SOURCE: ("src_endpoint.ip", "src_endpoint.hostname"),
        OUTCOME: ("status", "status_id"),
        ACTION: ("activity_name", "type_name", "finding_info.title", "activity_id"),
    },
    CEF: {
        TIME: ("rt", "end", "start", "timestamp"),
        USER: ("suser", "duser", "suid", "duid"),
        SESSION: ("session", "sessionId", "session_id", "sid"),
        SOURCE: ("src", "sourceAddress", "shost"),
        OUTCOME: ("outcome",),
        ACTION: ("act", "signature", "name"),
    },
}
_PLAIN: Places = {
    TIME: ("time", "timestamp", "ts", "@timestamp", "datetime", "__REALTIME_TIMESTAMP"),
    USER: ("user", "username", "user_name", "user_id", "subject", "sub", "account", "email"),
    SESSION: ("session", "session_id", "session_handle", "handle", "sid"),
    SOURCE: (
        *("source", "source_ip", "src", "ip", "client_ip", "remote_addr", "remote_ip"),
        *("address", "ipAddress"),
    ),
    OUTCOME: ("outcome", "result", "status"),
    ACTION: ("alert", "event", "action", "kind", "event_type", "type"),
}


def schema_of(fields: Mapping[str, Any]) -> str | None:
    """Return which of the known schemas a record keeps, None for none of them."""
    if "cef" in fields:
        return CEF
    if "class_uid" in fields and "metadata" in fields:
        return OCSF
    if value_at(fields, "ecs.version") is not None or (
        "@timestamp" in fields and value_at(fields, "event.action") is not None
    ):
        return ECS
    return None


def usual(fields: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what a record tells in the usual places, by our names of it."""
    schema = schema_of(fields)
    known = _PLACES[schema] if schema is not None else _PLAIN
    found: dict[str, str] = {}
    for told, places in known.items():
        value = next(_scalars(fields, places), None)
        if value is not None:
            found[told] = _normal(told, value, schema)
    return found


def _scalars(fields: Mapping[str, Any], places: Sequence[str]) -> Iterator[str]:
    for place in places:
        value = value_at(fields, place)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            yield str(value)


def _normal(told: str, value: str, schema: str | None) -> str:
    if schema == OCSF and told == OUTCOME:
        return {"1": "success", "2": "failure"}.get(value, value.lower())
    return value
