"""Targets that a caller names: whatever the form of an address, and whatever a name resolves to now or later, no connection goes to an address
that is not public. Every connection that the server asks its kernel for is written down (tests/support/fake_network), and a listener on
loopback counts those that arrive.
"""
import http.server
import json
import os
import pathlib
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.server import BINARY, Server  # noqa: E402

FAKE_NETWORK = BINARY.parents[1] / "lib/vitrine_fake_network.so"
OUTSIDE, OUTSIDE_6 = "93.184.216.34", "2606:2800:220:1::1"
HEADERS = ("x-vitrine-target-url", "Helicone-Target-URL", "x-portkey-custom-host")
# Allowed on purpose, so that the address is what is left to judge by.
ALLOWED = "localhost, 0x7f.0.0.1, 0x7f000001, 0x7f.1, *.inside.example, *.outside.example, *.rebind.example, *.mixed.example"
PRIVATE_NAMES = {"loopback": "127.0.0.1", "loopback2": "127.9.9.9", "ten": "10.0.0.1", "metadata": "169.254.169.254", "zero": "0.0.0.0", "six": "::1",
                 "mapped": "::ffff:127.0.0.1", "mapped-ten": "::ffff:10.1.2.3", "compatible": "::127.0.0.1", "nat64": "64:ff9b::7f00:1",
                 "nat64-local": "64:ff9b:1::7f00:1", "sixtofour": "2002:7f00:1::1", "teredo": "2001:0:7f00:1::1", "unique": "fd00::1", "link": "fe80::1",
                 "cgnat": "100.64.0.1", "azure": "168.63.129.16", "broadcast": "255.255.255.255", "several": "127.0.0.1,::1,10.0.0.1"}
LITERALS = ["127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "0177.0.0.1", "0177.0.0.01", "017700000001", "2130706433", "0x7f.0.0.1", "0x7F.0.0.1", "0x7f.1",
            "0x7f000001", "127.0.0.1.", "127.000.000.001", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
            "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]", "[::1%lo]", "10.0.0.1",
            "169.254.169.254", "localhost", "LOCALHOST", "localhost.", "[127.0.0.1]", "[]", "[::1", "\u2460\u2461\u2466.0.0.1", "127%2e0%2e0%2e1"]
DISGUISES = ["http://a.outside.example@127.0.0.1:{port}", "http://a.outside.example:80@127.0.0.1:{port}", "http://127.0.0.1:{port}#@a.outside.example",
             "http://127.0.0.1:{port}?@a.outside.example", "http://127.0.0.1:{port}/@a.outside.example", "http://127.0.0.1:{port}\\@a.outside.example",
             "http://127.0.0.1:{port}%2f.a.outside.example", "http://127.0.0.1:{port}%00.a.outside.example", "http://a.outside.example%00@127.0.0.1:{port}",
             "//127.0.0.1:{port}", "127.0.0.1:{port}", "http:127.0.0.1:{port}", "http:///127.0.0.1:{port}", "HTTP://127.0.0.1:{port}", "file:///etc/passwd",
             "gopher://127.0.0.1:{port}", "unix:///run/x.sock", "http://a.outside.example:{port}:127.0.0.1", "http://a.outside.example\t127.0.0.1:{port}",
             "http://a.outside.example,http://127.0.0.1:{port}", "http://a.outside.example 127.0.0.1:{port}", "http://*.inside.example:{port}",
             "http://outside.example.:{port}", "http://xa.outside.example.127.0.0.1:{port}", "http://[::ffff:127.0.0.1]@a.outside.example:{port}"]


class Listener(http.server.BaseHTTPRequestHandler):
    """Counts connections and says where it is; `redirect` sends whoever asks elsewhere."""
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.connections += 1

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.requests.append((self.headers["host"], self.path))
        redirect = self.server.redirect
        body = self.server.name.encode()
        self.send_response(int(self.path.rsplit("/", 1)[1]) if redirect else 200)
        if redirect:
            self.send_header("location", redirect)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_):
        pass


class ThreadingServer6(http.server.ThreadingHTTPServer):
    address_family = 10  # AF_INET6


