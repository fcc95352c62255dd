"""A web site of another origin than Tally's, with its pages in memory."""

import http.server
import threading


class Site:
    def __init__(self):
        self.pages = {}
        self.requests = []  # (path, Sec-Purpose), in order of arrival
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # pylint: disable=invalid-name
                site.requests.append((self.path, self.headers.get("Sec-Purpose", "")))
                page = site.pages.get(self.path)
                self.send_response(404 if page is None else 200)
                body = (page or "").encode()
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

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
