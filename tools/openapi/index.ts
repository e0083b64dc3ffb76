export { CodedError } from '../error.ts';
export { compact } from './compact.ts';
export { convert } from './convert.ts';
export { toInterface } from './interface.ts';
export { type ConvertOptions, type Draft, drafts, type Note } from './rules/rule.ts';
export type { JsonSchema, StructuralSchema } from './schema.ts';
export { itemsOf, type Selection, type Source, sourcesOf } from './sources.ts';
