// SPDX-License-Identifier: MIT
//
// What the events of one turn add up to.
const readingTools = new Set([
  'get', 'file_read', 'glob', 'grep', 'inspect', 'list', 'ls', 'memory_get', 'probe', 'query', 'read', 'search',
  'sessions_history', 'sessions_list', 'status', 'tool_search', 'update_plan', 'view', 'web_fetch', 'web_search',
]);

const counts = { inputTokens: 'input', outputTokens: 'output', cacheReadTokens: 'cacheRead', cacheWriteTokens: 'cacheWrite' };
const count = (value) => (Number.isFinite(value) ? Math.max(0, Math.trunc(value)) : undefined);

function usageOf(data) {
  const usage = { total: 0 };
  for (const [from, to] of Object.entries(counts)) {
    const value = count(data?.[from]);
    if (value === undefined) continue;
    usage[to] = value;
    usage.total += value;
  }
  return usage;
}

export class Turn {
  #params;
  #texts = new Map(); // by message, in the order in which they began
  #reasoning = '';
  #message; // the data of the last assistant.message
  #calls = new Map();
  #onDelta;
  #sessionId;

  usage = null;
  started = 0;
  completed = 0;
  toolMetas = [];
  sideEffects = false;
  error = null; // {message, code}
  compacting = false;
  compactionSeen = false;
  idle = false;
  aborted = false; // by the host: what follows is no error

  constructor(params, session, onDelta) {
    this.#params = params;
    this.#sessionId = session.sessionId;
    this.#onDelta = onDelta;
  }

  take({ type, data, agentId, ephemeral }) {
    const root = !agentId;
    switch (type) {
      case 'assistant.message_delta':
        return root && data.deltaContent && this.#delta(data);
      case 'assistant.reasoning_delta':
        if (root) this.#reasoning += data.deltaContent ?? '';
        return;
      case 'assistant.message':
        return root && !ephemeral && this.#complete(data);
      case 'assistant.usage':
        if (root) this.usage = usageOf(data);
        return;
      case 'tool.execution_start':
        return this.#toolStart(data, root);
      case 'tool.execution_complete':
        return this.#toolComplete(data, root);
      case 'session.compaction_start':
        if (root) this.compacting = this.compactionSeen = true;
        return;
      case 'session.compaction_complete':
        if (root) this.compacting = false;
        return;
      case 'session.idle':
        if (root) this.idle = true;
        return;
      case 'session.error':
        if (!this.aborted) this.error = { message: data.message, code: data.errorCode || data.errorType };
        return;
      case 'abort':
        if (!this.aborted) {
          this.error = { message: `[copilot-attempt] session aborted: ${data.reason}`, code: 'session_aborted' };
        }
    }
  }

  get assistantTexts() {
    const texts = [...this.#texts.values()].filter(Boolean);
    return texts.length > 0 || !this.#message?.content ? texts : [this.#message.content];
  }

  /** The last message of the assistant; null when there is none. */
  assistant(now) {
    const message = this.#message ?? {};
    const reasoning = message.reasoningText || this.#reasoning;
    const text =
      (message.messageId ? this.#texts.get(message.messageId) : [...this.#texts.values()].at(-1)) || message.content || '';
    const calls = message.toolRequests ?? [];
    if (!text && !reasoning && calls.length === 0) return null;
    const content = [];
    if (reasoning) content.push({ type: 'thinking', thinking: reasoning });
    if (text) content.push({ type: 'text', text });
    for (const each of calls) {
      content.push({ type: 'toolCall', id: each.toolCallId, name: each.name, arguments: each.arguments ?? null });
    }
    return {
      role: 'assistant',
      api: this.#params.modelApi || 'openai-responses',
      provider: this.#params.provider,
      model: message.model || this.#params.modelId,
      content,
      stopReason: calls.length > 0 ? 'toolUse' : 'stop',
      timestamp: now,
      usage: this.#assistantUsage(),
    };
  }

  #assistantUsage() {
    const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, totalTokens: 0 };
    if (this.usage) {
      const { total, ...seen } = this.usage;
      Object.assign(usage, seen, { totalTokens: total });
    } else {
      usage.output = usage.totalTokens = count(this.#message?.outputTokens) ?? 0;
    }
    return { ...usage, cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 } };
  }

  #delta({ messageId, deltaContent }) {
    const id = messageId || 'assistant-message';
    const text = (this.#texts.get(id) ?? '') + deltaContent;
    this.#texts.set(id, text);
    this.#onDelta({ delta: deltaContent, text, sessionId: this.#sessionId, ...(this.usage ? { usage: this.usage } : {}) });
  }

  #complete(data) {
    this.#message = data;
    const id = data.messageId || 'assistant-message';
    const text = this.#texts.get(id) ?? '';
    const content = data.content ?? '';
    this.#texts.set(id, content.length >= text.length ? content : text);
  }

  #toolStart({ toolName, toolCallId, isAsync }, root) {
    if (root) ++this.started;
    if (isAsync === true || !readingTools.has((toolName ?? '').trim().toLowerCase())) this.sideEffects = true;
    const meta = { toolName };
    this.#calls.set(toolCallId, meta);
    this.toolMetas.push(meta);
  }

  #toolComplete({ toolCallId, success, result, error }, root) {
    if (root) ++this.completed;
    const meta = this.#calls.get(toolCallId);
    if (!meta) return;
    meta.meta = result?.detailedContent || result?.content || error?.message || '';
    if (success === false) meta.isError = true;
  }
}
