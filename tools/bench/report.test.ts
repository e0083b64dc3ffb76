import { expect, test } from 'vitest';
import { replaceBlock } from './report.ts';

test('only what is between the marks is replaced', () => {
  const document = 'before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n';
  const once = replaceBlock(document, 'bench', 'new');
  expect(once).toBe('before\n<!-- bench -->\nnew\n<!-- /bench -->\nafter\n');
  expect(replaceBlock(once ?? '', 'bench', 'new')).toBe(once);
});

test('blocks have names', () => {
  const document = '<!-- bench -->\nold\n<!-- /bench -->\n<!-- bench policies -->\n<!-- /bench policies -->';
  expect(replaceBlock(document, 'bench policies', 'new')).toBe(
    '<!-- bench -->\nold\n<!-- /bench -->\n<!-- bench policies -->\nnew\n<!-- /bench policies -->',
  );
});

test('a document without both marks is left alone', () => {
  expect(replaceBlock('text', 'bench', 'new')).toBeUndefined();
  expect(replaceBlock('<!-- /bench --> <!-- bench -->', 'bench', 'new')).toBeUndefined();
});
