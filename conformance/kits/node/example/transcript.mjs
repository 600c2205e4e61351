// SPDX-License-Identifier: MIT
//
// Mirrors turns to a transcript, one JSON document per line, each message once.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const mirrored = ['user', 'assistant', 'toolResult'];

const textOf = ({ content }) =>
  typeof content === 'string' ? content : (content ?? []).map((block) => block.text ?? '').join('');

/** The messages of a turn with what identifies them. */
export function messagesOf(params, sdkSessionId, assistant, now) {
  const owner = sdkSessionId || 'attempt';
  const list = (params.messages ?? []).map((message, i) => ({ message, identity: `${owner}:${message.role}:${i}` }));
  const body = params.transcriptPrompt ?? params.prompt;
  const last = list.at(-1)?.message;
  if (last?.role !== 'user' || textOf(last) !== body) {
    list.push({ message: { role: 'user', content: body, timestamp: now }, identity: `${params.runId}:prompt` });
  }
  if (assistant) list.push({ message: assistant, identity: `${params.runId}:assistant:final` });
  return list;
}

function keysIn(text) {
  const keys = new Set();
  for (const line of text.split('\n')) {
    try {
      keys.add(JSON.parse(line).message?.idempotencyKey);
    } catch {
      // A crash has cut it.
    }
  }
  return keys;
}

/** Throws what the file system throws. */
export function mirror(file, scope, messages) {
  const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  const known = keysIn(before);
  let added = '';
  for (const { message, identity } of messages) {
    const key = `${scope}:${identity}`;
    if (!mirrored.includes(message.role) || known.has(key)) continue;
    known.add(key);
    added += JSON.stringify({ type: 'message', id: randomUUID(), message: { ...message, idempotencyKey: key } }) + '\n';
  }
  if (!added) return;
  if (before && !before.endsWith('\n')) added = '\n' + added;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.appendFileSync(file, added, { mode: 0o600 });
}
