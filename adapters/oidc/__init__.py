"""OpenID Connect from the outside: as a browser, as a client, and as a provider in tests."""
