"""One POST to a stranger: to the address that was checked, without redirects, with an end."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from ipaddress import ip_address
from socket import SOCK_STREAM, gaierror, getaddrinfo

import httpx

from crm_notifications.webhooks.rules.addresses import RefusedAddressError, check_url, is_open
from crm_notifications.webhooks.rules.trying import Answer
from crm_shared.clock import utc_now

WITHIN_S = 10.0
CONNECT_S = 5.0
MOST_OF_AN_ANSWER = 64 * 1024
Resolve = Callable[[str, int], Awaitable[list[str]]]


# of its own: a name server that hangs keeps its threads, and those of mail and IMAP are few
_LOOKERS = ThreadPoolExecutor(8, thread_name_prefix="webhook-names")


async def look_up(host: str, port: int) -> list[str]:
    """Return every address that a name stands for."""
    loop, asked = asyncio.get_running_loop(), partial(getaddrinfo, type=SOCK_STREAM)
    return [str(one[4][0]) for one in await loop.run_in_executor(_LOOKERS, asked, host, port)]


class Poster:
    """Posts to receivers; those named in `allowed` may live in our own network."""

    def __init__(
        self,
        *,
        allowed: Collection[str] = (),
        within_s: float = WITHIN_S,
        resolve: Resolve = look_up,
    ) -> None:
        self._allowed = frozenset(allowed)
        self._within_s = within_s
        self._resolve = resolve
        # no connection is kept: the next one is checked anew, and belongs to one receiver only
        self._client = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            timeout=httpx.Timeout(within_s, connect=min(CONNECT_S, within_s)),
            verify=ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post and tell what came of it; never raises for what a receiver does."""
        began, clock = utc_now(), asyncio.get_running_loop().time
        started = clock()
        status, error, retry_after = None, None, None
        try:
            async with asyncio.timeout(self._within_s):
                status, retry_after = await self._post(url, headers, body)
        except TimeoutError:
            error = "timeout"
        except RefusedAddressError:
            error = "address-refused"
        except (gaierror, UnicodeError):
            error = "name-not-found"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as failed:
            error = _named(failed)
        duration_ms = int((clock() - started) * 1000)
        return Answer(began, duration_ms, status, error, retry_after)

    async def close(self) -> None:
        """Let go of what is open."""
        await self._client.aclose()

    async def _post(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, timedelta | None]:
        check_url(url, self._allowed)
        named = httpx.URL(url)
        target = named.copy_with(host=await self._address_of(named))
        request = self._client.build_request(
            "POST",
            target,
            content=body,
            headers={**headers, "Host": named.netloc.decode("ascii")},
            extensions={"sni_hostname": named.host},
        )
        answer = await self._client.send(request, stream=True)
        try:
            await _read_some(answer)
        finally:
            await answer.aclose()
        return answer.status_code, _retry_after(answer.headers.get("retry-after"))

    async def _address_of(self, url: httpx.URL) -> str:
        """Return the address to connect to: what was checked is what is connected to."""
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await self._resolve(url.host, port)
        if not addresses:
            raise RefusedAddressError("stands for nothing")
        if url.host not in self._allowed and not all(
            is_open(ip_address(one.partition("%")[0])) for one in addresses
        ):
            raise RefusedAddressError("is not in the open internet")
        return addresses[0]


async def _read_some(answer: httpx.Response) -> None:
    read = 0
    async for piece in answer.aiter_raw():
        read += len(piece)
        if read > MOST_OF_AN_ANSWER:
            return


def _retry_after(value: str | None) -> timedelta | None:
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 10**8))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        # a year or an offset beyond all bounds: what a stranger writes must not end the worker
        return None
    return max(at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC), timedelta(0))


def _named(failed: Exception) -> str:
    if isinstance(failed, httpx.TimeoutException):
        return "timeout"
    cause: BaseException | None = failed
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls-failed"
        cause = cause.__cause__ or cause.__context__
    if isinstance(failed, httpx.ConnectError | OSError):
        return "connect-failed"
    return "broken-off" if isinstance(failed, httpx.HTTPError) else "address-refused"
