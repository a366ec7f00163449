"""Base classes for adapters in code: a new target of a known family is about 15 lines."""

from adapters.families.bearer_api import BearerApi
from adapters.families.cookie_web import CookieWeb
from adapters.families.oidc import Oidc
from adapters.families.page import Page

__all__ = ["BearerApi", "CookieWeb", "Oidc", "Page"]
