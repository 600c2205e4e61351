# SPDX-License-Identifier: MIT
"""What the params of an attempt mean: credential, home, session."""
import hashlib
import json
import os
import re

VARIABLES = ("OPENCLAW_GITHUB_TOKEN", "COPILOT_GITHUB_TOKEN", "GH_TOKEN",
             "GITHUB_TOKEN")
LOGGED_IN = ("", "", "")


def fingerprint(secret):
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()[:12]


def credential(params, environment):
    """Token, profile and its version; LOGGED_IN without a token."""
    auth = params.get("auth") or {}
    if auth.get("useLoggedInUser"):
        return LOGGED_IN
    profile = auth.get("profileId") or params.get("authProfileId")
    if auth.get("gitHubToken"):
        version = auth.get("profileVersion") or params.get("profileVersion")
        if not profile or not version:
            raise ValueError(
                "[copilot-attempt] gitHubToken auth requires "
                "profileId+profileVersion (pool keying safety; per Q5/Q1 "
                "decisions)")
        return auth["gitHubToken"], profile, version
    key = params.get("resolvedApiKey")
    if key:
        return key, params.get("authProfileId") or "pi:resolved", \
            fingerprint(key)
    for name in VARIABLES:
        if environment.get(name):
            return environment[name], "env:" + name, \
                fingerprint(environment[name])
    return LOGGED_IN


def copilot_home(params, environment):
    if params.get("copilotHome"):
        return os.path.abspath(params["copilotHome"])
    if params.get("agentDir"):
        return os.path.abspath(os.path.join(params["agentDir"], "copilot"))
    base = environment.get("OPENCLAW_HOME") or environment["HOME"]
    return os.path.abspath(os.path.join(base, ".openclaw", "agents",
                                        agent(params), "copilot"))


def agent(params):
    of_key = re.match("agent:([^:]*):", params.get("sessionKey", ""))
    name = params.get("agentId") or (of_key.group(1) if of_key else "")
    name = name.strip().lower()
    return name if re.fullmatch("[a-z0-9][a-z0-9_-]{0,63}", name) else "copilot"


def model(params):
    """Provider, id and API."""
    given = params.get("model") or {}
    if isinstance(given, str):
        given = {"id": given}
    return (given.get("provider") or params.get("provider", ""),
            given.get("id") or params.get("modelId", ""),
            given.get("api", ""))


def session_key(params, secret, home):
    """What must be the same for a session to be resumed."""
    return json.dumps([model(params), secret[1:], fingerprint(secret[0]), home,
                       params.get("cwd") or params.get("workspaceDir"),
                       params.get("agentId")])


def session_config(params, token):
    workspace = os.path.abspath(params.get("workspaceDir") or ".")
    directory = os.path.abspath(params.get("cwd") or workspace)
    config = {
        "model": model(params)[1] or "unknown-model", "streaming": True,
        "tools": [], "availableTools": ["builtin:ask_user"],
        "toolFilterPrecedence": "excluded", "requestPermission": True,
        "requestUserInput": True, "hooks": False, "envValueMode": "direct",
        "workingDirectory": directory}
    if directory != workspace:
        config["instructionDirectories"] = [workspace]
    if token:
        config["gitHubToken"] = token
    for name in ("infiniteSessions", "enableSessionTelemetry",
                 "reasoningEffort"):
        if params.get(name) is not None:
            config[name] = params[name]
    extra = params.get("extraSystemPrompt")
    if extra and not params.get("modelRun") and \
            params.get("promptMode") != "none":
        config["systemMessage"] = {
            "mode": "append", "content": "## Group Chat Context\n" + extra}
    return config
