// SPDX-License-Identifier: MIT
//
// Judges what tap-parser has read.
//   node tap.mjs EVENTS POINTS
// EVENTS is the output of `tap-parser --strict -j`, POINTS how many test points
// the file has.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';

const [file, points] = process.argv.slice(2);
const events = JSON.parse(readFileSync(file, 'utf8'));
const of = (kind) => events.filter(([name]) => name === kind)
    .map(([, value]) => value);

assert.deepEqual(of('version'), [14]);
assert.deepEqual(of('extra'), [], 'lines that are no TAP');
const asserted = of('assert');
assert.equal(asserted.length, Number(points));
assert.equal(of('plan')[0].end, Number(points));
for (const each of asserted) {
  assert.equal(each.tapError, null, each.name);
  if (each.ok || each.todo) continue;
  assert.ok(each.diag && each.diag.message && each.diag.severity,
      `${each.name} has no diagnostic that can be read`);
  assert.match(each.diag.reproduce, /^copilot-conformance run /);
}
assert.ok(asserted.some((each) => !each.ok), 'nothing fails');
assert.ok(asserted.some((each) => each.skip), 'nothing is skipped');
const [complete] = of('complete');
assert.equal(complete.count, Number(points));
const wrong = (complete.failures || []).filter((each) => each.tapError);
assert.deepEqual(wrong, []);
