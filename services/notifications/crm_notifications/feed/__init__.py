"""The feed: every published event in one order, for whoever reads over HTTP."""
