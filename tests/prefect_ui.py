"""The Prefect UI in headless Chromium, as operations staff see it: open a run, read it, click Retry."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
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

# A run's timeline is drawn by WebGL, which takes a whole core where there is no GPU: only pictures need it.
WITHOUT_TIMELINE = ("--disable-3d-apis",)


@contextmanager
def chromium(browser: str, driver: str, *more: str) -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = browser
    for switch in (*SWITCHES, *more):
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

    def open_form(self, deployment: object) -> None:
        """The form with which a run of the deployment is made by hand."""
        self.page.get(f"{self.address}/deployments/deployment/{deployment}/run")
        self.sees("Parameters", "Submit")

    def fills(self, label: str, value: str) -> None:
        """Type into the field of that label, again where a form that is being built forgets it."""
        field = (
            f"//label[starts-with(normalize-space(.), '{label}')]/following::*[self::input or self::textarea]"
        )

        def filled(page: webdriver.Chrome) -> bool:
            box = page.find_element(By.XPATH, field)
            if box.get_attribute("value") != value:
                box.clear()
                box.send_keys(value)
                sleep(0.5)
            return box.get_attribute("value") == value

        self._wait(filled, f"{label} to hold {value}")

    def submits(self) -> None:
        self._click("button", "Submit")
        self._wait(lambda page: not page.current_url.endswith("/run"), "the form to be taken")

    def sees_under(self, tab: str, *texts: str) -> None:
        """Waits until all of ``texts`` are on a tab of a run; a page that is being built forgets clicks."""

        def shown(_page: Any) -> bool:
            for label in self._labelled("li, a, button", tab):
                label.click()
            return all(text in self._text() for text in texts)

        self._wait(shown, f"the tab {tab} to show {texts}")

    def ask_for_retry(self) -> None:
        """Click Retry; the dialog is open then."""
        self._click("button", "Retry")
        self.sees("This will retry flow run")

    def confirm(self) -> None:
        self._click(".p-modal button", "Retry")
        self._wait(lambda _page: "This will retry flow run" not in self._text(), "the dialog to close")

    def sees(self, *texts: str) -> None:
        """Waits until all of ``texts`` are on the page."""
        self._wait(lambda _page: all(text in self._text() for text in texts), f"the page to show {texts}")

    def _text(self) -> str:
        return self.page.find_element(By.TAG_NAME, "body").text

    def scroll_to(self, text: str) -> None:
        """The page drawn at three quarters of its size, from the line with ``text`` down."""
        smaller = {"width": 1867, "height": 1200, "deviceScaleFactor": 0.75, "mobile": False}
        self.page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", smaller)
        line = self.page.find_element(By.XPATH, f"//*[text()[contains(., '{text}')]]")
        self.page.execute_script("arguments[0].scrollIntoView()", line)

    def picture(self, path: Path) -> None:
        """The page as it looks once it stands still: timelines and charts are drawn after the text."""
        self._wait(lambda _page: self._stands_still(), "the page to stand still")
        self.page.save_screenshot(str(path))
        self.page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def _stands_still(self) -> bool:
        before = self.page.get_screenshot_as_png()
        sleep(2)
        return self.page.get_screenshot_as_png() == before

    def _click(self, where: str, label: str) -> None:
        self._wait(lambda _page: self._labelled(where, label), f"{label} to click")[0].click()

    def _labelled(self, where: str, label: str) -> list[WebElement]:
        return [e for e in self.page.find_elements(By.CSS_SELECTOR, where) if e.text.strip() == label]

    def _wait(self, find: Callable[[Any], Any], what: str) -> Any:
        ignored = [StaleElementReferenceException]
        try:
            return WebDriverWait(self.page, PATIENCE, 0.2, ignored).until(find)
        except TimeoutException:
            raise AssertionError(f"waited in vain for {what}; it shows {self._text()}") from None
