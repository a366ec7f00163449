"""From the section `adapter` of a profile to typed declarations, or one sentence of objection."""

import json
from collections.abc import Mapping
from typing import Any

from adapters.capabilities import LABORATORY, OPERATIONS
from adapters.contract import Kind, Place
from adapters.declared.spec import (
    ArtefactSpec,
    Channel,
    Expect,
    Expects,
    Handles,
    Operation,
    Probe,
    Request,
    RoleProbe,
)
from adapters.declared.template import DOTTED, PLAIN, unknown_words
from adapters.extract import WORDS, Source, source_of
from adapters.profilefile import Profile
from adapters.schemacheck import did_you_mean
from adapters.yamlfile import KeyPath

Written = Mapping[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
ADMINISTRATIVE = (
    *("create_user", "drop_user", "change_role", "admin_revoke"),
    *("rotate_key", "mint_token", "advance"),
    *("disable_account", "enable_account", "read_reset", "read_link", "restart"),
    *("session_count", "messages", "send_alerts_to"),
    *("inject_fault", "heal_fault", "health"),
    *("op_disable", "op_enable", "op_end"),
)
VARIANTS_OF_LOGIN = ("login_fail", "login_remembered")
NEEDED_KEYS: Mapping[str, tuple[str, str]] = {
    "mint_token": ("capture", "the token is, as `capture: {token: {json: $.token}}`"),
    "session_count": ("count", "the number is, as `count: $.sessions`"),
    "messages": ("texts", "the messages are, as `texts: $.messages[*]`"),
}
"""Operation -> the key without which its answer cannot be read, and what to write there."""
DEFAULT_NOBODY = (Expect(status=frozenset({401})),)
BASE_CHANNEL = "web"
_SEND_PLACES = {
    "header": Place.HEADER,
    "query": Place.QUERY,
    "body": Place.BODY,
    "field": Place.BODY,
    "cookie": Place.COOKIE,
}
_DEFAULT_SEND = {
    Kind.SESSION: (Place.BEARER, "Authorization"),
    Kind.ACCESS: (Place.BEARER, "Authorization"),
    Kind.REFRESH: (Place.BODY, "refresh_token"),
    Kind.CSRF: (Place.HEADER, "X-CSRF-Token"),
    Kind.PENDING: (Place.BODY, "pending_token"),
    Kind.REMEMBER: (Place.BODY, "remember_token"),
    Kind.RESET: (Place.BODY, "reset_token"),
    Kind.LINK: (Place.BODY, "link"),
    Kind.TOTP: (Place.BODY, "totp"),
    Kind.UNKNOWN: (Place.BEARER, "Authorization"),
}


class Reader:
    """Reads the declarations of one profile; every objection names the key."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def channels(self) -> dict[str, Channel]:
        """Return every declared channel by name, the one written at the top first."""
        base = {
            key: value
            for key, value in self._profile.adapter.items()
            if key in OPERATIONS or key == "artefacts"
        }
        top: KeyPath = ("adapter",)
        first = self._profile.adapter.get("channel_name", BASE_CHANNEL)
        at = {key: (*top, key) for key in base}
        # Each channel says for itself whose it is and whom its tokens are for.
        own = {
            key: self._profile.adapter.get(key) for key in ("client", "scope", "dpop", "audience")
        }
        found = {first: self._channel(first, {**base, **own}, at, top)}
        for name, over in self._profile.adapter.get("channels", {}).items():
            here = (*top, "channels", name)
            merged = {**base, **over}
            places = {**at, **{key: (*here, key) for key in over}}
            found[name] = self._channel(name, merged, places, here)
        return found

    def _channel(
        self, name: str, said: Written, at: Mapping[str, KeyPath], here: KeyPath
    ) -> Channel:
        present = {key: value for key, value in said.items() if value is not None}
        for needed in ("login", "probe", "logout"):
            if needed not in present:
                raise self._profile.error(
                    here, f"lacks `{needed}` ({OPERATIONS[needed]}); nothing can be judged without"
                )
        artefacts = present.get("artefacts", {})
        where = at.get("artefacts", here)
        operations = {
            key: self._operation(key, value, at[key], present)
            for key, value in present.items()
            if key in OPERATIONS and key not in {"probe", "role_probe"}
        }
        specs = tuple(
            self._artefact(Kind(key), artefacts[key], (*where, key))
            for key in ("session", "access", "refresh", "csrf", "pending", "remember")
            if key in artefacts
        )
        return Channel(
            name=name,
            operations=operations,
            probes=self._probes(present["probe"], at["probe"]),
            artefacts=specs,
            csrf=next((spec for spec in specs if spec.kind is Kind.CSRF), None),
            audience=present.get("audience"),
            client=present.get("client"),
            scope=present.get("scope"),
            dpop=present.get("dpop", False),
            csrf_sources={
                key: self._artefact(Kind.CSRF, value, (*where, "csrf_sources", key))
                for key, value in artefacts.get("csrf_sources", {}).items()
            },
            role_probes={
                key: RoleProbe(
                    self._operation("role_probe", value, (*at["role_probe"], key), present),
                    value["role"],
                )
                for key, value in present.get("role_probe", {}).items()
            },
        )

    def _operation(self, name: str, said: Written, at: KeyPath, channel: Written) -> Operation:
        if name in VARIANTS_OF_LOGIN and not _methods(said):
            said = _over(channel["login"], said)
        if name in ADMINISTRATIVE:
            said = self._as_admin(said)
        if said.get("browser"):
            return self._by_browser(name, said, at)
        handles = said.get("handles")
        if name == "list_sessions" and handles is None:
            raise self._profile.error(
                at, "lacks `handles`; say where the entries are, as `handles: $.sessions[*].id`"
            )
        if name in LABORATORY and self._profile.target.environment == "production":
            raise self._profile.error(
                at,
                "changes clock, keys, parts or alerts for everybody; take it out, or test a "
                "staging system",
            )
        if name == "mint_token" and "capture" not in said:
            raise self._profile.error(
                at,
                "lacks `capture`; say where the token is, as `capture: {token: {json: $.token}}`",
            )
        if name == "websocket" and "identity" not in said:
            raise self._profile.error(
                at, "lacks `identity`; say where a message names its reader, as `identity: $.user`"
            )
        if name in {"session_count", "action_count"} and "count" not in said:
            raise self._profile.error(
                at, "lacks `count`; say where the number is, as `count: $.sessions`"
            )
        key, where = NEEDED_KEYS.get(name, ("", ""))
        if key and key not in said:
            raise self._profile.error(at, f"lacks `{key}`; say where {where}")
        return Operation(
            request=self._request(said, at),
            acknowledged=self.expects(said.get("acknowledged"), (*at, "acknowledged")),
            refused=self.expects(said.get("refused"), (*at, "refused")),
            capture=tuple(
                self._artefact(_kind_of(key), value, (*at, "capture", key), name=key)
                for key, value in said.get("capture", {}).items()
            ),
            handles=self._handles(handles, (*at, "handles")) if handles else None,
            reference=self._optional(said, "reference", at),
            identity=self._optional(said, "identity", at),
            count=self._optional(said, "count", at),
            address=self._optional(said, "address", at),
            agent=self._optional(said, "agent", at),
            message=_message(said.get("message")),
            origin=said.get("origin"),
            texts=self._optional(said, "texts", at),
        )

    def _by_browser(self, name: str, said: Written, at: KeyPath) -> Operation:
        if name not in {"login", "login_fail"} or len(said) > 1:
            wrong = "stands alone, and under `login` only; take the rest out"
            raise self._profile.error((*at, "browser"), wrong)
        if "browser" not in self._profile.adapter:
            wrong = "needs `adapter.browser`, which says how a person logs in; add it"
            raise self._profile.error((*at, "browser"), wrong)
        page = self._profile.adapter["browser"]["login_page"]
        return Operation(Request("GET", page), browser=True)

    def _as_admin(self, said: Written) -> Written:
        admin = self._profile.adapter.get("admin", {})
        return {
            **said,
            "headers": {**admin.get("headers", {}), **said.get("headers", {})},
            "before": [*admin.get("before", []), *said.get("before", [])],
        }

    def _request(self, said: Written, at: KeyPath) -> Request:
        methods = _methods(said)
        if len(methods) != 1:
            many = "names several methods; keep one of" if methods else "lacks a method; add one of"
            raise self._profile.error(at, f"{many} {', '.join(METHODS)} with the path")
        path = said[methods[0]]
        if "://" in path and not self._profile.target.scope.allows(path.partition("{")[0]):
            raise self._profile.error(
                (*at, methods[0]), f"goes to {path}, outside the target; add it to target.also"
            )
        if "form" in said and "json" in said:
            raise self._profile.error(at, "has both `form` and `json`; keep one body")
        for word in unknown_words([path, *(said.get(k) for k in ("form", "json", "query"))]):
            raise self._profile.error(
                at, f"uses {{{word}}}, which is no template; {did_you_mean(word, _WORDS)}"
            )
        csrf = said.get("csrf", False)
        self._known_csrf(csrf, at)
        return Request(
            method=methods[0].upper(),
            path=path,
            form=said.get("form"),
            payload=said.get("json"),
            query=said.get("query", {}),
            headers=said.get("headers", {}),
            csrf=csrf,
            before=tuple(
                self._request(step, (*at, "before", number))
                for number, step in enumerate(said.get("before", []))
            ),
            follow=said.get("follow", False),
        )

    def _known_csrf(self, csrf: bool | str, at: KeyPath) -> None:
        if not isinstance(csrf, str):
            return
        written = self._profile.adapter
        known = {
            name
            for part in (written, *written.get("channels", {}).values())
            for name in (part.get("artefacts") or {}).get("csrf_sources", {})
        }
        if csrf not in known:
            hint = did_you_mean(csrf, known) if known else "declare it there"
            raise self._profile.error(
                (*at, "csrf"), f"names '{csrf}', which artefacts.csrf_sources does not have; {hint}"
            )

    def expects(self, said: Written | list[Written] | None, at: KeyPath) -> Expects | None:
        """Return how an answer may look; a list gives alternatives."""
        if said is None:
            return None
        alternatives = said if isinstance(said, list) else [said]
        return tuple(self._expect(one, at) for one in alternatives)

    def _expect(self, said: Written, at: KeyPath) -> Expect:
        status, contains = said.get("status", []), said.get("contains", [])
        for path in said.get("json", {}):
            self._source(path, (*at, "json"))
        return Expect(
            status=frozenset([status] if isinstance(status, int) else status),
            redirect=said.get("redirect"),
            not_redirect=said.get("not_redirect"),
            contains=tuple([contains] if isinstance(contains, str) else contains),
            json=tuple(said.get("json", {}).items()),
        )

    def _probes(self, said: Written, at: KeyPath) -> dict[str, Probe]:
        if _methods(said):
            return {"probe": self._probe(said, at)}
        if not said or {"identity", "nobody", "marker"} & set(said):
            raise self._profile.error(at, "lacks a method; add `get: <path>` to it")
        return {name: self._probe(one, (*at, name)) for name, one in said.items()}

    def _probe(self, said: Written, at: KeyPath) -> Probe:
        if "identity" not in said:
            raise self._profile.error(
                at, "lacks `identity`; say where the answer names its reader, as `identity: $.user`"
            )
        return Probe(
            request=self._request(said, at),
            identity=self._source(said["identity"], (*at, "identity")),
            nobody=self.expects(said.get("nobody"), (*at, "nobody")) or DEFAULT_NOBODY,
            marker=self._optional(said, "marker", at),
        )

    def _handles(self, said: str | Written, at: KeyPath) -> Handles:
        if isinstance(said, str) or "each" not in said:
            return Handles(names=self._source(said, at))
        for key in ("each", "id", "current"):
            if key in said:
                self._source(said[key], (*at, key))
        return Handles(each=said["each"], id=said.get("id", "$"), current=said.get("current"))

    def _artefact(self, kind: Kind, said: Written, at: KeyPath, name: str = "") -> ArtefactSpec:
        source = self._source({k: v for k, v in said.items() if k in (*WORDS, "attribute")}, at)
        place, sent_as, template = self._sending(kind, said, source, at)
        return ArtefactSpec(
            kind=kind,
            source=source,
            place=place,
            name=sent_as or name,
            template=template,
            fetch=self._request(said["from"], (*at, "from")) if "from" in said else None,
            jwt=said.get("jwt", False),
        )

    def _sending(
        self, kind: Kind, said: Written, source: Source, at: KeyPath
    ) -> tuple[Place, str, str]:
        send = said.get("send")
        if send is None:
            if source.how == "cookie" and kind is not Kind.CSRF:
                return Place.COOKIE, source.what, "{token}"
            if source.how == "field":
                return Place.BODY, source.what, "{token}"
            return *_DEFAULT_SEND[kind], "{token}"
        if isinstance(send, str):
            if send != "bearer":
                raise self._profile.error(
                    (*at, "send"),
                    f"is '{send}'; write bearer, or one of {{{', '.join(_SEND_PLACES)}}}: <name>",
                )
            return Place.BEARER, "Authorization", "{token}"
        places = [word for word in _SEND_PLACES if word in send]
        if len(places) != 1:
            raise self._profile.error(
                (*at, "send"), f"needs exactly one of {', '.join(_SEND_PLACES)} with a name"
            )
        return _SEND_PLACES[places[0]], send[places[0]], send.get("template", "{token}")

    def _optional(self, said: Written, key: str, at: KeyPath) -> Source | None:
        return self._source(said[key], (*at, key)) if key in said else None

    def _source(self, said: str | Written, at: KeyPath) -> Source:
        source = source_of(said)
        if source is None:
            raise self._profile.error(at, f"needs exactly one of {', '.join(WORDS)}")
        problem = source.problem()
        if problem:
            raise self._profile.error(at, f"cannot be used: {problem}")
        return source


_WORDS = (*PLAIN, *DOTTED)


def _over(login: Written, said: Written) -> Written:
    """Return the login with what a variant of it says; fields of a body are added to the body."""
    bodies = {
        key: {**login[key], **said[key]}
        for key in ("form", "json")
        if isinstance(login.get(key), Mapping) and isinstance(said.get(key), Mapping)
    }
    return {**login, **said, **bodies}


def _message(said: Any) -> str | None:  # noqa: ANN401  text, or what becomes JSON
    return said if said is None or isinstance(said, str) else json.dumps(said)


def _methods(said: Written) -> list[str]:
    return [method for method in METHODS if method in said]


def _kind_of(name: str) -> Kind:
    """A capture named after a kind of artefact is of that kind."""
    if name == "totp":
        return Kind.TOTP
    return Kind(name) if name in set(Kind) else Kind.UNKNOWN
