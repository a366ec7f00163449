"""Accounts and login from a Web Fuzzing Commons `auth.yaml`, as many fuzzers already have one.

Only what a login needs is read; a fixed header is no session and cannot be tested as one.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from adapters.contract import User
from adapters.profilefile import Profile
from adapters.secrets import Secret
from adapters.secretsource import Position
from adapters.yamlfile import KeyPath, ProfileError, read_yaml

Written = Mapping[str, Any]

_NAMES = ("user", "login", "email", "name")
_PASSWORDS = ("pass", "pwd", "secret")


def with_auth_file(profile: Profile) -> tuple[Profile, dict[str, str], tuple[str, ...]]:
    """Return the profile with what its auth_file says, headers for every request, and notes."""
    if "auth_file" not in profile.adapter:
        return profile, {}, ()
    path = profile.path.parent / str(profile.adapter["auth_file"])
    content, lines = read_yaml(path)
    place = Position(path, lines)
    if not isinstance(content, dict) or not isinstance(content.get("auth"), list):
        raise place.error((), "lacks `auth`, the list of accounts of Web Fuzzing Commons")
    template = content.get("authTemplate") or {}
    entries = [_merged(template, entry) for entry in content["auth"] if isinstance(entry, dict)]
    read = [_Entry(entry, ("auth", number), place) for number, entry in enumerate(entries)]
    if not read:
        raise place.error(("auth",), "is empty; it needs two accounts")
    first = read[0]
    for other in read[1:]:
        if other.login() != first.login():
            raise place.error(
                other.at,
                "logs in differently from the first account; write `login` under adapter instead",
            )
    adapter = {
        **profile.adapter,
        "login": {**first.login(), **profile.adapter.get("login", {})},
        "artefacts": {**first.artefacts(), **profile.adapter.get("artefacts", {})},
    }
    known = {user.name for user in profile.accounts}
    found = tuple(entry.user() for entry in read if entry.user().name not in known)
    note = f"{path.name} holds {len(found)} passwords in clear; keep it out of version control"
    merged = replace(profile, adapter=adapter, accounts=(*profile.accounts, *found))
    return merged, first.fixed_headers(read), (note,)


def _merged(template: Written, entry: Written) -> dict[str, Any]:
    """Fill in from the template what the entry does not say, tables key by key."""
    result = dict(template)
    for key, value in entry.items():
        inner = result.get(key)
        if isinstance(inner, dict) and isinstance(value, dict):
            result[key] = _merged(inner, value)
        elif value is not None:
            result[key] = value
    return result


class _Entry:
    """One account of the file."""

    def __init__(self, said: Written, at: KeyPath, place: Position) -> None:
        self.at, self._said, self._place = at, said, place
        endpoint = said.get("loginEndpointAuth")
        if not isinstance(endpoint, dict):
            raise self._error(
                "lacks `loginEndpointAuth`; a fixed header is no session that could end"
            )
        self._login: Written = endpoint
        self._kind = str(endpoint.get("contentType", "application/json")).partition(";")[0]
        self._fields = self._payload()

    def _error(self, sentence: str, *keys: str) -> ProfileError:
        return self._place.error((*self.at, *keys), sentence)

    def _payload(self) -> dict[str, str]:
        """Return the body of the login with templates in place of name and password."""
        split = self._login.get("payloadUserPwd")
        if isinstance(split, dict):
            missing = [
                key
                for key in ("username", "password", "usernameField", "passwordField")
                if not split.get(key)
            ]
            if missing:
                raise self._error(f"lacks `{missing[0]}`", "loginEndpointAuth", "payloadUserPwd")
            self._name, self._password = str(split["username"]), str(split["password"])
            return {
                str(split["usernameField"]): "{user.name}",
                str(split["passwordField"]): "{user.password}",
            }
        fields = self._raw(str(self._login.get("payloadRaw", "")))
        name, password = _like(fields, _NAMES), _like(fields, _PASSWORDS)
        if name is None or password is None:
            raise self._error(
                "does not say which field is the password; write `payloadUserPwd` instead of "
                "`payloadRaw`",
                "loginEndpointAuth",
            )
        self._name, self._password = str(fields[name]), str(fields[password])
        return {**fields, name: "{user.name}", password: "{user.password}"}

    def _raw(self, payload: str) -> dict[str, Any]:
        if "json" in self._kind:
            try:
                content = json.loads(payload)
            except ValueError:
                return {}
            return content if isinstance(content, dict) else {}
        return dict(parse_qsl(payload, keep_blank_values=True))

    def user(self) -> User:
        """Return the account; the name is the one it logs in with."""
        return User(self._name, Secret(self._password, "password"))

    def login(self) -> dict[str, Any]:
        """Return the login as a declaration of ours."""
        path = self._login.get("externalEndpointURL") or self._login.get("endpoint")
        if not path:
            raise self._error("lacks `endpoint`, the path of the login", "loginEndpointAuth")
        body = "json" if "json" in self._kind else "form"
        verb = str(self._login.get("verb", "POST")).lower()
        return {verb: str(path), body: self._fields, "headers": _headers(self._login)}

    def artefacts(self) -> dict[str, Any]:
        """Return how the token is read and sent; cookies need no declaration."""
        token = self._login.get("token")
        if not isinstance(token, dict):
            return {}
        if "extractFromField" in token:  # the words of the format before version 0.2
            source = {"pointer": token["extractFromField"]}
            name = token.get("httpHeaderName", "Authorization")
            send: dict[str, str] = {"header": name}
            send["template"] = f"{token.get('headerPrefix', '')}{{token}}"
        else:
            selector = str(token.get("extractSelector", ""))
            in_header = token.get("extractFrom") == "header"
            source = {"header": selector} if in_header else {"pointer": selector}
            place = "query" if token.get("sendIn") == "query" else "header"
            send = {place: token.get("sendName", "Authorization")}
            send["template"] = token.get("sendTemplate", "{token}")
        if (
            send.get("header", "").lower() == "authorization"
            and send["template"] == "Bearer {token}"
        ):
            return {"access": {**source, "send": "bearer"}}
        return {"access": {**source, "send": send}}

    def fixed_headers(self, everyone: list["_Entry"]) -> dict[str, str]:
        """Return the headers that every request carries; they are the same for everyone."""
        mine = _headers({"headers": self._said.get("fixedHeaders")})
        for other in everyone:
            if _headers({"headers": other._said.get("fixedHeaders")}) != mine:
                raise other._error("has `fixedHeaders` of its own; only common ones can be sent")
        return mine


def _headers(said: Written) -> dict[str, str]:
    return {str(one["name"]): str(one["value"]) for one in said.get("headers") or ()}


def _like(fields: Written, parts: tuple[str, ...]) -> str | None:
    return next((key for part in parts for key in fields if part in key.lower()), None)
