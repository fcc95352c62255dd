"""A web site of another origin than Tally's, with its pages in memory."""

import http.server
import threading


class Site:
    def __init__(self):
        self.pages = {}
        self.requests = []  # (path, Sec-Purpose) of GET, in order of arrival
        self.responses = {}  # path: [(status, headers, body)] for POST; the last one repeats;
        # status 0 closes the connection
        self.sent = []  # (method, path) of other methods, in order of arrival
        self.keys = []  # Idempotency-Key of POST, in order of arrival
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # pylint: disable=invalid-name
                site.requests.append((self.path, self.headers.get("Sec-Purpose", "")))
                page = site.pages.get(self.path)
                status = 404 if page is None else 200
                kind = "text/javascript" if self.path.endswith(".js") else "text/html"
                self.respond(status, {"Content-Type": f"{kind}; charset=utf-8"}, page or "")

            def do_POST(self):  # pylint: disable=invalid-name
                site.sent.append((self.command, self.path))
                site.keys.append(self.headers.get("Idempotency-Key"))
                responses = site.responses.get(self.path, [(405, {}, "")])
                self.respond(*(responses.pop(0) if len(responses) > 1 else responses[0]))

            def do_OPTIONS(self):  # pylint: disable=invalid-name
                site.sent.append((self.command, self.path))
                headers = ("Origin", "*"), ("Headers", "*"), ("Methods", "POST")
                allow = {f"Access-Control-Allow-{name}": value for name, value in headers}
                self.respond(204, allow | {"Access-Control-Max-Age": "86400"}, "")

            def respond(self, status, headers, body):
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def add(self, path, body):
        """Serves the page, and returns its URL."""
        self.pages[path] = f"<!DOCTYPE html><title>{path}</title>\n{body}"
        return self.origin + path

    def end(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
