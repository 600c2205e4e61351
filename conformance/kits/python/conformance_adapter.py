# SPDX-License-Identifier: MIT
"""The adapter protocol for Python 3.9 and later, standard library only.

A harness brings its handlers, which run on threads of their own and may block
(docs/guides/write-an-adapter.md):

    serve(name="my-harness", capabilities=["attempt"], persistent=True,
          handlers={"harness.create": create, "attempt.run": run}, end=dispose)

Each handler is called with the params and a Runner, and returns the result;
what it raises becomes the error.
"""
import json
import os
import platform
import sys
import threading

METHOD_NOT_FOUND = -32601
FAILED = -32000


class ProtocolError(Exception):
    """An error with a code of its own."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Cancelled(Exception):
    """Nobody will answer: the scenario has ended, or the wait was cancelled."""


class _Asked:
    def __init__(self):
        self.done = threading.Event()
        self.result = None
        self.error = None

    def settle(self, result=None, error=None):
        self.result, self.error = result, error
        self.done.set()


class Runner:
    """What a handler reaches the runner with. Thread-safe."""

    def __init__(self, write):
        self._write = write
        self._lock = threading.Lock()
        self._last_id = 0
        self._asked = {}

    def request(self, method, params):
        """Sends a request and waits for the answer."""
        asked = _Asked()
        with self._lock:
            self._last_id += 1
            number = self._last_id
            self._asked[number] = asked
        self._write({"jsonrpc": "2.0", "id": number, "method": method,
                     "params": params})
        asked.done.wait()
        if asked.error is not None:
            raise asked.error
        return asked.result

    def notify(self, method, params):
        self._write({"jsonrpc": "2.0", "method": method, "params": params})

    def _answered(self, message):
        with self._lock:
            asked = self._asked.pop(message.get("id"), None)
        if asked is None:
            return  # nobody waits for it any more
        if "error" in message:
            error = message["error"]
            asked.settle(error=ProtocolError(error["code"], error["message"]))
        else:
            asked.settle(result=message.get("result"))

    def abandon(self):
        """Ends every wait."""
        with self._lock:
            asked, self._asked = self._asked, {}
        for each in asked.values():
            each.settle(error=Cancelled("the scenario has ended"))


class _Server:
    def __init__(self, name, version, capabilities, persistent, handlers,
                 begin, end, output):
        self._hello = {
            "protocolVersion": 1, "name": name, "version": version,
            "language": "Python " + platform.python_version(),
            "capabilities": capabilities, "persistent": persistent}
        self._handlers = handlers
        self._begin = begin
        self._end = end
        self._output = output
        self._output_lock = threading.Lock()
        self._running = set()
        self._running_lock = threading.Lock()
        self._runner = Runner(self._write)

    def _write(self, message):
        line = json.dumps(message, ensure_ascii=False) + "\n"
        with self._output_lock:
            try:
                self._output.write(line.encode("utf-8", "replace"))
                self._output.flush()
            except (BrokenPipeError, ValueError):
                pass  # the runner is gone

    def run(self, lines):
        for line in lines:
            if not line.strip():
                continue
            try:
                message = json.loads(line)
            except ValueError as error:
                print("not a message: %s" % error, file=sys.stderr)
                continue
            if "method" not in message:
                self._runner._answered(message)
            elif message["method"] == "shutdown":
                self._answer(message)
                return
            elif message["method"] in ("scenario.begin", "initialize"):
                self._answer(message)  # nothing else may begin before
            elif "id" in message:
                thread = threading.Thread(target=self._answer, args=(message,),
                                          daemon=True)
                if message["method"] != "scenario.end":
                    with self._running_lock:
                        self._running.add(thread)
                thread.start()
        self.end_scenario()

    def _answer(self, message):
        answer = {"jsonrpc": "2.0", "id": message["id"]}
        try:
            result = self._call(message["method"], message.get("params", {}))
            answer["result"] = {} if result is None else result
        except Exception as error:  # whatever a harness raises
            answer["error"] = {"code": getattr(error, "code", FAILED),
                               "message": str(error)}
        self._write(answer)
        with self._running_lock:
            self._running.discard(threading.current_thread())

    def _call(self, method, params):
        if method == "initialize":
            self.begin_scenario(params)
            return self._hello
        if method == "scenario.begin":
            return self.begin_scenario(params)
        if method in ("scenario.end", "shutdown"):
            return self.end_scenario()
        handler = self._handlers.get(method)
        if handler is None:
            raise ProtocolError(METHOD_NOT_FOUND, "no such method: " + method)
        return handler(params, self._runner)

    def begin_scenario(self, scenario):
        os.environ.clear()
        os.environ.update(scenario["environment"])
        os.chdir(scenario["dirs"]["workspace"])
        if self._begin is not None:
            self._begin(scenario)

    def end_scenario(self):
        """Everything that was asked is answered when this returns."""
        self._runner.abandon()
        if self._end is not None:
            self._end()
        while True:
            with self._running_lock:
                threads = list(self._running)
            if not threads:
                return
            # Somebody may have asked the runner meanwhile.
            self._runner.abandon()
            threads[0].join(0.01)


def serve(name, capabilities, handlers, version="", persistent=False,
          begin=None, end=None):
    """Speaks the protocol on stdin and stdout until the runner has enough.

    `begin(scenario)` is called when a scenario begins, with os.environ and the
    working directory its own already; `end()` when it has ended: it aborts what
    runs and disposes of everything.
    """
    output = sys.stdout.buffer
    sys.stdout = sys.stderr  # stdout is for messages only
    _Server(name, version, capabilities, persistent, handlers, begin, end,
            output).run(sys.stdin.buffer)
