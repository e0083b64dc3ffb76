import { fields, textOf } from '../../engines/fields.ts';

/** What a supervisor tells the command that started it. */
export type Message =
  /** A step is done, and which. */
  | { readonly kind: 'step'; readonly text: string }
  /** All serves. */
  | { readonly kind: 'ready' }
  /** The start failed. */
  | { readonly kind: 'failed'; readonly text: string }
  /** A piece crashed, or runs again. */
  | { readonly kind: 'report'; readonly text: string };

/** The message in what came over the channel; undefined when it is none. */
export function messageIn(value: unknown): Message | undefined {
  const { kind, text } = fields(value);
  if (kind === 'ready') return { kind };
  return kind === 'step' || kind === 'report' || kind === 'failed' ? { kind, text: textOf(text) } : undefined;
}
