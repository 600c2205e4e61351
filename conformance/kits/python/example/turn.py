# SPDX-License-Identifier: MIT
"""What the events of one turn add up to."""
import math
import threading

READING = {"get", "file_read", "glob", "grep", "inspect", "list", "ls",
           "memory_get", "probe", "query", "read", "search",
           "sessions_history", "sessions_list", "status", "tool_search",
           "update_plan", "view", "web_fetch", "web_search"}
USAGE = (("inputTokens", "input"), ("outputTokens", "output"),
         ("cacheReadTokens", "cacheRead"), ("cacheWriteTokens", "cacheWrite"))


class Turn:
    def __init__(self):
        self.ended = threading.Event()
        self.gone = False
        self.error = None
        self.message = None
        self.usage = None
        self.started = self.completed = 0
        self.metas = []
        self.side_effects = False
        self.compacting = False
        self._texts = {}  # by message, in the order in which they began
        self._reasoning = ""
        self._calls = {}

    def take(self, event):
        if event is None:
            self.gone = True
            return self.ended.set()
        data, root = event["data"], not event.get("agentId")
        handler = getattr(self, "_" + event["type"].replace(".", "_"), None)
        if handler is not None:
            handler(data, root and not event.get("ephemeral"), root)

    def texts(self):
        return [text for text in self._texts.values() if text]

    def assistant(self, provider):
        message = self.message or {}
        name = message.get("messageId")
        text = self._texts.get(name) if name else (self.texts() or [""])[-1]
        content = []
        reasoning = message.get("reasoningText") or self._reasoning
        if reasoning:
            content.append({"type": "thinking", "thinking": reasoning})
        if text:
            content.append({"type": "text", "text": text})
        calls = message.get("toolRequests") or []
        for call in calls:
            content.append({"type": "toolCall", "id": call["toolCallId"],
                            "name": call["name"],
                            "arguments": call.get("arguments")})
        if not content:
            return None
        return {"role": "assistant", "provider": provider, "content": content,
                "stopReason": "toolUse" if calls else "stop"}

    def _assistant_message_delta(self, data, _kept, root):
        if root and data.get("deltaContent"):
            name = data.get("messageId") or "assistant-message"
            self._texts[name] = self._texts.get(name, "") + data["deltaContent"]

    def _assistant_reasoning_delta(self, data, _kept, root):
        if root:
            self._reasoning += data.get("deltaContent", "")

    def _assistant_message(self, data, kept, _root):
        if not kept:
            return
        self.message = data
        name = data.get("messageId") or "assistant-message"
        known, said = self._texts.get(name, ""), data.get("content", "")
        self._texts[name] = said if len(said) >= len(known) else known

    def _assistant_usage(self, data, _kept, root):
        if not root:
            return
        usage = {to: max(0, math.trunc(data[name])) for name, to in USAGE
                 if isinstance(data.get(name), (int, float))}
        self.usage = dict(usage, total=sum(usage.values()))

    def _tool_execution_start(self, data, _kept, root):
        self.started += root
        name = data.get("toolName", "")
        if data.get("isAsync") or name.strip().lower() not in READING:
            self.side_effects = True
        self._calls[data.get("toolCallId")] = meta = {"toolName": name}
        self.metas.append(meta)

    def _tool_execution_complete(self, data, _kept, root):
        self.completed += root
        meta = self._calls.get(data.get("toolCallId"))
        if meta is None:
            return
        result, error = data.get("result") or {}, data.get("error") or {}
        meta["meta"] = result.get("detailedContent") or result.get("content") \
            or error.get("message", "")
        if data.get("success") is False:
            meta["isError"] = True

    def _session_compaction_start(self, _data, _kept, root):
        self.compacting |= root

    def _session_compaction_complete(self, _data, _kept, root):
        self.compacting &= not root

    def _session_error(self, data, _kept, _root):
        self.error = {"message": data["message"],
                      "code": data.get("errorCode") or data["errorType"]}
        self.ended.set()

    def _abort(self, data, _kept, _root):
        self.error = {"code": "session_aborted",
                      "message": "[copilot-attempt] session aborted: "
                                 + data["reason"]}

    def _session_idle(self, _data, _kept, root):
        if root:
            self.ended.set()