class GatewayTargets(unittest.TestCase):
    """Calls that are passed on as they come."""
    more_config = ""

    @classmethod
    def listen(cls, name, kind=http.server.ThreadingHTTPServer, host="127.0.0.1", port=0):
        server = kind((host, port), Listener)
        server.name, server.connections, server.requests, server.redirect = name, 0, [], None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        return server

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="vitrine-targets-")))
        cls.inside, cls.outside = cls.listen("inside"), cls.listen("outside")
        cls.inside_6 = cls.listen("inside", ThreadingServer6, "::1", cls.inside.server_port)
        cls.write_names()
        cls.connects = cls.folder / "connects"
        cls.connects.touch()
        config = cls.folder / "vitrine.toml"
        config.write_text(f'[gateway]\nallowed_targets = "{ALLOWED}"\n'
                          f'[gateway.upstreams.mine]\nurl = "http://mine.inside.example:{cls.inside.server_port}"\n{cls.more_config}')
        cls.server = Server(arguments=["--config", str(config)], environment={
            "LD_PRELOAD": str(FAKE_NETWORK), "VITRINE_FAKE_NAMES": str(cls.folder / "names"), "VITRINE_FAKE_CONNECTS": str(cls.connects),
            "VITRINE_FAKE_OUTSIDE": str(cls.outside.server_port)})
        cls.addClassCleanup(cls.server.__exit__)
        cls.server.start()

    @classmethod
    def write_names(cls):
        names = {f"{name}.inside.example": address for name, address in PRIVATE_NAMES.items()}
        names |= {"mine.inside.example": "127.0.0.1", "a.outside.example": OUTSIDE, "six.outside.example": OUTSIDE_6,
                  "r.rebind.example": f"{OUTSIDE} 127.0.0.1", "s.rebind.example": f"{OUTSIDE} ::1 {OUTSIDE}",
                  "first.mixed.example": f"127.0.0.1,{OUTSIDE}", "last.mixed.example": f"203.0.113.9,{OUTSIDE},127.0.0.1",
                  "dead.mixed.example": "8.8.8.8,127.0.0.1"}
        (cls.folder / "names").write_text("".join(f"{name} {groups}\n" for name, groups in names.items()))

    def setUp(self):
        for listener in (self.inside, self.inside_6, self.outside):
            listener.connections, listener.requests, listener.redirect = 0, [], None
        self.connects.write_text("")

    def call(self, url, header=HEADERS[0], path="/gateway/openai/v1/models", method="POST"):
        body = json.dumps({"model": "m", "messages": []})
        status, headers, answer = self.server.request(method, path, body, {"content-type": "application/json", header: url.encode()})
        return status, {name.lower(): value for name, value in headers.items()}, answer

    def connected(self):
        """Addresses the server asked the kernel for."""
        return [line.split()[0] for line in self.connects.read_text().splitlines()]

    def assert_forbidden(self, url, header):
        status, _, answer = self.call(url, header)
        self.assertIn(status, (400, 403, 502), (url, header, status, answer))
        self.assertIn(b'"error"', answer, (url, header))
        self.assertEqual(self.connected(), [], (url, header))
        self.assertEqual((self.inside.connections, self.inside_6.connections), (0, 0), (url, header))

    def test_no_form_of_an_address_leads_inside(self):
        port = self.inside.server_port
        urls = [f"http://{host}:{port}/v1" for host in LITERALS] + [disguise.format(port=port) for disguise in DISGUISES]
        for url in urls:
            for header in HEADERS:
                self.assert_forbidden(url, header)
        self.assertGreater(len(urls), 60)

    def test_no_name_leads_inside(self):
        for name in PRIVATE_NAMES:
            for header in HEADERS:
                self.assert_forbidden(f"http://{name}.inside.example:{self.inside.server_port}", header)

    def test_public_addresses_are_reached_by_every_header(self):
        for name, address in (("a", OUTSIDE), ("six", OUTSIDE_6)):
            for header in HEADERS:
                status, _, answer = self.call(f"http://{name}.outside.example/base", header)
                self.assertEqual((status, answer), (200, b"outside"), (name, header))
        self.assertEqual({host for host, _ in self.outside.requests}, {"a.outside.example", "six.outside.example"})
        self.assertEqual({path for _, path in self.outside.requests}, {"/base/v1/models"})
        self.assertLessEqual(set(self.connected()), {OUTSIDE, OUTSIDE_6})
        self.assertEqual(self.inside.connections, 0)

    def test_a_name_that_changes_its_mind_is_judged_by_the_address_that_is_connected_to(self):
        # Each port is a look-up of its own. A second look-up between check and connection would get the next answer.
        self.assertEqual(self.call("http://r.rebind.example:8001")[2], b"outside")
        self.assertEqual(self.connected(), [OUTSIDE])
        for port in (8002, self.inside.server_port):
            self.assertEqual(self.call(f"http://r.rebind.example:{port}")[0], 502)
        self.assertEqual(self.call("http://s.rebind.example:8001")[2], b"outside")
        self.assertEqual(self.call(f"http://s.rebind.example:{self.inside.server_port}")[0], 502)
        self.assertEqual(self.call("http://s.rebind.example:8003")[2], b"outside")
        self.assertEqual(set(self.connected()), {OUTSIDE})
        self.assertEqual((self.inside.connections, self.inside_6.connections), (0, 0))

    def test_of_several_addresses_only_the_public_ones_are_tried(self):
        for name in ("first", "last"):
            self.assertEqual(self.call(f"http://{name}.mixed.example:{self.inside.server_port}")[2], b"outside", name)
        # The public one refuses: the private one is no second choice.
        self.assertEqual(self.call(f"http://dead.mixed.example:{self.inside.server_port}")[0], 502)
        self.assertEqual(set(self.connected()), {OUTSIDE, "8.8.8.8"})
        self.assertEqual(self.inside.connections, 0)

    def test_redirects_are_the_clients(self):
        for status in (301, 302, 303, 307, 308):
            self.outside.redirect = f"http://127.0.0.1:{self.inside.server_port}/secret"
            got, headers, answer = self.call("http://a.outside.example", path=f"/gateway/openai/{status}")
            self.assertEqual((got, headers["location"], answer), (status, self.outside.redirect, b"outside"))
        self.assertEqual(self.inside.connections, 0)

    def test_a_connection_that_the_configuration_may_have_is_not_a_callers(self):
        status, _, answer = self.server.request("POST", "/gateway/mine/v1/models", b"{}", {"content-type": "application/json"})
        self.assertEqual((status, answer), (200, b"inside"))
        made = self.inside.connections
        for header in HEADERS:
            self.assertEqual(self.call(f"http://mine.inside.example:{self.inside.server_port}", header)[0], 502, header)
        self.assertEqual((self.inside.connections, len(self.inside.requests)), (made, 1))


class GatewayTargetsOfWholeRequests(GatewayTargets):
    """The same for calls that are read whole before they are sent."""
    more_config = '[[gateway.limits]]\nname = "many"\nrequests = 1000000\n'


if __name__ == "__main__":
    unittest.main()
