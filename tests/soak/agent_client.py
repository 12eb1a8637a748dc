"""For the soak tests: a seccomp-agent in a folder of its own, and its clients."""
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Agent:
    def __init__(self, bin_dir, folder, more_flags=()):
        self.folder = pathlib.Path(folder)
        self.socket = str(self.folder / "run/agent.sock")
        self.records = self.folder / "run/containers"
        self.sandboxes = self.folder / "work/containers"
        self.log = self.folder / "log"
        self.command = [os.path.join(bin_dir, "seccomp-agent"),
                        "--isolation=linux/seccomp,namespaces/ipc,linux/capabilities",
                        "--seccomp_config_dir=profiles", "--seccomp_profile_name=default.json",
                        f"--work_dir={self.folder}/work", f"--runtime_dir={self.folder}/run", *more_flags]
        self.process = None

    def spawn(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stderr=log, stdin=subprocess.DEVNULL)

    def listens(self):
        return b"listening on" in self.log.read_bytes()

    def start(self):
        self.spawn()
        deadline = time.monotonic() + 60
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the agent does not start:\n" + self.log.read_text())
            time.sleep(0.002)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait() != 0:
            raise SystemExit("the agent has failed:\n" + self.log.read_text())

    def call(self, body, connection=None):
        """The status and the answer, if it is JSON."""
        connection = connection or Connection(self.socket)
        connection.request("POST", "/api/v1", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        is_json = response.getheader("Content-Type") == "application/json"
        return response.status, json.loads(text) if is_json and text else text.decode()

    def about(self, kind, container, connection=None):
        return self.call({"type": kind, kind.lower(): {"container_id": {"value": container}}}, connection)

    def launch(self, container, script, connection=None):
        return self.call({"type": "LAUNCH_CONTAINER",
                          "launch_container": {"container_id": {"value": container},
                                               "command": {"value": script}}}, connection)

    def pids(self):
        """By id: the pid of what runs, None of what has ended."""
        status, answer = self.call({"type": "GET_CONTAINERS", "get_containers": {}})
        if status != 200:
            raise SystemExit(f"GET_CONTAINERS: {status} {answer}")
        return {one["container_id"]["value"]:
                one["container_status"]["executor_pid"] if one["running"] else None
                for one in answer["get_containers"]["containers"]}

    def processes(self):
        """Those of it and of its monitors: whatever names its folder in its environment or arguments."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if str(self.folder).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return found
