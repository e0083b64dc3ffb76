import type { Target } from './target.ts';
import { claims, texts } from './targets/documents.ts';
import { injection } from './targets/injection.ts';
import { bytes, observed } from './targets/requests.ts';
import { definitions, openapi } from './targets/schemas.ts';

/** Everything that takes input from others. */
export const targets: readonly Target[] = [bytes, observed, claims, injection, texts, definitions, openapi];
