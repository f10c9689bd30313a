"""OAuth 2.0 client credentials: a token is asked for when there is none, and used until it runs out."""

from collections.abc import Callable

import httpx

from claims.connect.calls import Signal, Trouble
from claims.connect.web import Send, as_json

Seconds = Callable[[], float]

_EARLY = 30.0
_SHORTEST = 1.0


class ClientCredentials:
    """``clock`` counts seconds, real ones."""

    def __init__(self, url: str, client_id: str, secret: str, scope: str, clock: Seconds) -> None:
        self._url = url
        self._form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
        self._auth = httpx.BasicAuth(client_id, secret)
        self._clock = clock
        self._token = ""
        self._until = 0.0

    async def headers(self, send: Send) -> dict[str, str]:
        if self._clock() >= self._until:
            await self._renew(send)
        return {"authorization": f"Bearer {self._token}"}

    def refused(self) -> bool:
        """A token may end before its time: once more with a new one."""
        self._until = 0.0
        return True

    async def _renew(self, send: Send) -> None:
        asked = httpx.Request("POST", self._url, data=self._form)
        response = await send(next(self._auth.sync_auth_flow(asked)))
        if response.status_code in (400, 401, 403):
            tip = "Check client_id, client_secret and scope."
            raise Trouble(Signal.UNAUTHORISED, f"No token ({response.status_code}).", tip=tip)
        if response.status_code != 200:
            raise Trouble(Signal.UNREACHED, f"No token: the server answered {response.status_code}.")
        try:
            told = as_json(response)
            self._token, life = str(told["access_token"]), float(told.get("expires_in", 300))
        except (Trouble, KeyError, TypeError, ValueError) as wrong:
            raise Trouble(Signal.UNREACHED, "No token: its answer cannot be understood.") from wrong
        self._until = self._clock() + max(life - _EARLY, _SHORTEST)
