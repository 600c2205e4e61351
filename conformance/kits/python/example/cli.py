# SPDX-License-Identifier: MIT
"""The CLI as a process, and JSON-RPC to it, framed by Content-Length."""
import json
import subprocess
import threading


class CliError(Exception):
    """What the CLI answers with, or that it is gone."""


class Cli:
    def __init__(self, path, home, environment, token):
        arguments = [path, "--headless", "--no-auto-update", "--stdio"]
        environment = dict(environment, COPILOT_HOME=home)
        if token:
            arguments += ["--auth-token-env", "COPILOT_SDK_AUTH_TOKEN",
                          "--no-auto-login"]
            environment["COPILOT_SDK_AUTH_TOKEN"] = token
        self._process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=environment)
        self._lock = threading.Lock()  # guards what follows, and stdin
        self._last_id = 0
        self._waiting = {}
        self._listeners = {}  # by session
        self._ended = False
        threading.Thread(target=self._read, daemon=True).start()
        self.call("connect", {})

    def call(self, method, params):
        done, answer = threading.Event(), {}
        with self._lock:
            if self._ended:
                raise CliError("the CLI ended")
            self._last_id += 1
            number = self._last_id
            self._waiting[number] = (done, answer)
        self._send({"id": number, "method": method, "params": params})
        done.wait()
        if "error" in answer:
            raise CliError(answer["error"]["message"])
        return answer["result"]

    def listen(self, session_id, listener):
        """`listener` gets the session's events; None when the CLI has ended."""
        with self._lock:
            self._listeners[session_id] = listener

    def is_alive(self):
        return not self._ended and self._process.poll() is None

    def stop(self):
        self._process.terminate()
        self._process.wait()

    def _send(self, message):
        body = json.dumps(dict(message, jsonrpc="2.0")).encode()
        with self._lock:
            try:
                self._process.stdin.write(
                    b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
                self._process.stdin.flush()
            except (BrokenPipeError, ValueError):
                pass  # the reader tells whoever waits

    def _read(self):
        while True:
            length = None
            for line in iter(self._process.stdout.readline, b"\r\n"):
                if not line:
                    return self._end()
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            self._take(json.loads(self._process.stdout.read(length)))

    def _take(self, message):
        if "method" not in message:
            with self._lock:
                done, answer = self._waiting.pop(message["id"], (None, None))
            if done is not None:
                answer.update(message)
                done.set()
        elif message["method"] == "session.event":
            listener = self._listeners.get(message["params"]["sessionId"])
            if listener is not None:
                listener(message["params"]["event"])
        elif message["method"] == "userInput.request":
            # Nobody is there to answer.
            self._send({"id": message["id"],
                        "result": {"answer": "", "wasFreeform": True}})
        elif "id" in message:
            self._send({"id": message["id"], "error": {
                "code": -32601, "message": "not offered"}})

    def _end(self):
        with self._lock:
            self._ended = True
            waiting, self._waiting = self._waiting, {}
            listeners = list(self._listeners.values())
        for done, answer in waiting.values():
            answer["error"] = {"message": "the CLI ended"}
            done.set()
        for listener in listeners:
            listener(None)
