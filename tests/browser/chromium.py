"""Headless Chromium, driven over a pipe by the Chrome DevTools Protocol: nothing but the standard library."""

from __future__ import annotations

import json
import os
import select
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
LONGEST_WAIT = 60.0  # seconds for one answer: a busy machine starts Chromium slowly
KEYS = {"Enter": ("\r", 13), "Escape": ("", 27), "Tab": ("", 9)}


def find_chromium() -> str | None:
    """Path of the browser's program, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One page: scripts are evaluated, elements clicked and keys pressed as a person would."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session
        self.faults: list[str] = []  # what the console complained of, and every exception
        self.dialogs: list[str] = []  # kinds of the questions that the browser asked; all are answered with yes

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.command(method, self.session, **parameters)

    def open(self, address: str) -> None:
        self.command("Page.navigate", url=address)
        self.wait_for("document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """Value of a JavaScript expression; an exception in it fails the test."""
        answer = self.command(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']['exception'].get('description')}")
        return answer["result"].get("value")

    def wait_for(self, expression: str, seconds: float = LONGEST_WAIT) -> Any:
        """The first true value of an expression."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(AssertionError):  # the page is on its way: nothing to ask yet
                if value := self.evaluate(expression):
                    return value
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds} s for {expression}")

    def click(self, selector: str) -> None:
        """Click the middle of the first element that matches and can be seen, with the mouse."""
        found = json.dumps(selector)
        self.wait_for(f"!!document.querySelector({found})", 10)
        x, y = self.evaluate(
            f"(() => {{ const all = [...document.querySelectorAll({found})];"
            " const seen = all.find((one) => one.getClientRects().length);"
            f" if (!seen) throw new Error('nothing to click: ' + {found});"
            " seen.scrollIntoView({block: 'center'}); const box = seen.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def choose(self, selector: str, value: str) -> None:
        """Take an option of a list, as a change of the person's own."""
        self.wait_for(f"!!document.querySelector({json.dumps(selector)})", 10)
        self.evaluate(
            f"(() => {{ const list = document.querySelector({json.dumps(selector)}); list.focus();"
            f" list.value = {json.dumps(value)}; if (list.value !== {json.dumps(value)}) throw new Error('no option');"
            " for (const name of ['input', 'change']) list.dispatchEvent(new Event(name, {bubbles: true})); })()"
        )

    def fill(self, selector: str, value: str) -> None:
        """Type over what a field holds."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).select()")
        self.command("Input.insertText", text=value)

    def press(self, key: str) -> None:
        text, code = KEYS.get(key, (key, ord(key[0].upper())))
        self.command("Input.dispatchKeyEvent", type="keyDown", key=key, text=text, windowsVirtualKeyCode=code)
        self.command("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def screenshot(self, path: Path) -> None:
        import base64

        path.write_bytes(base64.b64decode(self.command("Page.captureScreenshot")["data"]))


class Browser:
    """A browser process; messages are JSON, each ended by a zero byte, on its descriptors 3 and 4."""

    def __init__(self, program: str, folder: Path) -> None:
        self.folder = folder
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, to_read, 3), (os.POSIX_SPAWN_DUP2, to_write, 4)]
        actions.append((os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0))  # type: ignore[arg-type]
        arguments = [program, *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
        self._process = os.posix_spawn(program, arguments, os.environ, file_actions=actions)
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._last = 0
        self._pages: dict[str, Page] = {}
        self._downloads: list[str] = []  # how far each download is, in the order of what the browser says

    def page(self, width: int = 1280, height: int = 900, *, dark: bool = False) -> Page:
        """A new page that remembers nothing of the others, and whose console is listened to."""
        context = self.command("Target.createBrowserContext")["browserContextId"]
        target = self.command("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log"):
            page.command(f"{domain}.enable")
        page.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        if dark:
            features = [{"name": "prefers-color-scheme", "value": "dark"}]
            page.command("Emulation.setEmulatedMedia", features=features)
        behaviour = {"behavior": "allow", "downloadPath": str(self.folder / "downloads"), "eventsEnabled": True}
        self.command("Browser.setDownloadBehavior", browserContextId=context, **behaviour)
        return page

    def downloaded(self, name: str, start: Callable[[], None]) -> str:
        """Text of the file that `start` makes the page save under `name`, read once the browser says it is whole."""
        target = self.folder / "downloads" / name
        target.unlink(missing_ok=True)
        self._downloads.clear()
        start()
        end = time.monotonic() + LONGEST_WAIT
        while "completed" not in self._downloads:
            if time.monotonic() > end or "canceled" in self._downloads:
                raise AssertionError(f"{name} was not saved: {self._downloads[-1:] or 'no download began'}")
            self.command("Browser.getVersion")  # its answer comes after whatever the browser had to tell
            time.sleep(0.02)
        return target.read_text(encoding="utf-8")

    def command(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; what the console says meanwhile is noted on its page."""
        self._last += 1
        number = self._last
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._send(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def _send(self, content: bytes) -> None:
        while content:
            content = content[os.write(self._write, content) :]

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self._read], [], [], LONGEST_WAIT)[0]:
                raise AssertionError(f"Chromium did not answer for {LONGEST_WAIT} s")
            part = os.read(self._read, 1 << 16)
            if not part:
                raise AssertionError("Chromium ended")
            self._buffer += part
        message, self._buffer = self._buffer.split(b"\0", 1)
        content: dict[str, Any] = json.loads(message)
        return content

    def _note(self, event: dict[str, Any]) -> None:
        page, details = self._pages.get(event.get("sessionId", "")), event.get("params", {})
        if event.get("method") == "Browser.downloadProgress":
            self._downloads.append(details["state"])
        if page is None or "method" not in event:
            return
        if event["method"] == "Runtime.exceptionThrown":
            page.faults.append(json.dumps(details["exceptionDetails"]))
        elif event["method"] == "Runtime.consoleAPICalled" and details["type"] in ("error", "warning", "assert"):
            page.faults.append(json.dumps(details["args"]))
        elif event["method"] == "Log.entryAdded" and details["entry"]["level"] in ("error", "warning"):
            page.faults.append(json.dumps(details["entry"]))
        elif event["method"] == "Page.javascriptDialogOpening":
            page.dialogs.append(details["type"])
            self._last += 1
            answer = {"id": self._last, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
            self._send(json.dumps({**answer, "sessionId": page.session}).encode() + b"\0")

    def close(self) -> None:
        """End the browser and wait for it."""
        with suppress(AssertionError, OSError):
            self.command("Browser.close")
        os.close(self._write)
        os.close(self._read)
        os.waitpid(self._process, 0)


@contextmanager
def open_browser(program: str) -> Iterator[Browser]:
    """A browser with a new profile, ended and cleaned up afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, Path(folder))
        try:
            yield browser
        finally:
            browser.close()
