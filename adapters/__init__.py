"""How to talk to a target: transport, cookies, declarations; never what is right or wrong."""
