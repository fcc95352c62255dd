"""Headless Chromium, controlled through chromedriver and the WebDriver protocol (W3C)."""

import http.client
import json
import re

from processes import DEADLINE, Process, eventually

CHROMIUM_ARGUMENTS = [
    "--headless=new",
    # Only pages of the tests are loaded; root and most containers have no user namespace.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No request leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


class Browser:
    def __init__(self, folder):
        self.driver = Process(["chromedriver", "--port=0"], folder / "chromedriver.log")
        try:
            started = re.compile(r"started successfully on port (\d+)")
            port = self.driver.until_logged(started.search)[1]
            # One command starts the browser, which is slow on a busy machine.
            self.connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=120)
            options = {"args": [*CHROMIUM_ARGUMENTS, f"--user-data-dir={folder / 'profile'}"]}
            capabilities = {
                "browserName": "chrome",
                "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL"},
            }
            self.session = ""
            reply = self._command("POST", "", {"capabilities": {"alwaysMatch": capabilities}})
            self.session = f"/{reply['sessionId']}"
            timeouts = {"script": DEADLINE * 1000, "pageLoad": DEADLINE * 1000}
            self._command("POST", "/timeouts", timeouts)
        except BaseException:
            self.driver.end()
            raise

    def _command(self, method, path, body=None):
        self.connection.request(
            method,
            f"/session{self.session}{path}",
            None if body is None else json.dumps(body),
            {"Content-Type": "application/json"},
        )
        response = self.connection.getresponse()
        value = json.load(response)["value"]
        if response.status != 200:
            raise AssertionError(f"{value['error']}: {value['message'].splitlines()[0]}")
        return value

    def open(self, url):
        self._command("POST", "/url", {"url": url})

    def back(self):
        self._command("POST", "/back", {})

    def forward(self):
        self._command("POST", "/forward", {})

    def click(self, selector):
        element = self._command("POST", "/element", {"using": "css selector", "value": selector})
        self._command("POST", f"/element/{next(iter(element.values()))}/click", {})

    def press(self, *keys):
        """Presses the keys one after the other, as a user does."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self._command("POST", "/actions", {"actions": [source]})

    def devtools(self, command, **parameters):
        """Returns the result of a command of the Chrome DevTools Protocol."""
        return self._command("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def console(self):
        """The messages of the browser's console since the last call."""
        return [entry["message"] for entry in self._command("POST", "/se/log", {"type": "browser"})]

    def run(self, script, *arguments):
        """Returns the result of a function with this body; awaits a promise."""
        return self._command("POST", "/execute/sync", {"script": script, "args": arguments})

    def eventually(self, script, description=None):
        return eventually(lambda: self.run(script), description or script)

    def end(self):
        try:
            self._command("DELETE", "")  # ends Chromium
        finally:
            self.driver.end()
