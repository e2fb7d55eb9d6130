"""Brokers: a bus's entry in the configuration with the mosquitto behind it, its certificates, and a line that can go dead."""

import dataclasses
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import threading

HERE = pathlib.Path(__file__).parent
TEMPLATE = HERE.parent.parent / "deploy" / "mosquitto"
PLAIN = "listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_inflight_messages 0\nuser root\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def filled(text: str, changes: dict[str, str]) -> str:
    """A template with its examples replaced; one that is not there is an error."""
    for old, new in changes.items():
        assert old in text, f"{old} is not in the template"
        text = text.replace(old, new)
    return text


class Authority:
    """The certificates of deploy/mosquitto, made by the commands of its README."""

    def __init__(self, folder: pathlib.Path, gateway: str, names: list[str]):
        self.folder = folder
        self.folder.mkdir()
        self.making, self.revoking = re.findall(r"```sh\n(.*?)```", (TEMPLATE / "README.md").read_text(), re.S)
        self._run(filled(self.making, {
            "gw-aaaaaaaaaaaaaaaa": gateway, "DNS:broker.example": "IP:127.0.0.1", '"alice acme bravo"': f'"{" ".join(names)}"'}))

    def revoke(self, name: str):
        self._run(filled(self.revoking, {"bravo.crt": f"{name}.crt"}))

    def context(self, name: str | None) -> ssl.SSLContext:
        """A client's side of TLS, with its certificate if it has one."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        if name is not None:
            context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        return context

    def _run(self, script: str):
        done = subprocess.run(["sh", "-e"], input=script, cwd=self.folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


@dataclasses.dataclass
class Bus:
    """One entry of `buses:` and the broker behind it: a plain one, or the hardened one of deploy/mosquitto."""

    name: str = "shop"
    principals: tuple[str, ...] = ("acme", "alice", "bravo")
    protocol: str = "5"
    hardened: bool = False
    port: int = dataclasses.field(default_factory=free_port)
    # Where the gateway connects, when something stands between it and the broker.
    gateway_port: int | None = None
    authority: Authority | None = None

    @property
    def process(self) -> str:
        return "broker" if self.name == "shop" else f"broker-{self.name}"

    def command(self, folder: pathlib.Path, gateway: str) -> list[str]:
        """How to start the broker; its files are written at the first time."""
        file = folder / f"{self.process}.conf"
        if self.hardened and self.authority is None:
            self.authority = Authority(folder / f"{self.process}-ca", gateway, [*self.principals, "mallory"])
            store = folder / f"{self.process}-store"
            store.mkdir()
            acl = filled((TEMPLATE / "acl").read_text(), {"gw-aaaaaaaaaaaaaaaa": gateway})
            (self.authority.folder / "acl").write_text(acl)
            file.write_text(filled((TEMPLATE / "mosquitto.conf").read_text(), {
                "/etc/mosquitto/lockbridge": str(self.authority.folder), "listener 8883": f"listener {self.port} 127.0.0.1",
                "/var/lib/mosquitto/": f"{store}/", "user mosquitto": "user root"}))
        elif not self.hardened:
            file.write_text(PLAIN.format(port=self.port))
        return [shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", str(file)]

    def entry(self, gateway: str) -> str:
        """The bus in `lockbridge.yaml`."""
        lines = [
            f"  - name: {self.name}",
            f"    url: {'mqtts' if self.hardened else 'mqtt'}://127.0.0.1:{self.gateway_port or self.port}",
            f"    protocol: \"{self.protocol}\"",
            f"    principals: [{', '.join(self.principals)}]",
        ]
        if self.authority is not None:
            files = {"ca": "ca.crt", "certificate": f"{gateway}.crt", "key": f"{gateway}.key"}
            lines += ["    tls:", *(f"      {key}: {self.authority.folder / file}" for key, file in files.items())]
        return "\n".join(lines) + "\n"


class Line:
    """A TCP relay to a port. Its connections can be made dead: no byte passes and nobody hears of it. New ones are good."""

    def __init__(self, port: int):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.links: list[dict] = []
        self.sockets: list[socket.socket] = []
        self.is_open = threading.Event()
        self.is_open.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, up: bool = True, down: bool = True):
        """Makes the connections there are dead: `up` from the gateway to the broker, `down` the other way."""
        for link in self.links:
            link.update(up=link["up"] and not up, down=link["down"] and not down)

    def hold(self):
        """Lets no new connection through until `let`."""
        self.is_open.clear()

    def let(self):
        self.is_open.set()

    def close(self):
        self.is_open.set()
        self.listener.close()
        for each in self.sockets:
            each.close()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                self.is_open.wait()
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                if self.listener.fileno() < 0:
                    return
                near.close()
                continue
            link = {"up": True, "down": True}
            self.links.append(link)
            self.sockets += [near, far]
            for way, source, sink in (("up", near, far), ("down", far, near)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pass, args=(link, way, source, sink), daemon=True).start()

    @staticmethod
    def _pass(link: dict, way: str, source: socket.socket, sink: socket.socket):
        try:
            while data := source.recv(65_536):
                if link[way]:
                    sink.sendall(data)
            if link[way]:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            # One side is gone; a line that was cut keeps that to itself.
            if link[way]:
                sink.close()
