# SPDX-License-Identifier: MIT
"""A small harness without an SDK, and its adapter. It runs turns, and offers
the model nothing.

    copilot-conformance run --adapter "python3 mini_harness.py"
"""
import os
import re
import sys
import threading
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from conformance_adapter import serve  # noqa: E402

from cli import Cli, CliError  # noqa: E402
from settings import (agent, copilot_home, credential, model,  # noqa: E402
                      session_config, session_key)
from turn import Turn  # noqa: E402

REJECTION = {"kind": "reject",
             "feedback": "copilot agent runtime: no permission policy "
                         "installed (fail-closed default)"}
UNKNOWN_SESSION = re.compile(
    r"session( |:).*not found|session not found|unknown session id|"
    r"session id .*(does not exist|not found)|session .*does not exist|"
    r"no such session", re.IGNORECASE)


class Harness:
    """Runs turns; each conversation goes on with its own session."""

    def __init__(self, cli_path, environment):
        self._cli_path = cli_path
        self._environment = environment
        self._lock = threading.Lock()
        self._clis = {}
        self._sessions = {}  # (key, id) by the host's session

    def run(self, params, established):
        result = {"aborted": False, "externalAbort": False, "timedOut": False,
                  "timedOutDuringCompaction": False, "promptError": None,
                  "sessionIdUsed": params.get("sessionId", "")}
        turn, safe = Turn(), [True]
        if model(params)[0].strip().lower() != "github-copilot":
            result["promptError"] = {"code": "model_not_supported",
                                     "message": "runs github-copilot only"}
            return self._finish(result, params, turn, True)
        secret = credential(params, self._environment)
        home = copilot_home(params, self._environment)
        try:
            cli = self._cli(params, home, secret)
            session_id = self._open(cli, params, home, secret, turn, safe)
            result["sdkSessionId"] = result["sessionIdUsed"] = session_id
            established(session_id)
            try:
                self._turn(cli, session_id, params, turn, result)
            except CliError as error:
                result["promptError"] = turn.error or {"message": str(error)}
            if turn.compacting:  # it cannot be resumed soon
                self._sessions.pop(params.get("sessionId"))
            cli.call("session.detach", {"sessionId": session_id})
        except (OSError, CliError) as error:
            if not result["timedOut"] and not result["promptError"]:
                result["promptError"] = turn.error or {"message": str(error)}
        return self._finish(result, params, turn, safe[0])

    def stop(self):
        with self._lock:
            clis, self._clis = self._clis, {}
        for cli in clis.values():
            cli.stop()

    def _cli(self, params, home, secret):
        key = (agent(params), home, secret[1:])
        with self._lock:
            cli = self._clis.get(key)
            if cli is None or not cli.is_alive():
                if cli is not None:
                    cli.stop()
                cli = Cli(self._cli_path, home, self._environment, secret[0])
                self._clis[key] = cli
            return cli

    def _open(self, cli, params, home, secret, turn, safe):
        config = session_config(params, secret[0])
        key = session_key(params, secret, home)
        replay = params.get("initialReplayState") or {}
        known_key, known = self._sessions.get(params.get("sessionId"), ("", ""))
        resume = replay.get("sdkSessionId", "").strip() or (
            known if known_key == key else "")
        if resume and replay.get("replayInvalid"):
            resume, safe[0] = "", False
        session_id = resume
        if resume:
            self._listen(cli, resume, turn)
            try:
                cli.call("session.resume", dict(config, sessionId=resume,
                                                continuePendingWork=False))
            except CliError as error:
                if not UNKNOWN_SESSION.search(str(error)):
                    raise
                session_id, safe[0] = "", False
        if not session_id:
            session_id = str(uuid.uuid4())
            self._listen(cli, session_id, turn)
            cli.call("session.create", dict(config, sessionId=session_id))
        self._sessions[params.get("sessionId")] = (key, session_id)
        return session_id

    @staticmethod
    def _listen(cli, session_id, turn):
        def reject(request_id):
            try:
                cli.call("session.permissions.handlePendingPermissionRequest",
                         {"sessionId": session_id, "requestId": request_id,
                          "result": REJECTION})
            except CliError:
                pass  # the turn says so

        def listener(event):
            turn.take(event)
            if event is not None and event["type"] == "permission.requested":
                threading.Thread(target=reject, daemon=True,
                                 args=(event["data"]["requestId"],)).start()
        cli.listen(session_id, listener)

    @staticmethod
    def _turn(cli, session_id, params, turn, result):
        cli.call("session.send", {"sessionId": session_id,
                                  "prompt": params["prompt"]})
        in_time = turn.ended.wait(params.get("timeoutMs", 600000) / 1000)
        if turn.error or turn.gone:
            result["promptError"] = turn.error or {"message": "the CLI ended"}
        elif not in_time or turn.message is None:
            result["timedOut"] = True
            result["timedOutDuringCompaction"] = turn.compacting

    @staticmethod
    def _finish(result, params, turn, safe):
        assistant = turn.assistant(model(params)[0])
        history = params.get("messages", [])
        if assistant is None:
            assistant = next((each for each in reversed(history)
                              if each.get("role") == "assistant"), None)
        messages = history + [{"role": "user", "content": params["prompt"]}]
        side_effects = turn.side_effects or result["timedOut"]
        result.update({
            "assistantTexts": turn.texts(),
            "messagesSnapshot": messages + ([assistant] if assistant else []),
            "itemLifecycle": {"startedCount": turn.started,
                              "completedCount": turn.completed,
                              "activeCount": max(0, turn.started
                                                 - turn.completed)},
            "toolMetas": turn.metas,
            "replayMetadata": {"hadPotentialSideEffects": side_effects,
                               "replaySafe": safe and not side_effects}})
        if assistant:
            result["lastAssistant"] = assistant
        if turn.usage:
            result["attemptUsage"] = turn.usage
        return result


scenario = {}
harnesses = {}


def begin(given):
    scenario.update(given)


def end():
    while harnesses:
        harnesses.popitem()[1].stop()


def create(params, _runner):
    options = params.get("options", {})
    harnesses[params["harness"]] = Harness(scenario["cli"]["path"],
                                           scenario["environment"])
    return {"id": options.get("id") or "copilot",
            "label": options.get("label") or "GitHub Copilot agent runtime",
            "autoSelectionProviderIds": [], "hasSideQuestion": False}


def run(params, runner):
    def established(session_id):
        runner.notify("session.established", {
            "attempt": params["attempt"], "sdkSessionId": session_id})
    return harnesses[params["harness"]].run(params["params"], established)


if __name__ == "__main__":
    serve(name="mini-harness", version="1.0.0", capabilities=["attempt"],
          persistent=True, handlers={"harness.create": create,
                                     "attempt.run": run},
          begin=begin, end=end)
