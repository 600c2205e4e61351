// SPDX-License-Identifier: MIT
//
// Questions of the model to the user: how they are shown, and what a reply means.
const nothing = { answer: '', wasFreeform: true };

const markup = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '@': '\uFF20', '`': '\uFF40', '[': '\uFF3B', ']': '\uFF3D', '(': '\uFF08',
  ')': '\uFF09', '*': '\u2217', '_': '\uFF3F', '~': '\uFF5E', '|': '\uFF5C',
};
// Controls, and what is invisible or turns the direction of text.
const unsafe =
  /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\uFFFF\u{E0000}-\u{E007F}]/u;

function displaySafe(text) {
  if (!text.trim()) return '<unknown>';
  return [...text].map((each) => (unsafe.test(each) ? '?' : (markup[each] ?? each))).join('');
}

export function questionText({ question, choices = [], allowFreeform = true }) {
  const lines = ['Copilot needs input:', '', 'Copilot needs input', displaySafe(question)];
  choices.forEach((choice, i) => lines.push(`${i + 1}. ${displaySafe(choice)}`));
  if (allowFreeform) lines.push('Other: reply with your own answer.');
  return lines.join('\n');
}

export function replyTo({ choices = [], allowFreeform = true }, reply) {
  const text = reply.trim();
  if (!text) return nothing;
  const choice = /^\d{1,9}$/.test(text)
    ? choices[Number(text) - 1]
    : choices.find((each) => each.toLowerCase() === text.toLowerCase());
  if (choice !== undefined) return { answer: choice, wasFreeform: false };
  if (choices.length > 0 && !allowFreeform) return nothing;
  return { answer: text, wasFreeform: true };
}

/** The question that an attempt waits with; a second one takes its place. */
export class PendingQuestion {
  #pending = null;
  #cancelled = false;

  ask(request) {
    this.#settle(nothing);
    if (this.#cancelled) return Promise.resolve(nothing);
    return new Promise((resolve) => {
      this.#pending = { request, resolve };
    });
  }

  /** False when nothing is asked. */
  answer(reply) {
    if (!this.#pending) return false;
    this.#settle(replyTo(this.#pending.request, reply));
    return true;
  }

  cancel() {
    this.#cancelled = true;
    this.#settle(nothing);
  }

  #settle(answer) {
    this.#pending?.resolve(answer);
    this.#pending = null;
  }
}
