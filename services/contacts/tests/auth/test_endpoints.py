"""Signing in, staying signed in, and being thrown out."""

from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.auth.jobs import first_admin
from crm_contacts.auth.models import RefreshToken, SignInGuard
from crm_contacts.auth.rules import ATTEMPTS
from crm_contacts.events import UserCreated, UserUpdated
from crm_contacts.settings import Settings
from crm_contacts.testing import PASSWORD, make_user
from crm_contacts.users.models import User
from crm_shared.clock import utc_now
from crm_shared.http.tokens import TokenVerifier
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

MAIL = "oksana@kvitka.example.com"


@pytest_asyncio.fixture
async def user(session: AsyncSession) -> User:
    session.add(user := make_user(email=MAIL, role="head"))
    await session.commit()
    return user


@pytest.fixture
def browser(client_as: ClientAs) -> httpx.AsyncClient:
    return client_as(None)


async def sign_in(
    browser: httpx.AsyncClient, password: str = PASSWORD, email: str = MAIL
) -> httpx.Response:
    return await browser.post("/v1/auth/sign-in", json={"email": email, "password": password})


class TestSignIn:
    async def test_gives_a_token_that_every_service_can_check(
        self, browser: httpx.AsyncClient, user: User, settings: Settings
    ) -> None:
        answer = await sign_in(browser)

        assert answer.status_code == 200, answer.text
        verified = TokenVerifier(settings.public_keys).verify(answer.json()["access_token"])
        assert (verified.actor.id, verified.actor.role) == (user.id, "head")
        assert verified.expires_at - verified.issued_at == 600
        assert answer.json()["user"]["id"] == str(user.id)

    async def test_keeps_the_refresh_token_where_scripts_cannot_read_it(
        self, browser: httpx.AsyncClient, user: User
    ) -> None:
        answer = await sign_in(browser)

        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/v1/auth" in cookie
        assert answer.headers["cache-control"] == "no-store"

    async def test_takes_the_address_in_any_spelling(
        self, browser: httpx.AsyncClient, user: User
    ) -> None:
        assert (await sign_in(browser, email=f" {MAIL.upper()} ")).status_code == 200

    async def test_answers_a_wrong_password_and_an_unknown_address_alike(
        self, browser: httpx.AsyncClient, user: User
    ) -> None:
        wrong = await sign_in(browser, "a wrong password")
        unknown = await sign_in(browser, email="nobody@kvitka.example.com")

        assert wrong.status_code == unknown.status_code == 401
        assert wrong.json()["detail"] == unknown.json()["detail"]
        assert wrong.json()["code"] == unknown.json()["code"] == "sign-in-refused"

    async def test_refuses_somebody_who_was_switched_off(
        self, browser: httpx.AsyncClient, session: AsyncSession, user: User
    ) -> None:
        await session.execute(update(User).values(is_active=False))
        await session.commit()

        assert (await sign_in(browser)).status_code == 401

    @pytest.mark.parametrize("email", [MAIL, "nobody@kvitka.example.com"])
    async def test_locks_an_address_out_whether_it_is_known_or_not(
        self, browser: httpx.AsyncClient, user: User, email: str
    ) -> None:
        for _ in range(ATTEMPTS):
            assert (await sign_in(browser, "a wrong password", email)).status_code == 401

        locked = await sign_in(browser, PASSWORD, email)

        assert locked.status_code == 429
        assert locked.json()["code"] == "locked-out"
        assert 0 < int(locked.headers["retry-after"]) <= 900

    async def test_lets_in_again_when_the_lock_out_is_over(
        self, browser: httpx.AsyncClient, session: AsyncSession, user: User
    ) -> None:
        for _ in range(ATTEMPTS + 1):
            await sign_in(browser, "a wrong password")
        past = utc_now() - timedelta(seconds=1)
        await session.execute(update(SignInGuard).values(locked_until=past))
        await session.commit()

        assert (await sign_in(browser)).status_code == 200

    async def test_starts_counting_anew_after_a_right_password(
        self, browser: httpx.AsyncClient, session: AsyncSession, user: User
    ) -> None:
        for _ in range(ATTEMPTS - 1):
            await sign_in(browser, "a wrong password")

        await sign_in(browser)

        assert (await session.scalars(select(SignInGuard))).all() == []

    async def test_names_the_missing_field(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.post("/v1/auth/sign-in", json={"email": MAIL})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/password"


class TestRefresh:
    async def test_gives_the_next_token_and_a_new_cookie(
        self, browser: httpx.AsyncClient, user: User
    ) -> None:
        await sign_in(browser)
        before = browser.cookies["crm_refresh"]

        answer = await browser.post("/v1/auth/refresh")

        assert answer.status_code == 200, answer.text
        assert browser.cookies["crm_refresh"] != before

    async def test_ends_the_family_when_a_spent_token_comes_again(
        self, browser: httpx.AsyncClient, client_as: ClientAs, user: User
    ) -> None:
        await sign_in(browser)
        stolen = browser.cookies["crm_refresh"]
        await browser.post("/v1/auth/refresh")

        thief = client_as(None)
        thief.cookies.set("crm_refresh", stolen)
        assert (await thief.post("/v1/auth/refresh")).status_code == 401
        assert (await browser.post("/v1/auth/refresh")).status_code == 401

    async def test_leaves_other_sign_ins_of_the_user_alone(
        self, browser: httpx.AsyncClient, client_as: ClientAs, user: User
    ) -> None:
        phone = client_as(None)
        await sign_in(browser)
        await sign_in(phone)
        stolen = browser.cookies["crm_refresh"]
        await browser.post("/v1/auth/refresh")

        thief = client_as(None)
        thief.cookies.set("crm_refresh", stolen)
        await thief.post("/v1/auth/refresh")

        assert (await phone.post("/v1/auth/refresh")).status_code == 200

    async def test_refuses_a_token_that_ran_out(
        self, browser: httpx.AsyncClient, session: AsyncSession, user: User
    ) -> None:
        await sign_in(browser)
        await session.execute(update(RefreshToken).values(expires_at=utc_now()))
        await session.commit()

        assert (await browser.post("/v1/auth/refresh")).status_code == 401

    async def test_refuses_without_a_cookie(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.post("/v1/auth/refresh")

        assert (answer.status_code, answer.json()["code"]) == (401, "refresh-refused")

    async def test_keeps_no_secret_in_the_database(
        self, browser: httpx.AsyncClient, session: AsyncSession, user: User
    ) -> None:
        await sign_in(browser)

        [token] = await session.scalars(select(RefreshToken))
        assert token.token_hash != browser.cookies["crm_refresh"].encode()
        assert len(token.token_hash) == 32


class TestSignOut:
    async def test_ends_the_session(self, browser: httpx.AsyncClient, user: User) -> None:
        await sign_in(browser)
        cookie = browser.cookies["crm_refresh"]

        assert (await browser.post("/v1/auth/sign-out")).status_code == 204

        browser.cookies.set("crm_refresh", cookie)
        assert (await browser.post("/v1/auth/refresh")).status_code == 401

    async def test_is_no_fault_without_a_session(self, browser: httpx.AsyncClient) -> None:
        assert (await browser.post("/v1/auth/sign-out")).status_code == 204


class TestMe:
    async def test_says_who_asks(self, client_as: ClientAs, user: User) -> None:
        answer = await client_as("head", user_id=user.id).get("/v1/me")

        assert answer.json()["email"] == MAIL
        assert answer.json()["role"] == "head"

    async def test_knows_an_operator_without_an_account(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/me")

        assert (answer.status_code, answer.json()["name"]) == (200, None)

    async def test_asks_to_sign_in_first(self, browser: httpx.AsyncClient) -> None:
        assert (await browser.get("/v1/me")).status_code == 401


class TestPassword:
    async def test_changes_ones_own_and_ends_all_sessions(
        self, browser: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession, user: User
    ) -> None:
        await sign_in(browser)
        own = client_as("head", user_id=user.id)

        answer = await own.put(
            "/v1/me/password",
            json={"current_password": PASSWORD, "password": "four yellow pears"},
        )

        assert answer.status_code == 204, answer.text
        assert (await browser.post("/v1/auth/refresh")).status_code == 401
        assert (await sign_in(browser, "four yellow pears")).status_code == 200
        [event] = await recorded(session, UserUpdated)
        assert event.data.user.tokens_valid_from is not None
        assert event.data.changed == ["tokens_valid_from"]

    async def test_wants_the_current_one(self, client_as: ClientAs, user: User) -> None:
        answer = await client_as("head", user_id=user.id).put(
            "/v1/me/password",
            json={"current_password": "not this one", "password": "four yellow pears"},
        )

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/current_password"

    async def test_is_not_to_be_guessed_with_a_token_that_was_stolen(
        self, browser: httpx.AsyncClient, client_as: ClientAs, user: User
    ) -> None:
        thief = client_as("head", user_id=user.id)

        async def guess(password: str) -> httpx.Response:
            body = {"current_password": password, "password": "four yellow pears"}
            return await thief.put("/v1/me/password", json=body)

        codes = [(await guess(f"guess {number}")).status_code for number in range(ATTEMPTS)]
        locked = await guess(PASSWORD)

        assert codes == [422] * ATTEMPTS
        assert (locked.status_code, locked.json()["code"]) == (429, "locked-out")
        assert int(locked.headers["Retry-After"]) > 0
        # the owner signs in as ever
        assert (await sign_in(browser)).status_code == 200

    async def test_is_set_by_an_admin(
        self, browser: httpx.AsyncClient, client: httpx.AsyncClient, user: User
    ) -> None:
        answer = await client.put(
            f"/v1/users/{user.id}/password",
            json={"password": "four yellow pears"},
            headers={"If-Match": "*"},
        )

        assert answer.status_code == 204, answer.text
        assert (await sign_in(browser, "four yellow pears")).status_code == 200

    async def test_is_not_set_by_others(
        self, client_as: ClientAs, user: User, session: AsyncSession
    ) -> None:
        async with silence(session):
            answer = await client_as("head").put(
                f"/v1/users/{user.id}/password",
                json={"password": "four yellow pears"},
                headers={"If-Match": "*"},
            )

        assert answer.status_code == 403


class TestKeys:
    async def test_tells_public_halves_only(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/.well-known/jwks.json")

        [key] = answer.json()["keys"]
        assert (key["kty"], key["crv"], key["kid"]) == ("OKP", "Ed25519", "tests")
        assert "d" not in key


class TestFirstAdmin:
    async def test_is_made_once(self, session: AsyncSession, settings: Settings) -> None:
        password = await first_admin(session, settings)
        again = await first_admin(session, settings)

        assert password is not None
        assert again is None
        [event] = await recorded(session, UserCreated)
        assert event.data.user.role == "admin"

    async def test_can_sign_in(
        self, browser: httpx.AsyncClient, session: AsyncSession, settings: Settings
    ) -> None:
        password = await first_admin(session, settings)
        await session.commit()
        assert password is not None

        answer = await sign_in(browser, password, settings.admin_email)

        assert answer.status_code == 200
