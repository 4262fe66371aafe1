"""The public HTTP API as the tool uses it: a token, an address, and problems told in words."""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from crm_cli import tokens
from crm_cli.failure import CliError
from crm_cli.target import Target, find

_SECONDS = 600
_TIMEOUT = httpx.Timeout(60, connect=5)


class ApiError(CliError):
    """The service said no, or nothing answered."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """A client of one origin, signed in as the operator (or as whoever the token names)."""

    def __init__(self, target: Target, token: str | None = None) -> None:
        self.url = target.url
        bearer = token or tokens.sign(target.operator_key, seconds=_SECONDS)
        headers = {"Authorization": f"Bearer {bearer}"}
        self._client = httpx.Client(
            base_url=target.url, headers=headers, timeout=_TIMEOUT, trust_env=False
        )

    @classmethod
    def open(cls, url: str | None = None) -> "Api":
        """Return a client of the system that `url` names, or of the one found here."""
        return cls(find(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        return self.send("GET", path, params=params).json()

    def post(self, path: str, body: object) -> Any:
        return self.send("POST", path, json=body).json()

    def send(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str | int] | None = None,
        content: Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request; anything but a success is an ApiError with the problem's words."""
        try:
            answer = self._client.request(
                method, path, json=json, params=params, content=content, headers=headers
            )
        except httpx.HTTPError as failed:
            raise ApiError(
                f"{self.url} does not answer ({type(failed).__name__}). Is it up? ./crm status"
            ) from failed
        if not answer.is_success:
            raise ApiError(f"{method} {path}: {explain(answer)}", answer.status_code)
        return answer


def explain(answer: httpx.Response) -> str:
    """Return a problem document in one line."""
    try:
        problem = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.text[:200]}"
    told = problem.get("detail") or problem.get("title") or ""
    errors = "; ".join(
        f"{each.get('pointer', '')} {each.get('detail', '')}".strip()
        for each in problem.get("errors") or []
    )
    return f"{answer.status_code} {told}" + (f" ({errors})" if errors else "")
