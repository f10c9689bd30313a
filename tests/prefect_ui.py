"""The Prefect UI in headless Chromium, as operations staff see it: open a run, read it, click Retry."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 60  # seconds
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--window-size=1400,1040",  # of which the page has 900 in height
)


@contextmanager
def chromium(browser: str, driver: str) -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = browser
    for switch in SWITCHES:
        options.add_argument(switch)
    page = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield page
    finally:
        page.quit()


class PrefectUI:
    def __init__(self, page: webdriver.Chrome, address: str) -> None:
        self.page = page
        self.address = address

    def open_runs(self) -> None:
        self.page.get(f"{self.address}/runs")

    def open_run(self, id: object) -> None:
        self.page.get(f"{self.address}/runs/flow-run/{id}")

    def tab(self, name: str) -> None:
        """Show one of the tabs of a run's page."""
        self._click(".p-tabs button, .p-tab-navigation__tab, li, a", name)

    def ask_for_retry(self) -> None:
        """Click Retry; the dialog is open then."""
        self._click("button", "Retry")
        self.sees("This will retry flow run")

    def confirm(self) -> None:
        self._click(".p-modal button", "Retry")

    def sees(self, *texts: str) -> str:
        """The page's text once all of ``texts`` are in it."""

        def text(_page: Any) -> str | None:
            shown = self.page.find_element(By.TAG_NAME, "body").text
            return shown if all(wanted in shown for wanted in texts) else None

        return self._wait(text, f"the page to show {texts}")

    def picture(self, path: Path) -> None:
        """The page as it looks once it stands still: timelines and charts are drawn after the text."""
        self._wait(lambda _page: self._stands_still(), "the page to stand still")
        self.page.save_screenshot(str(path))

    def _stands_still(self) -> bool:
        before = self.page.get_screenshot_as_png()
        sleep(2)
        return self.page.get_screenshot_as_png() == before

    def _click(self, where: str, label: str) -> None:
        def find(_page: Any) -> WebElement | None:
            labelled = (e for e in self.page.find_elements(By.CSS_SELECTOR, where) if e.text.strip() == label)
            return next(labelled, None)

        self._wait(find, f"{label} to click").click()

    def _wait(self, find: Callable[[Any], Any], what: str) -> Any:
        ignored = [StaleElementReferenceException]
        return WebDriverWait(self.page, PATIENCE, 0.2, ignored).until(find, f"waited in vain for {what}")
