"""Statements compiled once in a test process, whichever of its thousands of engines runs them."""

from typing import Any

from crm_shared.db.engine import Sessions


class _Compiled(dict[Any, Any]):
    """Finds a statement by everything but the engine's dialect: all of ours are set up alike."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


_COMPILED = _Compiled()


def share_statements(*sessions: Sessions) -> None:
    """Let the engines behind these use what others have compiled."""
    for one in sessions:
        one.kw["bind"].sync_engine.update_execution_options(compiled_cache=_COMPILED)
