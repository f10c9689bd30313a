"""The sandbox payer by each of its doors: the settings that make one kind of connector carry the claims."""

from pathlib import Path

import httpx

from config.payers import SHIPPED

KEY = "bench"
_HTTP = 'kind = "http"\nbase_url = "{url}"\napi_key = "{key}"\n'
_PICK_UP = 'pick_up = ["X12_005010_Request_BatchResultsMixed"]\n'
_WEB = {
    "http": _HTTP,
    "core-rest": 'kind = "core-rest"\nbase_url = "{url}/core/v4"\ntoken_url = "{url}/core/v4/token"\n'
    f'client_id = "bench"\nclient_secret = "{{key}}"\n{_PICK_UP}',
    "core-soap": 'kind = "core-soap"\nbase_url = "{url}/core/soap"\nusername = "bench"\npassword = "{key}"\n'
    + _PICK_UP,
    "clearinghouse": 'kind = "clearinghouse"\nbase_url = "{url}/clearinghouse/healthcare"\n'
    'core_url = "{url}/clearinghouse/core"\napi_key = "{key}"\n',
}
_FILES = {
    "sftp": 'kind = "sftp"\nhost = "127.0.0.1"\nport = {port}\nuser = "CLEANCLAIM"\npassword = "{key}"\n'
    'host_keys = ["{host_key}"]\n',
    "folder": 'kind = "folder"\noutbox = "outbox"\ninbox = "inbox"\n',
    "paper": 'kind = "paper"\noutbox = "outbox"\n',
}
KINDS = (*_WEB, *_FILES)
# The bench measures us: no payer's pace, and as many calls side by side as a busy clearinghouse allows.
_PAYER = '\ninquiries = "{inquiries}"\n\n[pace]\nat_once = 8\nper_second = 10000\n'
_BEFORE = "\n[limits]"


def sections(kind: str, url: str) -> str:
    """``[connectors.sandbox]`` of that kind; beside one that carries files, another for the questions."""
    known = {"url": url, "key": KEY}
    if kind == "sftp":
        about = httpx.get(f"{url}/sandbox/sftp", headers={"authorization": f"Bearer {KEY}"}).json()
        known |= {"port": about["port"], "host_key": about["host_key"]}
    made = _section("sandbox", (_WEB | _FILES)[kind].format_map(known))
    return made + (_section("questions", _HTTP.format_map(known)) if kind in _FILES else "")


def _section(name: str, body: str) -> str:
    return f'\n[connectors.{name}]\nreceiver_id = "SANDBOX"\n{body}'


def connect(home: Path, kind: str, url: str) -> None:
    """Add to the home's settings what reaches the sandbox payer's plans by a connector of that kind."""
    with (home / "cleanclaim.toml").open("a") as settings:
        settings.write(sections(kind, url))
    (home / "payers").mkdir()
    for shipped in (SHIPPED / "sandbox").glob("*.toml"):
        (home / "payers" / shipped.name).write_text(payer_file(kind, shipped.read_text()))


def payer_file(kind: str, shipped: str) -> str:
    """A plan's file as it ships, with the way of its questions and its pace."""
    head, before, rest = shipped.partition(_BEFORE)
    return head + _PAYER.format(inquiries="questions" if kind in _FILES else "") + before + rest
